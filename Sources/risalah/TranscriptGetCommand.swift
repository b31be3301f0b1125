internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation
internal import Transcription

/// `risalah transcript get`: opens an access and fetches what was said.
struct TranscriptGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: localized("Read what was said.", id: "Baca apa yang diucapkan."),
        discussion: localized(
            """
            The access is written to the log of the archive before anything is sent, and opens the recording as well. txt, md and \
            html are minutes, with classification on every page; json, vtt and srt are for programs; edit is what 'put' takes back.

            With --meeting the newest transcripts of all recordings of a meeting become one document, by the times at which they \
            began. Each is opened by an access of its own. What cannot be opened is left out and named, and the command ends with \
            77 (75 where others have to agree first, 66 where there is none).
            """,
            id: """
                Akses dicatat dalam log arsip sebelum apa pun dikirim, dan juga membuka rekamannya. txt, md dan html adalah risalah, \
                dengan klasifikasi di setiap halaman; json, vtt dan srt untuk program; edit dapat dikembalikan dengan 'put'.

                Dengan --meeting transkrip terbaru semua rekaman suatu rapat menjadi satu dokumen, menurut waktu mulainya. Setiap \
                rekaman dibuka dengan aksesnya sendiri. Yang tidak dapat dibuka tidak dimuat dan disebutkan, kode keluar 77 (75 \
                bila orang lain harus setuju dahulu, 66 bila tidak ada).
                """
        )
    )

    @Argument(help: ArgumentHelp(localized("The recording.", id: "Rekaman.")))
    var id: RecordingID?

    @Option(
        help: ArgumentHelp(
            localized("Instead: all recordings of this meeting.", id: "Sebagai gantinya: semua rekaman rapat ini.")
        )
    )
    var meeting: String?

    @Option(help: ArgumentHelp(localized("A revision; the newest without it.", id: "Revisi; tanpa ini yang terbaru.")))
    var revision: Int?

    @Option(help: ArgumentHelp(localized("In what it is written.", id: "Bentuknya.")))
    var format = TranscriptForm.txt

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            localized("File or folder to write to; else stdout.", id: "Berkas atau folder tujuan; jika tidak, stdout."),
            valueName: "file"
        )
    )
    var output: String?

    @OptionGroup var reading: TranscriptReading

    func validate() throws {
        guard (id == nil) != (meeting == nil) else {
            throw ValidationError("Name a recording, or a meeting with '--meeting'.")
        }
        guard meeting == nil || (revision == nil && reading.opening.part.suffix == nil) else {
            throw ValidationError("'--meeting' takes the newest of all: leave out '--revision', '--from' and '--to'.")
        }
        guard meeting == nil || format != .edit else {
            throw ValidationError("What is edited is the transcript of one recording: name that.")
        }
    }

    func run() async throws {
        let name = "\(id?.description ?? "meeting").\(format == .edit ? "txt" : format.rawValue)"
        // Opened before the access: a folder that cannot be written must not cost an entry in the log.
        let destination = try output.flatMap { $0 == "-" ? nil : try OutputFile(path: $0, name: name) }
        let zone = reading.opening.part.time.times.zone
        if let meeting {
            let found = try await MeetingTranscript(of: meeting, by: reading, zone: zone)
            try deliver(format.write(found.transcript, found.heading), to: destination)
            try reading.opening.conclude(found.trouble)
            if let status = found.status { throw Finished(status: status) }
        } else if let id {
            guard let found = try await reading.read(id, revisions: [revision]).first else { return }
            try deliver(
                format.write(found.transcript, Minutes.Heading(found.recording, zone: zone)),
                to: destination
            )
            try reading.opening.conclude(found.trouble)
        }
    }

    private func deliver(_ text: Data, to destination: OutputFile?) throws {
        guard let destination else { return try text.withUnsafeBytes { try Console.write($0) } }
        try text.withUnsafeBytes { try destination.write($0) }
        try destination.commit()
        if !reading.common.json { try Console.print(destination.path) }
    }
}

/// `risalah transcript list`: the revisions of a transcript.
struct TranscriptListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: localized("List the revisions of a transcript.", id: "Daftar revisi transkrip."),
        discussion: localized(
            "The newest first; --json gives one object a line.",
            id: "Terbaru lebih dulu; --json memberi satu objek per baris."
        )
    )

    @Argument(help: ArgumentHelp(localized("The recording.", id: "Rekaman.")))
    var id: RecordingID

    @OptionGroup var limit: LimitOptions
    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        var listing = Listing<TranscriptReport, Int>(
            page: 100,
            limit: limit.count,
            nothing: localized("no transcript", id: "belum ada transkrip"),
            table: TextTable(
                [
                    localized("revision", id: "revisi"), localized("made", id: "dibuat"), localized("by", id: "oleh"),
                    localized("after", id: "sesudah"), localized("language", id: "bahasa"),
                    localized("segments", id: "segmen"),
                ],
                minimum: [8, 23, 10, 5, 8, 8]
            ),
            row: { revision in
                let machine = [revision.engine, revision.model].compactMap(\.self).joined(separator: " ")
                return [
                    String(revision.revision), time.times.text(revision.made),
                    revision.transcription == nil
                        ? revision.name ?? revision.principal?.description ?? "" : machine,
                    revision.after.map(String.init) ?? "", revision.language ?? "", String(revision.segments),
                ]
            }
        )
        try await common.connected { client in
            try await listing.print(json: common.json) { cursor, limit in
                let page = try await client.transcripts(of: id, below: cursor, limit: limit)
                return (page.transcripts, page.next)
            }
        }
    }
}
