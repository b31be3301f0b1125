internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalah review`: decides over the time of one recording.
struct ReviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review",
        abstract: localized(
            "Decide how long one recording is kept.",
            id: "Putuskan berapa lama sebuah rekaman disimpan."
        ),
        discussion: localized(
            "What is to be destroyed comes onto a list: risalah destruction propose.",
            id: "Yang akan dimusnahkan masuk daftar: risalah destruction propose."
        )
    )

    @Argument(help: ArgumentHelp(localized("The recording.", id: "Rekaman.")))
    var id: RecordingID

    @Option(
        help: ArgumentHelp(
            localized(
                "Keep it at least until this date or time.",
                id: "Simpan setidaknya sampai tanggal atau waktu ini."
            ),
            valueName: "time"
        )
    )
    var extend: String?

    @Flag(
        help: ArgumentHelp(
            localized(
                "Keep it for good: it goes to another archive.",
                id: "Simpan selamanya: diserahkan ke arsip lain."
            )
        )
    )
    var permanent = false

    @Option(
        help: ArgumentHelp(
            localized(
                "Count its time from this date or time, before it was received.",
                id: "Hitung masa simpannya sejak tanggal atau waktu ini, sebelum diterima."
            ),
            valueName: "time"
        )
    )
    var countFrom: String?

    @OptionGroup var why: ReasonOptions

    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard [extend != nil, permanent, countFrom != nil].count(where: \.self) == 1 else {
            throw ValidationError("Give one of '--extend', '--permanent' and '--count-from'.")
        }
        for (name, text) in [("extend", extend), ("count-from", countFrom)] {
            guard let text, time.times.span(text) == nil else { continue }
            throw ValidationError("The value '\(text)' of '--\(name)' is neither YYYY-MM-DD nor an RFC 3339 time.")
        }
    }

    func run() async throws {
        let decision = extend != nil ? "extend" : permanent ? "permanent" : "back-date"
        let body = ReviewBody(
            decision: decision,
            // The whole of that day.
            until: extend.flatMap { time.times.span($0)?.upperBound },
            from: countFrom.flatMap { time.times.span($0)?.lowerBound },
            reason: try why.text()
        )
        let explanation = try await common.connected { try await $0.review(id, body) }
        if common.json { return try Console.print(json: explanation) }
        for line in TextTable.fields(explanation.fields(time.times)) { try Console.print(line) }
    }
}

extension RetentionExplanation {
    /// What people read of it.
    func fields(_ times: LocalTimes) -> [(name: String, value: String?)] {
        [
            (localized("recording", id: "rekaman"), recording.description),
            (localized("state", id: "keadaan"), state.rawValue),
            (localized("rule", id: "aturan"), rule ?? series),
            (localized("received", id: "diterima"), times.text(received)),
            (localized("counted from", id: "dihitung dari"), counted == received ? nil : times.text(counted)),
            (localized("active until", id: "aktif sampai"), activeUntil.map(times.text)),
            (localized("by the rule until", id: "menurut aturan sampai"), reckoned.map(times.text)),
            (localized("extended until", id: "diperpanjang sampai"), extendedUntil.map(times.text)),
            (localized("due", id: "jatuh tempo"), times.text(due)),
            (localized("permanent", id: "permanen"), permanent ? localized("yes", id: "ya") : nil),
            (
                localized("destruction", id: "pemusnahan"),
                needsApproval ? localized("only after people approve", id: "hanya setelah disetujui") : nil
            ),
            (localized("now", id: "kini"), [plan, reason].compactMap(\.self).joined(separator: ": ")),
            (localized("holds", id: "penangguhan"), holds.map(String.init)),
            (localized("list", id: "daftar"), list?.description),
            (localized("executed from", id: "dijalankan mulai"), executable.map(times.text)),
        ]
    }
}
