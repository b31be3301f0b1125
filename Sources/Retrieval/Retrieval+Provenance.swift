import AccessPolicy
public import ArchiveCore
import AuditLog
import Catalogue
import Foundation

extension Retrieval {
    /// The longest page of entries.
    public static let provenanceAtOnce = 200

    private static let relabelling = "recording.relabel"

    /// Entries about a recording that say what became of it: received, described, transcribed, labelled, kept, damaged and
    /// mended. Nobody's reading of it is among them.
    private static let provenance: [String] = [
        "recording.store", "recording.describe", "recording.correct", relabelling, "transcript.store",
        "attachment.store", "retention.extend", "retention.permanent", "retention.back-date", "storage.damage",
        "storage.mended",
    ]

    /// What hears only who decides over keeping and destroying.
    private static let keeping: [String] = [
        "hold.place", "hold.release", "destruction.intent", "destruction.saved",
    ]

    /// Numbers of up to `limit` entries after `seq` that tell what became of a recording, for whoever sees the recording; and
    /// after which the rest is.
    ///
    /// An entry is left out where it names a label or a unit under which the caller would not see the recording: whoever sees it
    /// only since its label was lowered does not learn which label it had. Nor does anybody learn that entries were left out.
    ///
    /// - Parameter limit: 1 to ``provenanceAtOnce``.
    public func provenance(
        of id: RecordingID,
        after seq: Int?,
        limit: Int,
        by caller: Caller
    ) async throws -> (entries: [Int], next: Int?) {
        guard (1...Self.provenanceAtOnce).contains(limit), seq ?? 0 >= 0 else {
            throw ArchiveError(.badRequest, "limit must be 1 to \(Self.provenanceAtOnce), and after at least 0")
        }
        let found = try await log.write(by: caller) { [self] writer, caller -> (VisibilityClass, Caller)? in
            let row = try writer.reader.recording(id)
            let isVisible = row.map { visible($0, to: caller, for: .show) } ?? false
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "recording.provenance",
                object: id.description,
                label: isVisible ? row?.visibility.label : nil,
                decision: isVisible ? .allow : .refuse
            )
            return isVisible ? row.map { ($0.visibility, caller) } : nil
        }
        guard let (visibility, current) = found else { throw ArchiveError.notFound }
        let actions = Self.provenance + (mayHearOfHolds(visibility, current) ? Self.keeping : [])
        return try await catalogue.read { [self] reader in
            var (told, last): ([Int], Int) = ([], seq ?? -1)
            // One more than asked for says whether there is a rest.
            while told.count <= limit {
                let rows = try reader.leaves(
                    on: id.description,
                    actions: actions,
                    after: last,
                    limit: Self.provenanceAtOnce
                )
                guard let newest = rows.last else { break }
                last = newest.seq
                told += rows.filter { isTold($0.leaf, visibility, to: current) }.map(\.seq)
            }
            return (Array(told.prefix(limit)), told.count > limit ? told[limit - 1] : nil)
        }
    }

    /// Whether the caller hears of this entry about a recording that is now of class `visibility`.
    private func isTold(_ leaf: Data, _ visibility: VisibilityClass, to caller: Caller) -> Bool {
        guard let entry = LogEntry(leaf: leaf) else { return false }
        var labels = [entry.label]
        if entry.action == Self.relabelling {
            // What was asked for and not done says who wanted what.
            guard entry.details["state"] == "done" else { return false }
            labels += [entry.details["from"], entry.details["to"]]
        }
        let units = ["unit", "unit-from", "unit-to"].compactMap { entry.details[$0].map(policy.present(unit:)) }
        for text in labels.compactMap(\.self) {
            guard let label = Label(parsing: text) else { return false }
            for unit in units.isEmpty ? [visibility.unit] : units {
                guard policy.isVisible(VisibilityClass(label: label, unit: unit), to: caller.principal) else {
                    return false
                }
            }
        }
        return true
    }
}
