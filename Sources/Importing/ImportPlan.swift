internal import Age
public import ArchiveClient
public import ArchiveCore
public import ArchiveInterface
internal import Foundation

/// What is to be imported, as what: every item with its whole label, or a reason why nothing is.
public struct ImportPlan: Sendable {
    /// What there is, and what cannot be taken.
    public let findings: Findings
    /// Where all of it lies.
    public let root: SourceRoot

    /// Completes what was found by what a person said of all of it.
    ///
    /// A label only joins (DESIGN.md section 4, invariant 10): of two levels the higher counts, compartments add up. Else
    /// what is known of one wins over what was said of all.
    ///
    /// - Throws: `bad-metadata` where something has no level, unit or series, or a title was given to several;
    ///   `unknown-name` for a level that the archive does not have. Nothing is guessed, and nothing is begun.
    public init(
        _ findings: Findings,
        below root: SourceRoot,
        as options: RecordingMetadata,
        recipients: Recipients
    ) throws(ArchiveError) {
        guard findings.items.count <= 1 || (options.title == nil && options.started == nil) else {
            throw ArchiveError(
                .badMetadata,
                "\(findings.items.count) recordings would have the same title or beginning",
                hint: "leave out --title and --started, or say them line by line with --from-list"
            )
        }
        var findings = findings
        for place in findings.items.indices {
            let item = findings.items[place]
            var metadata = item.metadata.filled(from: options)
            metadata.title = options.title ?? item.metadata.title
            metadata.started = options.started ?? item.metadata.started
            metadata.level = try Self.join(item.metadata.level, options.level, recipients)
            metadata.compartments = Array(Set(item.metadata.compartments + options.compartments)).sorted()
            findings.items[place].metadata = metadata
            for (name, value) in [
                ("level", metadata.level?.name), ("unit", metadata.unit), ("series", metadata.series),
            ]
            where value == nil {
                throw ArchiveError(
                    .badMetadata,
                    "\(root.name(of: item.path)) has no \(name)",
                    hint: "say it for all of them with --\(name), or for each with --from-list"
                )
            }
        }
        self.findings = findings
        self.root = root
    }

    private static func join(
        _ one: Level?,
        _ other: Level?,
        _ recipients: Recipients
    ) throws(ArchiveError) -> Level? {
        for level in [one, other].compactMap(\.self) { _ = try recipients.recipient(for: level) }
        // Lowest first.
        return recipients.levels.map(\.level).last { $0 == one || $0 == other }
    }
}
