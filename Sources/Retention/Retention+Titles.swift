import ArchiveConfiguration
import ArchiveCore
import AuditLog
import Catalogue
import Foundation
import Vault

/// Titles that outlast their recordings for a time, where the series wants that.
///
/// Orders kept here: the key of the tombstone durable → its sealed title durable → the keys of the recording go; and at the
/// end of its time the key first, then the title. Every step can be repeated.
extension Retention {
    /// Titles forgotten between two looks at the table.
    private static let forgottenAtOnce = 500

    /// Keeps the title of a recording that is being destroyed, while its keys still open it.
    ///
    /// Not of what was withdrawn: a mistaken upload leaves no word. Where the describing fields do not open any more, there is
    /// nothing left to keep.
    func keepTitle(of item: DestructionItem) async throws {
        let id = item.recording
        guard item.kind != .withdraw, case .descriptive(let keep)? = schedule[item.series]?.tombstone else { return }
        let (row, known) = try await catalogue.read { (try $0.recording(id), try $0.tombstoneTitle(of: id)) }
        guard known == nil, let row, row.state == .destroying, let title = try title(of: row) else { return }
        let sealed = try vault.makeTombstone(of: id).seal(Data(title.utf8), context: Self.field)
        let expires = keep.date(after: clock.now, in: timeZone)
        try await catalogue.write { writer in
            // A hold may have saved it just now.
            guard try writer.reader.recording(id)?.state == .destroying else { return }
            try writer.keepTitle(sealed, of: id, until: expires)
        }
    }

    private func title(of row: RecordingRow) throws -> String? {
        do {
            guard let seal = try vault.seals(of: [row.id])[row.id], let sealed = row.sealed else { return nil }
            let opened = try seal.open(sealed, field: DescribingFields.field)
            return try CanonicalJSON.decode(DescribingFields.self, from: opened).title
        } catch let error as ArchiveError where error.code == .storage {
            return nil
        }
    }

    /// What a title is sealed as.
    static let field = "title"

    /// Destroys titles whose time is over, and keys of tombstones that came to nothing.
    func forgetTitles(by actor: Actor) async throws {
        try await forgetStrayKeys()
        let now = clock.now
        while true {
            let some = try await catalogue.read {
                try $0.tombstoneTitles(expiredAt: now, limit: Self.forgottenAtOnce)
            }
            guard !some.isEmpty else { return }
            try vault.destroyTombstones(of: some)
            try await catalogue.write { [log] writer in
                for recording in some {
                    try writer.forgetTitle(of: recording)
                    try log.append(
                        to: writer,
                        actor: actor,
                        action: "tombstone.expire",
                        object: recording.description,
                        label: try writer.reader.recording(recording)?.visibility.label
                    )
                }
            }
        }
    }

    /// A hold that saves a recording takes its tombstone away with the title; the key in the other database is left.
    private func forgetStrayKeys() async throws {
        let keys = try vault.tombstones()
        guard !keys.isEmpty else { return }
        let strays = try await catalogue.read { reader in
            try keys.filter { id in
                try reader.tombstoneTitle(of: id) == nil && reader.recording(id)?.state != .destroying
            }
        }
        guard !strays.isEmpty else { return }
        try await catalogue.write { try $0.markUnscrubbed() }
        try vault.destroyTombstones(of: strays)
    }
}
