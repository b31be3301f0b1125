internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation
internal import Importing

/// From when the time of what is imported counts.
enum RetentionBeginning: String, ExpressibleByArgument, CaseIterable {
    case received, started
}

/// `risalah import`: checks recordings, seals them, and sends them: one, or all that another service left.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: localized("Send recordings to the archive.", id: "Kirim rekaman ke arsip."),
        discussion: localized(
            """
            Ogg Opus goes as it is, WAV is encoded here, what else ffmpeg knows is decoded by it first; all is sealed before it \
            leaves. Folders of Zoom, Jitsi and BigBlueButton are known, with titles, times and participants. What was sent once is \
            not sent again: a run that was interrupted is simply repeated.
            """,
            id: """
                Ogg Opus dikirim apa adanya, WAV disandikan di sini, yang lain didekode ffmpeg lebih dahulu; semuanya disegel sebelum \
                dikirim. Folder Zoom, Jitsi, dan BigBlueButton dikenali, dengan judul, waktu, dan peserta. Yang sudah dikirim tidak \
                dikirim lagi: proses yang terhenti cukup diulang.
                """
        )
    )

    @Argument(
        help: ArgumentHelp(
            localized(
                "Files and folders; - is stdin, Ogg Opus or WAV.",
                id: "Berkas dan folder; - adalah stdin, Ogg Opus atau WAV."
            ),
            valueName: "path"
        )
    )
    var paths: [String] = []

    @Option(
        help: ArgumentHelp(
            localized(
                "A CSV whose columns are path and any of the others; paths begin in its folder.",
                id: "CSV dengan kolom path dan kolom lain; path dimulai dari foldernya."
            ),
            discussion: ImportList.columns.joined(separator: " "),
            valueName: "csv"
        )
    )
    var fromList: String?

    @Option(
        help: ArgumentHelp(
            localized("The folder that paths of the list begin in.", id: "Folder awal path dalam daftar."),
            valueName: "dir"
        )
    )
    var base: String?

    @Flag(
        help: ArgumentHelp(
            localized(
                "Say what would be done, and do nothing.",
                id: "Sebutkan yang akan dilakukan, tanpa melakukannya."
            )
        )
    )
    var dryRun = false

    @Flag(
        inversion: .prefixedNo,
        help: ArgumentHelp(
            localized("Whether transcripts that are found are sent.", id: "Apakah transkrip yang ditemukan dikirim.")
        )
    )
    var transcripts = true

    @Flag(
        inversion: .prefixedNo,
        help: ArgumentHelp(
            localized(
                "Whether chats and other attachments are sent.",
                id: "Apakah obrolan dan lampiran lain dikirim."
            )
        )
    )
    var attachments = true

    @Option(
        help: ArgumentHelp(
            localized("How many are encoded at once; all cores.", id: "Berapa yang disandikan sekaligus; semua inti."),
            valueName: "n"
        )
    )
    var jobs: Int?

    @Option(
        help: ArgumentHelp(
            localized(
                "Write which originals can be deleted, signed by the archive, and a table of them (FILE.csv).",
                id: "Tulis berkas asli yang dapat dihapus, ditandatangani arsip, beserta tabelnya (FILE.csv)."
            ),
            valueName: "file"
        )
    )
    var deletable: String?

    @Option(help: ArgumentHelp(localized("Where ffmpeg is.", id: "Letak ffmpeg."), valueName: "file"))
    var ffmpeg: String?

    @Option(
        help: ArgumentHelp(
            localized(
                "From when their time counts: received, or started, for which a records manager has to agree.",
                id:
                    "Sejak kapan masa simpan dihitung: received (diterima), atau started (dimulai) dengan persetujuan pengelola arsip."
            ),
            valueName: "received|started"
        )
    )
    var retentionFrom = RetentionBeginning.received

    @Option(
        help: ArgumentHelp(
            localized("Why it is to count from then.", id: "Alasan dihitung sejak saat itu."),
            valueName: "reason"
        )
    )
    var retentionReason: String?

    @OptionGroup var time: TimeOptions
    @OptionGroup var metadata: MetadataOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !paths.isEmpty || fromList != nil else { throw ValidationError("Missing expected argument '<path> ...'") }
        guard paths.isEmpty || fromList == nil else {
            throw ValidationError("Only one of PATH and '--from-list' can be given.")
        }
        guard base == nil || fromList != nil else { throw ValidationError("'--base' belongs to '--from-list'.") }
        guard !paths.contains("-") || (paths.count == 1 && !dryRun) else {
            throw ValidationError("'-' is imported alone, and cannot be looked at before.")
        }
        guard deletable == nil || (!dryRun && paths != ["-"] && deletable != "-") else {
            throw ValidationError("'--deletable' names a file, and goes with neither '--dry-run' nor '-'.")
        }
        guard (1...256).contains(jobs ?? 1) else { throw ValidationError("The value of '--jobs' has to be 1 to 256.") }
        guard retentionFrom == .started || retentionReason == nil else {
            throw ValidationError("'--retention-reason' belongs to '--retention-from started'.")
        }
        guard retentionFrom == .received || paths != ["-"] else {
            throw ValidationError("What comes from stdin counts from when it is received.")
        }
        guard paths != ["-"] || metadata.metadata != "-" else {
            throw ValidationError("Only one of PATH and '--metadata' can be stdin.")
        }
    }

    func run() async throws {
        let home = try common.clientHome()
        let metadata = try metadata.merged()
        if paths.count == 1, !dryRun, deletable == nil, retentionFrom == .received, !SourceRoot.needsRun(paths[0]) {
            return try await sendOne(paths[0], metadata, home)
        }
        let sources = try sources()
        let desk = ImportDesk(
            json: common.json,
            isRehearsal: dryRun,
            isOne: paths.count == 1 && SourceRoot.isFile(paths[0])
        )
        let (summary, asked) = try await common.connected(to: home) { client in
            var backdating = retentionFrom == .started ? backdatingDesk(home) : nil
            let recipients = try await client.recipients()
            // All of it is looked at before any of it is sent.
            let plans = try sources.map { source in
                try ImportPlan(source.findings, below: source.root, as: metadata, recipients: recipients)
            }
            let journal = try ImportJournal(of: home)
            var summary = ImportSummary(others: 0)
            var reports: [ImportReport] = []
            var options = ImportRun.Options()
            options.isRehearsal = dryRun
            options.takesTranscripts = transcripts
            options.takesAttachments = attachments
            options.jobs = jobs ?? ProcessInfo.processInfo.activeProcessorCount
            for plan in plans {
                let run = ImportRun(
                    plan,
                    recipients: recipients,
                    client: client,
                    home: home,
                    journal: journal,
                    options: options
                ) { [ffmpeg] in
                    try await MediaDecoder(
                        program: ffmpeg,
                        path: ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
                    )
                }
                defer { desk.end() }
                summary += try await run.run(progress: { desk.show($0) }) { report in
                    try desk.tell(report)
                    if deletable != nil { reports.append(report) }
                    backdating?.note(report)
                    if backdating?.isFull == true { try await backdating?.ask(client) }
                }
            }
            try await backdating?.ask(client)
            if let deletable {
                let originals = try await DeletableOriginals(of: reports) { try await client.originals(of: $0) }
                let file = try DeletableFiles(originals: originals).write(to: deletable, home)
                try desk.tell(originals, in: file)
                summary.note(originals)
            }
            return (summary, backdating)
        }
        try asked?.tell(json: common.json)
        try desk.tell(summary)
        if summary.hasRefusals || summary.hasUndeletable { throw Finished(status: .badInput) }
    }

    private func backdatingDesk(_ home: ClientHome) -> BackdatingDesk {
        let sources = fromList.map { [$0, base ?? ""] } ?? paths
        return BackdatingDesk(
            of: sources.map { URL(filePath: $0).standardizedFileURL.path },
            because: retentionReason
                ?? localized("Old recordings, imported now", id: "Rekaman lama, baru diimpor"),
            home: home,
            isRehearsal: dryRun
        )
    }

    private func sources() throws -> [(root: SourceRoot, findings: Findings)] {
        guard let fromList else {
            let zone = time.times.zone
            return try SourceRoot.roots(of: paths).map { ($0, try $0.findings(zone: zone)) }
        }
        let contents = try InputFile(path: fromList).contents(limit: 64 << 20)
        let root = try SourceRoot(base ?? fromList.parentFolder)
        do throws(CSVTable.Mistake) {
            return [(root, try ImportList(contents).findings(below: root))]
        } catch {
            throw ArchiveError(
                .badMetadata,
                "\(fromList): line \(error.line), column \(error.column): \(error.message)"
            )
        }
    }

    // MARK: One

    private func sendOne(_ file: String, _ metadata: RecordingMetadata, _ home: ClientHome) async throws {
        guard let level = metadata.level else {
            throw ArchiveError(
                .badMetadata,
                "the recording has no level",
                hint: "give it with --level, or in --metadata"
            )
        }
        let input = try InputFile(path: file)
        let receipt = try await common.connected(to: home) { client in
            let recipient = try await client.recipients().recipient(for: level)
            let sealing = ProgressLine(localized("sealing", id: "menyegel"), quiet: common.json)
            defer { sealing.end() }
            let prepared = try PreparedRecording(
                reading: input,
                metadata: metadata,
                sealedTo: recipient,
                home: home,
                progress: sealing.progress
            )
            sealing.end()
            if prepared.missing > 0 { noteTruncation(file) }
            let sending = ProgressLine(localized("sending", id: "mengirim"), quiet: common.json)
            defer { sending.end() }
            let stored = try await client.upload(prepared.sealed, metadata: metadata, progress: sending.progress)
            return stored.adding(missing: prepared.missing)
        }
        try receipt.print(json: common.json)
    }

    private func noteTruncation(_ file: String) {
        let sentence = localized(
            "the WAV file ends before the samples that it announces; what is there was kept",
            id: "berkas WAV berakhir sebelum sampel yang diumumkannya; yang ada tetap disimpan"
        )
        Console.note("risalah: \(file == "-" ? "stdin" : Console.clean(file)): \(sentence)")
    }
}
