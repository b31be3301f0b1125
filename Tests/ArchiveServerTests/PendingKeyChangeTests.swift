import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import SwiftASN1
import Synchronization
import TestSupport
import Testing
import Vault
import X509

@testable import ArchiveServer

/// The vault has the change, and the log does not yet, or the vault has not forgotten it yet: killed in between.
@Suite("A change of keys that was cut off is ended by the next start")
struct PendingKeyChangeTests {
    /// What is changed.
    enum Change: CaseIterable {
        case rotateLevel, retireLevel, rotateTLS, rotateAuthority, retireAuthority
    }

    private static let level = Level("biasa")
    private static let user: UInt32 = 7

    private func archive(in folder: TemporaryFolder, files: FaultyFileSystem) async throws -> Archive {
        let root = folder.file("archive")
        try await Archive.makeForTest(at: root)
        // It is photographed again and again.
        try LiveArchive.keepSmallReserves(URL(filePath: "\(root)/Config"))
        return try await Archive.open(root: root, files: files)
    }

    /// What has to be there before `change`.
    private func prepare(_ change: Change, _ archive: Archive) async throws {
        switch change {
        case .rotateLevel, .rotateTLS, .rotateAuthority: break
        case .retireLevel: _ = try await archive.administer(.rotateKey(.level(Self.level)), by: .hostUser(Self.user))
        case .retireAuthority: _ = try await archive.administer(.rotateKey(.authority), by: .hostUser(Self.user))
        }
    }

    private func former(_ archive: Archive) throws -> String {
        try #require(try archive.vault.levelKeys().first { $0.level == Self.level && $0.replaced != nil }).id
    }

    /// Has the vault make `change`, durably, and nobody else know of it.
    private func begin(_ change: Change, _ archive: Archive) throws {
        let (vault, authority, user) = (archive.vault, archive.authority, Self.user)
        switch change {
        case .rotateLevel: _ = try vault.rotateIdentities(of: Self.level, user: user)
        case .retireLevel: try vault.retireIdentities(former(archive), of: Self.level, user: user)
        case .rotateTLS:
            let old = try Authority.serverCredentials(vault: vault).certificate.fingerprint()
            let fresh = try authority.serverDocuments(hosts: ["localhost"], now: archive.clock.now)
            let note = KeyChange(.rotate, of: "tls", from: old, to: try fresh.certificate.fingerprint(), user: user)
            try vault.make(note, keeping: fresh.documents)
        case .rotateAuthority:
            let fresh = try authority.successor(now: archive.clock.now)
            let server = try fresh.authority.serverDocuments(hosts: ["localhost"], now: archive.clock.now)
            let names = try [authority, fresh.authority].map { try $0.certificate.fingerprint() }
            let note = KeyChange(.rotate, of: "ca", from: names[0], to: names[1], user: user)
            try vault.make(note, keeping: fresh.documents.merging(server.documents) { $1 })
        case .retireAuthority:
            let note = KeyChange(.retire, of: "ca", from: try authority.former?.fingerprint(), user: user)
            try vault.make(note, keeping: [:], forgetting: [Authority.formerName])
        }
    }

    /// The same as a person has it made.
    private func request(_ change: Change, _ archive: Archive) throws -> AdministrationRequest {
        switch change {
        case .rotateLevel: .rotateKey(.level(Self.level))
        case .retireLevel: .retireKey(.level(Self.level, key: try former(archive)))
        case .rotateTLS: .rotateKey(.tls)
        case .rotateAuthority: .rotateKey(.authority)
        case .retireAuthority: .retireKey(.authority)
        }
    }

    private func entries(_ archive: Archive) async throws -> [LogEntry] {
        var filter = EntryFilter()
        filter.action = "key"
        return try await archive.catalogue.read { [filter] in try $0.entries(filter, limit: 100) }
            .compactMap { LogEntry(leaf: $0.leaf) }
    }

