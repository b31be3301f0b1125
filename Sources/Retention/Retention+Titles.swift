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
        let (row, known, intent) = try await catalogue.read {
            (try $0.recording(id), try $0.tombstoneTitle(of: id), try $0.lastEntry(on: id, action: Self.intent)?.time)
        }
        guard let row, row.state == .destroying, let intent else { return }
        if let known {
            guard known.expires <= intent else { return }
            // Of a list before, from which a hold has saved it.
            try await forget([id], by: .service)
        }
        guard let title = try title(of: row) else { return }
        // From the intent on: the clock was trusted then, and may not be when a crash is mended (DESIGN.md invariant 9).
        let expires = keep.date(after: intent, in: timeZone)
        do {
            let sealed = try vault.makeTombstone(of: id).seal(
                Data(title.utf8),
                context: DescribingFields.tombstoneTitle
            )
            let isKept = try await catalogue.write { writer in
                // A hold may have saved it just now.
                guard try writer.reader.recording(id)?.state == .destroying else { return false }
                try writer.keepTitle(sealed, of: id, until: expires)
                return true
            }
            if !isKept { try vault.destroyTombstones(of: [id]) }
        } catch {
            // No key without its title; and what made this fail is what is told.
            try? vault.destroyTombstones(of: [id])
            throw error
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

    /// Destroys titles whose time is over.
    func forgetTitles(by actor: Actor) async throws {
        let now = clock.now
        while true {
            let some = try await catalogue.read {
                try $0.tombstoneTitles(expiredAt: now, limit: Self.forgottenAtOnce)
            }
            guard !some.isEmpty else { return }
            try await forget(some, by: actor)
        }
    }

    private func forget(_ titles: [RecordingID], by actor: Actor) async throws {
        try vault.destroyTombstones(of: titles)
        try await catalogue.write { [log] writer in
            for id in titles {
                try writer.forgetTitle(of: id)
                // Of what a hold has saved the recording itself has the title.
                guard let row = try writer.reader.recording(id), [.destroyed, .transferred].contains(row.state) else {
                    continue
                }
                try log.append(
                    to: writer,
                    actor: actor,
                    action: "tombstone.expire",
                    object: id.description,
                    label: row.visibility.label
                )
            }
        }
    }
}
