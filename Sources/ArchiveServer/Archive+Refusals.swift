import ArchiveCore
import AuditLog
import Catalogue
import Foundation
import Glibc
import NIOCore
import Synchronization

/// The refusals of one service, counted.
final class Refusals: Sendable {
    private let tally = Mutex(RefusalTally())

    /// Counts one; whether it is the first of its source, for this reason, in its minute.
    @discardableResult
    func note(_ source: RefusalTally.Source, _ reason: String, at time: Date) -> Bool {
        tally.withLock { $0.note(source, reason, at: time) }
    }

    fileprivate func take(overAt now: Date?) -> [RefusalTally.Minute] { tally.withLock { $0.take(overAt: now) } }

    fileprivate func put(back minutes: [RefusalTally.Minute]) { tally.withLock { $0.put(back: minutes) } }
}

extension Archive {
    static let connectionRefused = "connection.refuse"

    /// Counts a peer that nobody here knows; it is in the log when the minute is over.
    func noteUnknown(_ channel: any Channel, _ reason: String) { noteUnknown(channel.remoteAddress, reason) }

    /// The same, by its address.
    func noteUnknown(_ address: SocketAddress?, _ reason: String) {
        refusals.note(.unknown(address: Self.source(of: address)), reason, at: clock.now)
    }

    /// What tells peers apart.
    static func source(of address: SocketAddress?) -> String {
        address?.ipAddress.map(NetworkAddress.network) ?? "unknown"
    }

    /// Records that a certificate that is known does not count: the first time in each minute and for each reason at
    /// once, how often more when the minute is over.
    func noteRefusal(of caller: Caller, _ reason: String) async throws {
        guard refusals.note(.known(certificate: caller.certificate), reason, at: clock.now) else { return }
        try await log.record(
            actor: caller.actor,
            action: Self.connectionRefused,
            object: caller.principal.id.description,
            decision: .refuse,
            details: ["reason": reason]
        )
    }

    /// Makes the entries of the minutes that are over, one for each source; of all minutes where the service ends.
    func recordRefusals(all: Bool = false) async throws {
        let minutes = refusals.take(overAt: all ? nil : clock.now)
        guard !minutes.isEmpty else { return }
        do {
            let sealed = try minutes.map { minute -> (RefusalTally.Minute, [SealedEntry.Text]) in
                guard case .unknown(let address) = minute.source else { return (minute, []) }
                return (minute, try log.seal(["address": address]))
            }
            try await catalogue.write { [self] writer in
                for (minute, texts) in sealed { try record(minute, texts, in: writer) }
            }
        } catch {
            refusals.put(back: minutes)
            throw error
        }
    }

    private func record(
        _ minute: RefusalTally.Minute,
        _ texts: [SealedEntry.Text],
        in writer: CatalogueWriter
    ) throws {
        var count = minute.count
        var actor = Actor.anonymous
        var object: String?
        if case .known(let certificate) = minute.source {
            // The first for each reason has an entry of its own.
            count -= minute.reasons.count
            guard count > 0, let credential = try writer.reader.credential(certificate: certificate),
                let row = try writer.reader.principal(credential.principal, at: clock.now)
            else { return }
            actor = .principal(row.principal, certificate: certificate)
            object = row.principal.id.description
        }
        var details = [
            "count": String(count), "minute": Timestamp.text(minute.begins),
            "reasons": minute.reasons.sorted().joined(separator: ","),
        ]
        if case .rest = minute.source { details["sources"] = "rest" }
        try log.append(
            to: writer,
            actor: actor,
            action: Self.connectionRefused,
            object: object,
            label: nil,
            decision: .refuse,
            details: details,
            texts: texts
        )
    }
}
