import ArchiveClient
import ArchiveCore
import ArchiveInterface
import Foundation
import Vault

/// Changing the archive's own keys under everybody's hands. What was sealed, signed or issued under the one before goes on.
extension Worker {
    /// Gives the archive another key of some kind.
    mutating func rotate() async throws {
        switch Int.random(in: 0..<5, using: &chance) {
        case 0: try await change(to: .level(Level("biasa")))
        case 1: try await change(to: .tls)
        case 2: try await change(to: .log(reason: "uji"))
        case 3:
            let made = RootKeyFile.make()
            let next = NextRootKey(
                key: Data(made.key.exposedBytes),
                kind: "file",
                contents: Data(made.contents)
            )
            guard try await !change(to: .root(next)).waiting else { throw Found("a root key in its file waits") }
        default: try await rotateAuthority()
        }
    }

    /// Has another CA issue; where there is one before it still, has everybody renew, and that one be trusted no more.
    private func rotateAuthority() async throws {
        do {
            try await change(to: .authority)
        } catch let error as ArchiveError where error.code == .conflict {
            try await renew()
            guard case .changedKey = try await admin.perform(.retireKey(.authority)) else {
                throw Found("a CA is retired otherwise")
            }
            tally.changedKey("ca-retired")
        }
    }

    /// Has everybody ask who they are, which renews what is issued by a CA that issues no more.
    func renew() async throws {
        for person in Scene.Person.allCases { _ = try await client(person).whoAmI() }
    }

    @discardableResult
    private func change(to rotation: KeyRotation) async throws -> KeyChangeReport {
        guard case .changedKey(let report) = try await admin.perform(.rotateKey(rotation)) else {
            throw Found("a key changes otherwise")
        }
        if case .log = rotation {
            guard let origin = report.to else { throw Found("a log has no origin") }
            ledger.keep(origin: origin)
        }
        tally.changedKey(report.kind)
        return report
    }
}
