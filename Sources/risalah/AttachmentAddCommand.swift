internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalah attachment add`: attaches files to a recording.
struct AttachmentAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: localized("Attach files to a recording.", id: "Lampirkan berkas pada rekaman."),
        discussion: localized(
            "What the recording has already, under the same name, is not kept twice. Nothing that is attached can be taken off.",
            id: "Yang sudah terlampir dengan nama yang sama tidak disimpan lagi. Lampiran tidak dapat dilepas."
        )
    )

    @Argument(help: ArgumentHelp(localized("The recording.", id: "Rekaman.")))
    var id: RecordingID

    @Argument(help: ArgumentHelp(localized("The files.", id: "Berkasnya."), valueName: "file"))
    var paths: [String]

    @Option(
        help: ArgumentHelp(
            localized("What it is called here; the name of the file.", id: "Namanya di sini; nama berkasnya."),
            valueName: "name"
        )
    )
    var name: String?

    @Option(
        help: ArgumentHelp(
            localized("What they are; by their names.", id: "Jenisnya; menurut namanya."),
            valueName: "media-type"
        )
    )
    var type: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard name == nil || paths.count == 1 else { throw ValidationError("'--name' is for one file.") }
    }

    func run() async throws {
        let files = LocalFileSystem()
        // All of them are looked at before one is sent.
        let opened = try paths.map { path in
            guard try files.kind(of: path) == .regular else {
                throw ArchiveError(.notFound, "\(path) is no file that can be attached")
            }
            return try files.open(path, writing: false, create: false, label: "attachment.open")
        }
        try await common.connected { client in
            for (path, file) in zip(paths, opened) {
                let line = ProgressLine(localized("sending", id: "mengirim"), quiet: common.json)
                defer { line.end() }
                let report = try await client.attach(
                    file,
                    named: name ?? String(path.split(separator: "/").last ?? ""),
                    mediaType: type,
                    to: id,
                    progress: line.progress
                )
                line.end()
                if common.json {
                    try Console.print(json: report)
                } else {
                    try Console.print("\(report.number)  \(Console.clean(report.name))  \(report.bytes) B")
                }
            }
        }
    }
}
