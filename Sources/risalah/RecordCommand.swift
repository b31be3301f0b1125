internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Glibc

/// `risalah record`: records a meeting, and sends it while it goes on.
struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: localized("Record a meeting into the archive.", id: "Rekam rapat ke arsip."),
        discussion: localized(
            """
            Samples come from a pipe, a file or a command: WAV, or raw signed 16-bit little-endian PCM with --rate and \
            --channels. They are encoded and sealed as they come, kept sealed on this machine until the archive has \
            them, and sent meanwhile. Ctrl-C ends the recording properly.
            """,
            id: """
                Sampel datang dari pipa, berkas, atau perintah: WAV, atau PCM mentah 16 bit bertanda little-endian dengan \
                --rate dan --channels. Sampel disandikan dan disegel seketika, disimpan tersegel di mesin ini sampai \
                arsip memilikinya, dan dikirim sementara itu. Ctrl-C mengakhiri rekaman dengan baik.
                """
        )
    )

    @Argument(
        help: ArgumentHelp(
            localized("A WAV or PCM file; - is stdin.", id: "Berkas WAV atau PCM; - adalah stdin."),
            valueName: "source"
        )
    )
    var source: String?

    @Option(
        help: ArgumentHelp(
            localized("Record what this shell command writes.", id: "Rekam keluaran perintah shell ini."),
            valueName: "command"
        )
    )
    var command: String?

    @Option(help: ArgumentHelp(localized("Sample rate of raw PCM.", id: "Laju sampel PCM mentah."), valueName: "hz"))
    var rate: Int?

    @Option(help: ArgumentHelp(localized("Channels of raw PCM.", id: "Jumlah kanal PCM mentah."), valueName: "n"))
    var channels: Int?

    @Option(
        help: ArgumentHelp(
            localized(
                "A recording of each channel, by the names of those who speak, separated by commas.",
                id: "Satu rekaman per kanal, dengan nama pembicara, dipisahkan koma."
            ),
            valueName: "names"
        )
    )
    var tracks: String?

    @Option(
        help: ArgumentHelp(
            localized("Bits a second of each recording.", id: "Bit per detik setiap rekaman."),
            valueName: "bits"
        )
    )
    var bitrate: Int?

    @Flag(
        inversion: .prefixedNo,
        help: ArgumentHelp(
            localized(
                "Whether the source runs by the clock, so that what is missing counts as lost. Else it is found out.",
                id: "Apakah sumber berjalan menurut jam, sehingga yang kurang dihitung hilang. Jika tidak: dideteksi."
            )
        )
    )
    var live: Bool?

    @Option(
        help: ArgumentHelp(
            localized("What the spool may take in all.", id: "Batas isi antrean seluruhnya."),
            valueName: "size"
        )
    )
    var spoolLimit = ByteCount(RecordingPlan.defaultSpoolLimit)

    @OptionGroup var sending: SendingOptions
    @OptionGroup var metadata: MetadataOptions
    @OptionGroup var common: CommonOptions

    private var speakers: [String] {
        tracks?.split(separator: ",", omittingEmptySubsequences: false).map { name in
            String(name.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        } ?? []
    }

    func validate() throws {
        guard command == nil || source == nil else {
            throw ValidationError("Only one of SOURCE and '--command' can be given.")
        }
        guard (rate == nil) == (channels == nil) else {
            throw ValidationError("'--rate' and '--channels' belong together.")
        }
        guard (8_000...192_000).contains(rate ?? 8_000) else {
            throw ValidationError("The value of '--rate' has to be 8000 to 192000.")
        }
        guard (1...255).contains(channels ?? 1) else {
            throw ValidationError("The value of '--channels' has to be 1 to 255.")
        }
        guard (6_000...510_000).contains(bitrate ?? 6_000) else {
            throw ValidationError("The value of '--bitrate' has to be 6000 to 510000.")
        }
        guard !speakers.contains("") else { throw ValidationError("A name in '--tracks' is empty.") }
        guard Set(speakers).count == speakers.count else { throw ValidationError("A name in '--tracks' comes twice.") }
        if let channels {
            guard tracks == nil || speakers.count == channels else {
                throw ValidationError("'--tracks' names \(speakers.count) speakers for \(channels) channels.")
            }
            guard tracks != nil || channels <= 2 else {
                throw ValidationError("More than two channels need '--tracks'.")
            }
        }
        let isStdin = command == nil && source ?? "-" == "-"
        guard !isStdin || metadata.metadata != "-" else {
            throw ValidationError("Only one of SOURCE and '--metadata' can be stdin.")
        }
    }

    func run() async throws {
        let home = try common.clientHome()
        let plan = try plan()
        guard let level = plan.metadata.level else {
            throw ArchiveError(
                .badMetadata,
                "the recording has no level",
                hint: "give it with --level, or in --metadata"
            )
        }
        let connect = sending.connect(home)
        let desk = RecordingDesk(json: common.json)
        let recorder = try Recorder(plan, home: home) { desk.tell($0) }
        let ending = RecordingEnd(recorder, desk: desk)
        let outcome = try await Signals.handled(by: { ending.signal($0) }) {
            let recipient: (recipients: Recipients, staleness: ArchiveError?)
            do {
                recipient = try await ArchiveClient.currentRecipients(for: home, connect: connect)
                if let staleness = recipient.staleness { desk.tellOffline(staleness) }
                let sealedTo = try recipient.recipients.recipient(for: level)
                let line = desk.follow(recorder)
                let outcome = await recorder.run(sealedTo: sealedTo, retries: sending.policy, connect: connect)
                line.cancel()
                await line.value
                return outcome
            } catch {
                recorder.abandon()
                throw error
            }
        }
        if await ending.isAbandoned() {
            let isStored = outcome.tracks.contains { (try? $0.receipt.get()) != nil }
            guard isStored else {
                try await recorder.forget(outcome, connect: connect)
                let sentence = localized("abandoned; nothing was kept", id: "dibatalkan; tidak ada yang disimpan")
                Console.note("risalah: \(sentence)")
                throw CancellationError()
            }
            let sentence = localized("too late: the archive has it", id: "terlambat: arsip sudah memilikinya")
            Console.note("risalah: \(sentence)")
        }
        try desk.tell(outcome)
    }

    private func plan() throws -> RecordingPlan {
        let origin: RecordingSource =
            switch (command, source ?? "-") {
            case (let command?, _): .command(command)
            case (nil, "-"): .stdin
            case (nil, let path): .file(path)
            }
        if origin == .stdin, isatty(STDIN_FILENO) == 1 {
            throw ArchiveError(
                .badRequest,
                "stdin is a terminal, and no audio",
                hint: "arecord -t wav | risalah record …, or --command \"arecord -t wav\""
            )
        }
        var format: PCMFormat?
        if let rate, let channels { format = PCMFormat(sampleRate: rate, channels: channels) }
        return RecordingPlan(
            source: origin,
            format: format,
            metadata: try metadata.merged(),
            bitrate: bitrate,
            tracks: speakers,
            isLive: live,
            spoolLimit: spoolLimit.bytes
        )
    }
}
