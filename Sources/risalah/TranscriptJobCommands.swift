internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalah transcript ask`: asks for transcripts.
struct TranscriptAskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ask",
        abstract: localized("Ask for transcripts of recordings.", id: "Minta transkrip rekaman."),
        discussion: localized(
            "All of them or none. What is under way already is not asked for twice; 'risalah transcript status' follows it.",
            id:
                "Semua atau tidak sama sekali. Yang sedang dikerjakan tidak diminta lagi; ikuti dengan 'risalah transcript status'."
        )
    )

    @Argument(help: ArgumentHelp(localized("The recordings.", id: "Rekaman.")))
    var recordings: [RecordingID]

    @Option(
        help: ArgumentHelp(
            localized(
                "What is spoken, like id or en; else the archive knows or finds out.",
                id: "Bahasa, seperti id atau en."
            ),
            valueName: "tag"
        )
    )
    var language: String?

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let jobs = try await common.connected { try await $0.askForTranscripts(of: recordings, language: language) }
        for job in jobs {
            if common.json { try Console.print(json: job) } else { try Console.print("\(job.id) \(job.recording)") }
        }
    }
}

/// `risalah transcript cancel`: takes a job back.
struct TranscriptCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: localized("Take back what was asked for.", id: "Tarik kembali permintaan transkrip.")
    )

    @Argument(help: ArgumentHelp(localized("The job, as 'status' shows it.", id: "Pekerjaan, seperti pada 'status'.")))
    var id: TranscriptionID

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let job = try await common.connected { try await $0.cancel(id) }
        if common.json { try Console.print(json: job) }
    }
}

/// `risalah transcript status`: how far jobs are.
struct TranscriptStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: localized("Show how far transcripts are.", id: "Tampilkan kemajuan transkripsi."),
        discussion: localized(
            "What waits, runs, and was given up, the newest first; with --json one object a line. On a terminal --watch shows one "
                + "job until it ends: exit 0 where it is done, 1 where it was given up or taken back.",
            id:
                "Yang menunggu, berjalan, dan gagal, terbaru lebih dulu; dengan --json satu objek per baris. Dengan --watch satu "
                + "pekerjaan diikuti sampai selesai: keluar 0 bila selesai, 1 bila gagal atau ditarik."
        )
    )

    @Flag(help: ArgumentHelp(localized("Those that have ended, too.", id: "Juga yang sudah selesai.")))
    var all = false

    @Option(
        help: ArgumentHelp(
            localized("Follow this job to its end.", id: "Ikuti pekerjaan ini sampai selesai."),
            valueName: "job"
        )
    )
    var watch: TranscriptionID?

    @OptionGroup var limit: LimitOptions
    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        if let watch { return try await follow(watch) }
        var listing = Listing<TranscriptionReport, String>(
            page: 200,
            limit: limit.count,
            nothing: localized("no jobs", id: "tidak ada pekerjaan"),
            table: TextTable(
                [
                    localized("job", id: "pekerjaan"), localized("recording", id: "rekaman"),
                    localized("state", id: "keadaan"), localized("heard", id: "didengar"),
                    localized("attempts", id: "percobaan"), localized("asked", id: "diminta"),
                    localized("problem", id: "masalah"),
                ],
                minimum: [26, 26, 9, 8, 8, 23, 0]
            ),
            row: { job in
                [
                    job.id.description, job.recording.description, job.state.rawValue, Self.share(of: job),
                    String(job.attempts), time.times.text(job.asked), job.problem ?? "",
                ]
            }
        )
        let states: [TranscriptionState] = all ? [] : [.waiting, .running, .failed]
        try await common.connected { client in
            try await listing.print(json: common.json) { cursor, limit in
                let page = try await client.transcriptions(in: states, limit: limit, cursor: cursor)
                return (page.transcriptions, page.next)
            }
        }
    }

    private static func share(of job: TranscriptionReport) -> String {
        switch job.state {
        case .done: "100 %"
        case .running: "\(Int(100 * min(1, job.heard / max(job.duration, 0.001)))) %"
        case .waiting, .failed, .cancelled: ""
        }
    }

    private func follow(_ id: TranscriptionID) async throws {
        let line = ProgressLine(localized("hearing", id: "mendengarkan"), quiet: common.json)
        let job = try await common.connected { client in
            defer { line.end() }
            while true {
                let job = try await client.transcription(id)
                guard job.state == .waiting || job.state == .running else { return job }
                line.show(part: Int(min(job.heard, job.duration)), of: max(1, Int(job.duration)))
                try await Task.sleep(for: .seconds(2))
            }
        }
        if common.json { try Console.print(json: job) } else { try Console.print(job.state.rawValue) }
        guard job.state != .done else { return }
        throw ArchiveError(
            .unexpected,
            "no transcript came of it: \(job.problem ?? job.state.rawValue)",
            hint: "risalah transcript ask \(job.recording)"
        )
    }
}
