internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import Auditing
internal import CommandShell

/// `risalahd audit export`: the log as static files, as C2SP tlog-tiles lays them out.
struct AuditExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: localized("Write the log out as static files.", id: "Menulis log sebagai berkas statis."),
        discussion: localized(
            """
            Writes checkpoint, vkey, tile/… and tile/entries/… (C2SP tlog-tiles). An export of the same log that is there is
            brought up to date.
            """,
            id: """
                Menulis checkpoint, vkey, tile/… dan tile/entries/… (C2SP tlog-tiles). Ekspor log yang sama yang sudah ada
                diperbarui.
                """
        )
    )

    @OptionGroup var options: RootOptions

    @Option(
        name: .customLong("to"),
        help: ArgumentHelp(localized("The folder to write.", id: "Folder tujuan."), valueName: "out")
    )
    var folder: String

    private func export(_ head: LogHead) -> LogExport {
        LogExport(folder: folder, checkpoint: head.checkpoint, verificationKey: head.verificationKey)
    }

    private struct Result: Encodable {
        var to: String
        var size: Int
        var files: Int
    }

    func run() async throws {
        let (size, files) = try await options.administering { ask in
            let begun = try await ask(.exportLog)
            guard case .exporting(let head) = begun else { throw begun.unexpected }
            return try await export(head).write { path in
                let answer = try await ask(.logFile(path: path))
                guard case .file(let bytes) = answer else { throw answer.unexpected }
                return bytes
            }
        }
        if options.json { return try Console.print(json: Result(to: folder, size: size, files: files)) }
        try Console.print(
            localized(
                "\(size) entries in \(folder); \(files) files written",
                id: "\(size) catatan di \(folder); \(files) berkas ditulis"
            )
        )
    }
}
