internal import ArchiveCore
internal import ArchiveInterface
internal import Auditing
internal import CommandShell

/// What people and programs read of an entry of the copy.
enum AuditedRow {
    /// `found` with the texts behind its commitments, each checked, and the name behind its actor.
    ///
    /// - Parameter names: nil where nobody was asked.
    /// - Throws: `log-mismatch` where a text is not the one that the entry commits to.
    static func report(
        _ found: AuditedEntry,
        texts: [EntryTexts.Text],
        names: PrincipalNames?
    ) throws -> EntryReport {
        let entry = found.entry
        var opened: [String: String] = [:]
        for field in entry.commitments.keys {
            opened[field] = try Commitment(found, field)?.text(among: texts)
        }
        return EntryReport(seq: found.seq, entry, texts: opened, name: names?.name(of: entry.actor))
    }

    /// The texts of an entry for people; `absent` stands where there is none behind a commitment.
    static func texts(_ report: EntryReport, absent: String) -> String {
        report.commitments.keys.sorted().map { "\($0): \(report.texts[$0] ?? absent)" }.joined(separator: "; ")
    }
}
