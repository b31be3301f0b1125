internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalahd retention`: destroys what the schedule says.
struct RetentionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention",
        abstract: localized("Destroy what the schedule says.", id: "Memusnahkan sesuai jadwal retensi."),
        subcommands: [Propose.self, Run.self, Explain.self]
    )

    /// `retention propose`: puts what is due on frozen lists.
    struct Propose: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "propose",
            abstract: localized(
                "Put what is due, and needs no approval, on frozen lists.",
                id: "Menempatkan yang jatuh tempo, tanpa persetujuan, pada daftar beku."
            )
        )

        @OptionGroup var options: RootOptions

        func run() async throws { try await options.printDestruction(.proposeDestruction) }
    }

    /// `retention run`: destroys what lists hold whose cooling is over.
    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run",
            abstract: localized(
                "Destroy what lists hold whose cooling is over.",
                id: "Memusnahkan isi daftar yang masa tunggunya lewat."
            )
        )

        @OptionGroup var options: RootOptions

        func run() async throws { try await options.printDestruction(.runDestruction) }
    }
}

extension RetentionCommand {
    /// `retention explain`: by which rule a recording is kept, until when and why.
    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "explain",
            abstract: localized(
                "Say by which rule a recording is kept, until when and why.",
                id: "Menjelaskan menurut aturan apa sebuah rekaman disimpan, sampai kapan dan mengapa."
            )
        )

        @Argument(help: ArgumentHelp(localized("The recording.", id: "Rekaman.")))
        var id: RecordingID

        @OptionGroup var options: RootOptions

        func run() async throws {
            let response = try await options.administer(.explainRetention(id))
            guard case .retention(let found) = response else { throw response.unexpected }
            if options.json { return try Console.print(json: found) }
            for line in TextTable.fields([
                (localized("recording", id: "rekaman"), found.recording.description),
                (localized("state", id: "keadaan"), found.state.rawValue),
                (localized("rule", id: "aturan"), found.rule ?? found.series),
                (localized("received", id: "diterima"), Timestamp.text(found.received)),
                (localized("counted from", id: "dihitung dari"), Timestamp.text(found.counted)),
                (localized("active until", id: "aktif sampai"), found.activeUntil.map(Timestamp.text)),
                (localized("by the rule until", id: "menurut aturan sampai"), found.reckoned.map(Timestamp.text)),
                (localized("extended until", id: "diperpanjang sampai"), found.extendedUntil.map(Timestamp.text)),
                (localized("due", id: "jatuh tempo"), Timestamp.text(found.due)),
                (localized("permanent", id: "permanen"), String(found.permanent)),
                (localized("needs approval", id: "perlu persetujuan"), String(found.needsApproval)),
                (localized("now", id: "kini"), [found.plan, found.reason].compactMap(\.self).joined(separator: ": ")),
                (localized("holds", id: "penangguhan"), found.holds.map(String.init)),
                (localized("list", id: "daftar"), found.list?.description),
                (localized("executed from", id: "dijalankan mulai"), found.executable.map(Timestamp.text)),
            ]) { try Console.print(line) }
        }
    }
}

extension RootOptions {
    fileprivate func printDestruction(_ request: AdministrationRequest) async throws {
        let response = try await administer(request)
        guard case .destruction(let report) = response else { throw response.unexpected }
        if json { return try Console.print(json: report) }
        var table = TextTable(
            ["RECORDING", "OUTCOME", "SERIES", "DUE", "FROM", "LIST", "REASON"],
            minimum: [26, 9, 6, 24, 24, 26, 6]
        )
        let rows = report.items.map { item in
            [
                item.recording.description, item.outcome, item.series, Timestamp.text(item.due),
                item.executable.map(Timestamp.text) ?? "", item.list.description, item.reason ?? "",
            ]
        }
        guard !rows.isEmpty else {
            return Console.note("risalahd: " + localized("nothing to do", id: "tidak ada yang perlu dilakukan"))
        }
        table.fit(rows)
        try Console.print(table.heading)
        for row in rows { try Console.print(table.line(row)) }
    }
}
