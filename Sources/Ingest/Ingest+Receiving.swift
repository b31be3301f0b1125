import AccessPolicy
public import ArchiveCore
import AuditLog
import Catalogue
public import Foundation
import OggOpus
import Vault

extension Ingest {
    /// A recording that is still coming.
    public struct Receiving: Sendable {
        /// What it will be called by.
        public let recording: RecordingID
        /// Who sends it.
        public let sender: PrincipalID
        /// The unit it is for, as far as it is known.
        public let unit: String
        /// What it is called, as far as it is known.
        public let title: String?
        /// The event it belongs to, as far as it is known.
        public let meeting: String?
        /// When its first request came.
        public let began: Date
        /// When something last came of it; nil while it comes.
        public let silentSince: Date?
        /// Bytes of the payload that are durable.
        public let bytes: Int
        /// Seconds that were heard so far; nil where nothing came since the service was started.
        public let captured: Double?
    }

    /// Recordings shown at once.
    private static let receivingLimit = 500

    /// What is coming in and the caller may see, the newest first, up to 500; one entry for each call.
    ///
    /// Until it is committed only the top label sees a recording (DESIGN.md invariant 10): what it says of itself may come
    /// with its last page.
    public func receiving(by caller: Caller) async throws -> [Receiving] {
        let question = AccessQuestion(principal: caller.principal, action: .find, object: nil)
        guard case .allow = policy.decide(question) else {
            try await log.record(actor: caller.actor, action: "recording.receiving", decision: .refuse)
            throw ArchiveError(.refused, "role \(caller.principal.role.rawValue) may not look for recordings")
        }
        let top = Label(policy.highest, compartments: policy.compartments)
        var found: [Receiving] = []
        let units = policy.units.filter {
            policy.isVisible(VisibilityClass(label: top, unit: $0), to: caller.principal)
        }
        if !units.isEmpty {
            for row in try await catalogue.read({ try $0.receivingUploads() }).reversed()
            where found.count < Self.receivingLimit {
                if let one = try await receiving(row), units.contains(one.unit) { found.append(one) }
            }
        }
        try await log.record(
            actor: caller.actor,
            action: "recording.receiving",
            details: ["count": String(found.count)]
        )
        return found
    }

    /// nil where it has ended meanwhile.
    private func receiving(_ row: UploadRow) async throws -> Receiving? {
        guard let sealed = row.sealed, let seal = try? vault.seal(of: row.id, recording: row.recording) else {
            return nil
        }
        let said = try CanonicalJSON.decode(Submission.self, from: seal.open(sealed, field: Self.submissionField))
        let heard = await sessions.progress(of: row.id)
        let inside = heard?.tags
        func tag(_ name: String) -> String? { inside?[name].first }
        let unit: String
        if let named = (said.unit ?? tag("UNIT")).map(policy.present(unit:)), policy.units.contains(named) {
            unit = named
        } else if let sender = try await catalogue.read({ [clock] in try $0.principal(row.principal, at: clock.now) })?
            .principal
        {
            unit = sender.unit
        } else {
            return nil
        }
        return Receiving(
            recording: row.recording,
            sender: row.principal,
            unit: unit,
            title: said.title ?? tag("TITLE"),
            meeting: said.meeting ?? tag("MEETING"),
            began: row.created,
            silentSince: sessions.isFed(row.id) ? nil : row.touched,
            bytes: row.durable,
            captured: heard?.seconds
        )
    }
}
