internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalah attachment get`: opens an access and fetches an attachment.
struct AttachmentGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: localized("Fetch an attachment.", id: "Ambil lampiran."),
        discussion: localized(
            "The access is written to the log of the archive before anything is sent, and opens the recording as well.",
            id: "Akses dicatat dalam log arsip sebelum apa pun dikirim, dan juga membuka rekamannya."
        )
    )

    @Argument(help: ArgumentHelp(localized("The recording.", id: "Rekaman.")))
    var id: RecordingID

    @Argument(help: ArgumentHelp(localized("Its number, as 'show' has it.", id: "Nomornya, menurut 'show'.")))
    var number: Int

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            localized(
                "File or folder to write to; - is stdout. ID-NUMBER-NAME in the current folder without it.",
                id: "Berkas atau folder tujuan; - adalah stdout. Tanpa ini: ID-NOMOR-NAMA di folder ini."
            ),
            valueName: "file"
        )
    )
    var output: String?

    @OptionGroup var opening: OpeningOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard output != "-" || !Console.outputIsTerminal else {
            throw ValidationError("Stdout is a terminal, and this may be binary: give '--output' a file.")
        }
        guard opening.part.suffix == nil else {
            throw ValidationError("An attachment belongs to all of a recording: leave out '--from' and '--to'.")
        }
    }

    func run() async throws {
        let home = try common.clientHome()
        let identities = try home.identities()
        let purpose = try opening.purposeText()
        try await common.connected(to: home) { client in
            let known = try await client.recording(id).attachments ?? []
            guard let attachment = known.first(where: { $0.number == number }) else {
                throw ArchiveError(.notFound, "recording \(id) has no attachment \(number)", hint: "risalah show \(id)")
            }
            // Opened before the access: a folder that cannot be written must not cost an entry in the log.
            let destination = try output == "-" ? nil : OutputFile(path: output ?? ".", name: fileName(of: attachment))
            let (access, _, trouble) = try await opening.open(
                id,
                purpose: purpose,
                home: home,
                json: common.json,
                by: client
            )
            let line = ProgressLine(localized("fetching", id: "mengambil"), quiet: common.json)
            defer { line.end() }
            try await client.attachment(number, within: access.id, opening: identities, progress: line.progress) {
                bytes in
                if let destination { try destination.write(bytes) } else { try Console.write(bytes) }
            }
            try Task.checkCancellation()
            try destination?.commit()
            line.end()
            if let destination {
                if common.json {
                    try Console.print(json: attachment)
                } else {
                    try Console.print(Console.clean(destination.path))
                }
            }
            try opening.conclude(trouble)
        }
    }

    /// A name that leads to no other folder and is that of no other file, whatever somebody called it.
    private func fileName(of attachment: AttachmentReport) -> String {
        "\(id)-\(attachment.number)-\(attachment.fileName)"
    }
}