    /// The keys that are used, by kind, level and state, and what Config says that the server is trusted under.
    private func standing(_ archive: Archive) async throws -> Set<String> {
        let keys = try await archive.keys().filter { $0.kind != "root" && $0.kind != "log" }
        let published = try String(contentsOfFile: archive.layout.authority, encoding: .utf8)
        #expect(
            try Certificate(pemEncoded: published).fingerprint()
                == keys.first { $0.kind == "ca" && $0.state == .current }?.key
        )
        return Set(keys.map { "\($0.kind) \($0.level?.name ?? "") \($0.state.rawValue) \($0.key)" })
    }

    /// What a start makes of `root`: the change is there once, however often it is started.
    private func expectEnded(at root: String, _ change: Change, entries before: Int, _ what: Comment) async throws {
        var standings: [Set<String>] = []
        for _ in 0..<2 {
            let again = try await Archive.open(root: root)
            #expect(try again.vault.pendingKeyChange() == nil, what)
            let said = try await entries(again)
            #expect(said.count == before + 1, what)
            let entry = try #require(said.last, what)
            #expect(entry.actor == "uid:\(Self.user)", what)
            #expect(entry.action == ([.retireLevel, .retireAuthority].contains(change) ? "key.retire" : "key.rotate"))
            let now = try await standing(again)
            // What the entry says is what is used.
            let kind = try #require(entry.details["kind"])
            let named = now.filter { $0.hasPrefix("\(kind) \(entry.details["level"] ?? "") ") }
            if let to = entry.details["to"] { #expect(named.contains { $0.hasSuffix(" current \(to)") }, what) }
            let from = try #require(entry.details["from"])
            #expect(
                named.contains { $0.hasSuffix(" former \(from)") } == [.rotateLevel, .rotateAuthority].contains(change)
            )
            #expect(!named.contains { $0.hasSuffix(" current \(from)") }, what)
            standings.append(now)
            #expect(try await again.log.verify().fault == nil, what)
            try again.close()
        }
        #expect(standings[0] == standings[1], what)
    }

    @Test(arguments: Change.allCases) func `begun in the vault, and killed`(_ change: Change) async throws {
        let folder = try TemporaryFolder()
        let archive = try await archive(in: folder, files: FaultyFileSystem())
        try await prepare(change, archive)
        let before = try await entries(archive).count
        try begin(change, archive)
        #expect(try archive.vault.pendingKeyChange() != nil)
        let killed = try TemporaryFolder(photographing: folder.path)
        try archive.close()
        try await expectEnded(at: killed.file("archive"), change, entries: before, "\(change)")
    }

    /// Killed before the first call of each label that it makes: from the one before its entry on it is there, once.
    @Test(arguments: Change.allCases) func `killed on its way`(_ change: Change) async throws {
        let folder = try TemporaryFolder()
        let files = FaultyFileSystem()
        let archive = try await archive(in: folder, files: files)
        try await prepare(change, archive)
        let before = try await entries(archive).count
        let asked = try request(change, archive)
        let album = Mutex<[(label: FileLabel, folder: Result<TemporaryFolder, any Error>)]>([])
        files.fail { label, _ in
            let isNew = album.withLock { album in !album.contains { $0.label == label } }
            guard isNew else { return nil }
            let page = Result { try TemporaryFolder(photographing: folder.path) }
            album.withLock { $0.append((label, page)) }
            return nil
        }
        _ = try await archive.administer(asked, by: .hostUser(Self.user))
        files.heal()
        let pages = album.withLock { $0 }
        #expect(pages.contains { $0.label == "checkpoint.write" })
        if change == .rotateAuthority { #expect(pages.contains { $0.label == "ca.write" }) }
        for page in pages {
            let root = try page.folder.get().file("archive")
            try await expectEnded(at: root, change, entries: before, "\(change), \(page.label)")
        }
        #expect(try await entries(archive).count == before + 1)
        try archive.close()
    }
}
