internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalah explain`: what the policy would answer, and why.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: localized(
            "Say what the policy would answer you, and why.",
            id: "Jelaskan jawaban kebijakan bagi Anda, dan alasannya."
        ),
        discussion: localized(
            "Nothing is opened. The answer is that for a stated purpose, and the log has the question.",
            id: "Tidak ada yang dibuka. Jawabannya untuk tujuan yang disebutkan, dan pertanyaannya dicatat."
        )
    )

    @Argument(help: ArgumentHelp(localized("The recording.", id: "Rekaman.")))
    var id: RecordingID

    @Option(
        help: ArgumentHelp(
            localized(
                "What you would do: open, show, describe, relabel, … in the words of policy.yaml.",
                id: "Yang akan dilakukan: open, show, describe, relabel, … seperti di policy.yaml."
            )
        )
    )
    var action = "open"

    @Flag(
        help: ArgumentHelp(
            localized(
                "Instead: by which rule it is kept, until when and why.",
                id: "Sebagai gantinya: menurut aturan apa disimpan, sampai kapan dan mengapa."
            )
        )
    )
    var retention = false

    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        if retention {
            let explanation = try await common.connected { try await $0.retention(of: id) }
            guard !common.json else { return try Console.print(json: explanation) }
            return try TextTable.fields(explanation.fields(time.times)).forEach(Console.print)
        }
        let report = try await common.connected { try await $0.decision(on: id, action: action) }
        guard !common.json else { return try Console.print(json: report) }
        for line in TextTable.fields(fields(report)) { try Console.print(line) }
    }

    private func fields(_ report: DecisionReport) -> [(name: String, value: String?)] {
        let reasons = report.reasons.map { "\($0.code): \($0.text)" }.joined(separator: "; ")
        var fields: [(name: String, value: String?)] = [
            (localized("recording", id: "rekaman"), report.recording.description),
            (localized("action", id: "tindakan"), report.action),
            (localized("decision", id: "keputusan"), answer(report.decision)),
            (localized("reasons", id: "alasan"), reasons.isEmpty ? nil : reasons),
            (localized("hint", id: "saran"), report.hint),
        ]
        if let conditions = report.conditions {
            let approvals = conditions.approvalsBy.map { "\(conditions.approvals), \($0)" }
            fields += [
                (localized("purpose needed", id: "perlu tujuan"), word(conditions.purpose)),
                (localized("sealed only", id: "tersegel saja"), word(conditions.sealedOnly)),
                (localized("approvals needed", id: "perlu persetujuan"), approvals),
                (localized("witnesses needed", id: "perlu saksi"), conditions.cosignatures.map(String.init)),
                (localized("access lasts", id: "akses berlaku"), conditions.accessLifetime),
                (localized("for keys", id: "untuk kunci"), conditions.recipients),
            ]
        }
        fields.append((localized("you count until", id: "Anda berlaku sampai"), report.ends.map(Timestamp.text)))
        for quota in report.quotas {
            let window =
                quota.window == "hour"
                ? localized("in 60 minutes", id: "dalam 60 menit") : localized("in 24 hours", id: "dalam 24 jam")
            fields.append((window, "\(quota.spent) / \(quota.limit)"))
        }
        return fields
    }

    private func answer(_ answer: DecisionReport.Answer) -> String {
        switch answer {
        case .allow: localized("allow", id: "boleh")
        case .wait: localized("wait", id: "menunggu")
        case .refuse: localized("refuse", id: "ditolak")
        }
    }

    private func word(_ flag: Bool) -> String { flag ? localized("yes", id: "ya") : localized("no", id: "tidak") }
}
