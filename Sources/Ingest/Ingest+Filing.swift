import AccessPolicy
import ArchiveCore
import Foundation
import OggOpus
import Retention
import Vault

extension Ingest {
    /// What a recording is filed under, joined from everything that speaks of it (DESIGN.md invariant 10).
    struct Filing {
        var visibility: VisibilityClass
        var series: Series
        var started: Date?
        var fields: DescribingFields
    }

    func filing(
        of validated: ValidatedStream,
        _ submission: Submission,
        opened: OpenedBy,
        caller: Caller
    ) throws(ArchiveError) -> Filing {
        let tags = validated.facts.links.map(\.tags)
        func said(_ name: String) -> [String] {
            tags.flatMap { $0[name] }.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        }
        var labels = opened.levels.map { Label($0) }
        if let floor = caller.principal.floor { labels.append(floor) }
        for level in said("CLASSIFICATION") + [submission.level].compactMap({ $0 }) {
            labels.append(Label(try policy.checked(level: level.lowercased())))
        }
        let compartments = said("COMPARTMENT") + submission.compartments
        try policy.checked(compartments: compartments)
        labels.append(Label(policy.lowest, compartments: compartments))

        // Recorders may say what a unit was called before.
        let units = (said("UNIT") + [submission.unit].compactMap { $0 }).map(policy.present(unit:))
        let unit = try policy.checked(unit: Self.only("unit", units) ?? caller.principal.unit)
        // The unit may have been said inside only, where nobody could look before the first byte.
        if unit != policy.present(unit: submission.unit ?? caller.principal.unit) { try authorize(unit, caller) }
        var series: [Series] = []
        for code in said("SERIES") + [submission.series].compactMap({ $0 }) {
            series.append(try schedule.checked(series: code))
        }
        guard let joined = schedule.join(series, received: clock.now, timeZone: timeZone) else {
            throw ArchiveError(.badMetadata, "no series is given", hint: "say series=… or write SERIES inside")
        }
        if joined.approval == .none, !joined.senders.contains(caller.principal.role) {
            throw ArchiveError(
                .refused,
                "role \(caller.principal.role.rawValue) may not file under \(joined.code)"
            )
        }
        guard let title = submission.title ?? said("TITLE").first else {
            throw ArchiveError(.badMetadata, "no title is given", hint: "say title=… or write TITLE inside")
        }
        var fields = Submission()
        // What comes from inside is held to the same bounds as what comes beside.
        try fields.set("title", title)
        if let meeting = submission.meeting ?? said("MEETING").first { try fields.set("meeting", meeting) }
        let performers = said("PERFORMER")
        for name in submission.participants + performers + said("PARTICIPANT") {
            try fields.set("participant", name)
        }
        if let text = submission.description ?? said("DESCRIPTION").first { try fields.set("description", text) }
        let label = policy.join(labels)
        // A stream in clear has no header. Whether its level takes one was asked before the first byte; what it says of
        // itself may have raised it.
        if opened.headerLength == 0 { try requireClear(label.level) }
        if policy.rules(for: label.level)?.recipients == .hybrid, opened.headerLength > 0, !opened.hybrid {
            throw ArchiveError(
                .wrongRecipient,
                "level \(label.level) takes recordings sealed to post-quantum recipients only",
                hint: "seal to the hybrid recipient that GET /v1/recipients names"
            )
        }
        let started = submission.started ?? said("DATE").lazy.compactMap(Timestamp.date).first
        if let started { try checkStarted(started) }
        return Filing(
            visibility: VisibilityClass(label: label, unit: unit),
            series: joined,
            started: started,
            fields: DescribingFields(
                title: title,
                meeting: fields.meeting,
                participants: fields.participants,
                speaker: Set(performers).count == 1 ? performers.first : nil,
                description: fields.description,
                captured: max(0, validated.facts.duration - validated.loss),
                channels: validated.facts.channels,
                bitrate: validated.facts.bitrate,
                findings: validated.findings.kept.map(DescribingFields.Finding.init),
                source: submission.source
            )
        )
    }

    private static func only(_ name: String, _ values: [String]) throws(ArchiveError) -> String? {
        let distinct = Set(values)
        guard distinct.count <= 1 else {
            throw ArchiveError(
                .badMetadata,
                "\(name) is contradictory: \(distinct.sorted().joined(separator: ", "))"
            )
        }
        return distinct.first
    }
}

extension DescribingFields.Finding {
    init(_ finding: OggOpus.Finding) {
        self.init(code: finding.code.rawValue, offset: finding.offset, message: finding.message)
    }
}
