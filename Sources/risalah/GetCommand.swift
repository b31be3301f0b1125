internal import Age
internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalah get`: opens an access, fetches the recording, and opens it with the person's own key.
struct GetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: localized("Open a recording and fetch it.", id: "Buka rekaman dan ambil."),
        discussion: localized(
            """
            The access is written to the log of the archive before anything is sent. With --from and --to only that part \
            leaves the archive. Where others have to agree first, it ends with 75 and says who; the same command, with the \
            same purpose, opens it when they have.
            """,
            id: """
                Akses dicatat dalam log arsip sebelum apa pun dikirim. Dengan --from dan --to hanya bagian itu yang keluar \
                dari arsip. Bila orang lain harus setuju dahulu, perintah berakhir dengan 75 dan menyebut siapa; perintah \
                yang sama, dengan tujuan yang sama, membukanya setelah itu.
                """
        )
    )

    @Argument(help: ArgumentHelp(localized("The recording.", id: "Rekaman.")))
    var id: RecordingID

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            localized(
                "File or folder to write to; - is stdout. ID.opus in the current folder without it.",
                id: "Berkas atau folder tujuan; - adalah stdout. Tanpa ini: ID.opus di folder ini."
            ),
            valueName: "file"
        )
    )
    var output: String?

    @Flag(help: ArgumentHelp(localized("Keep it sealed, as an age file.", id: "Biarkan tersegel, sebagai berkas age.")))
    var sealed = false

    @Flag(
        help: ArgumentHelp(
            localized(
                "Of a damaged recording what can still be opened; what is missing is said.",
                id: "Dari rekaman yang rusak, bagian yang masih dapat dibuka; yang hilang disebutkan."
            )
        )
    )
    var salvage = false

    @OptionGroup var opening: OpeningOptions
    @OptionGroup var common: CommonOptions

    /// What a recording has lost, in chunks of 64 KiB.
    private struct Loss: Encodable {
        var chunks: Int
        var lost: Int
        var headers: Bool
    }

    private struct Result: Encodable {
        var access: AccessID
        var bytes: Int64
        var expires: Date
        var from: Double?
        var loss: Loss?
        var path: String?
        var recording: RecordingID
        var sealed: Bool
        var to: Double?
    }

    func validate() throws {
        guard output != "-" || !Console.outputIsTerminal else {
            throw ValidationError("Stdout is a terminal, and this is binary: give '--output' a file.")
        }
        guard !(sealed && salvage) else {
            throw ValidationError("'--salvage' opens what is left; '--sealed' opens nothing.")
        }
    }

    func run() async throws {
        let home = try common.clientHome()
        let identities = sealed ? [] : try home.identities()
        // Opened before the access: a folder that cannot be written must not cost an entry in the log.
        let destination = try output == "-" ? nil : OutputFile(path: output ?? ".", name: defaultName)
        let purpose = try opening.purposeText()
        let (result, trouble) = try await common.connected(to: home) { client in
            let (access, links, trouble) = try await opening.open(
                id,
                purpose: purpose,
                home: home,
                json: common.json,
                by: client
            )
            let line = ProgressLine(localized("fetching", id: "mengambil"), quiet: common.json)
            defer { line.end() }
            var bytes: Int64 = 0
            func deliver(_ plaintext: UnsafeRawBufferPointer) throws {
                try destination?.write(plaintext)
                if destination == nil { try Console.write(plaintext) }
                bytes += Int64(plaintext.count)
            }
            var loss: Loss?
            if sealed {
                _ = try await client.fetch(links.sealed, progress: line.progress, into: deliver)
            } else if salvage {
                var salvager = RecordingSalvager(identities: identities)
                _ = try await client.fetch(links.sealed, progress: line.progress) { ciphertext in
                    try salvager.update(ciphertext, into: deliver)
                }
                try salvager.finish(into: deliver)
                loss = Loss(
                    chunks: salvager.chunks,
                    lost: salvager.lostChunks,
                    headers: salvager.hasMadeUpHeaders
                )
            } else {
                var opener = RecordingOpener(identities: identities)
                _ = try await client.fetch(links.sealed, progress: line.progress) { ciphertext in
                    try opener.update(ciphertext, into: deliver)
                }
                try opener.finish(into: deliver)
            }
            try Task.checkCancellation()
            try destination?.commit()
            let result = Result(
                access: access.id,
                bytes: bytes,
                expires: access.expires,
                from: access.from,
                loss: loss,
                path: destination?.path,
                recording: id,
                sealed: sealed,
                to: access.to
            )
            return (result, trouble)
        }
        try report(result)
        try opening.conclude(trouble)
    }

    private func said(_ loss: Loss) -> String {
        let chunks = localized(
            "\(loss.lost) of \(loss.chunks) chunks of 64 KiB",
            id: "\(loss.lost) dari \(loss.chunks) potongan 64 KiB"
        )
        guard loss.headers else { return chunks }
        return chunks + localized("; its headers, others stand in their place", id: "; kepala alirannya, diganti")
    }

    private var defaultName: String {
        let name = opening.part.suffix.map { "\(id)_\($0)" } ?? id.description
        return sealed ? "\(name).opus.age" : "\(name).opus"
    }

    private func report(_ result: Result) throws {
        let text: String
        if common.json {
            text = String(decoding: try CanonicalJSON.encode(result), as: UTF8.self)
        } else {
            text = TextTable.fields([
                (localized("file", id: "berkas"), result.path),
                (localized("bytes", id: "bita"), String(result.bytes)),
                (localized("from", id: "dari"), result.from.map(LocalTimes.place)),
                (localized("to", id: "sampai"), result.to.map(LocalTimes.place)),
                (localized("lost", id: "hilang"), result.loss.map(said)),
                (localized("access", id: "akses"), result.access.description),
                (localized("expires", id: "berlaku sampai"), Timestamp.text(result.expires)),
            ]).joined(separator: "\n")
        }
        // With the recording itself on stdout, what is said of it goes to stderr.
        if result.path == nil { Console.note(text) } else { try Console.print(text) }
    }
}
