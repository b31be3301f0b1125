internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalah import`: checks a recording, seals it, and sends it.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: localized("Send a recording to the archive.", id: "Kirim rekaman ke arsip."),
        discussion: localized(
            "Ogg Opus goes as it is, WAV is encoded here; both are sealed before they leave.",
            id: "Ogg Opus dikirim apa adanya, WAV disandikan di sini; keduanya disegel sebelum dikirim."
        )
    )

    @Argument(
        help: ArgumentHelp(
            localized("An Ogg Opus or WAV file; - is stdin.", id: "Berkas Ogg Opus atau WAV; - adalah stdin."),
            valueName: "file"
        )
    )
    var file: String

    @OptionGroup var metadata: MetadataOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard file != "-" || metadata.metadata != "-" else {
            throw ValidationError("Only one of FILE and '--metadata' can be stdin.")
        }
    }

    func run() async throws {
        let home = try common.clientHome()
        let metadata = try metadata.merged()
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
            if prepared.missing > 0 { noteTruncation() }
            let sending = ProgressLine(localized("sending", id: "mengirim"), quiet: common.json)
            defer { sending.end() }
            let stored = try await client.upload(prepared.sealed, metadata: metadata, progress: sending.progress)
            return stored.adding(missing: prepared.missing)
        }
        try receipt.print(json: common.json)
    }

    private func noteTruncation() {
        let sentence = localized(
            "the WAV file ends before the samples that it announces; what is there was kept",
            id: "berkas WAV berakhir sebelum sampel yang diumumkannya; yang ada tetap disimpan"
        )
        Console.note("risalah: \(input(file)): \(sentence)")
    }

    private func input(_ file: String) -> String { file == "-" ? "stdin" : Console.clean(file) }
}
