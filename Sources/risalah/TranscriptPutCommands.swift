internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation
internal import Transcription

/// `risalah transcript put`: keeps what somebody has written down as the next revision.
struct TranscriptPutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put",
        abstract: localized(
            "Keep a transcript from a file as the next revision.",
            id: "Simpan transkrip dari berkas sebagai revisi berikutnya."
        ),
        discussion: localized(
            """
            Formats are told by what is in the file: our JSON, WebVTT (also of Zoom and BigBlueButton), SubRip, the form that 'get \
            --format edit' writes, and JSON of whisper, whisper.cpp, Vosk and Jigasi. With --after, it is refused where somebody \
            has made a newer revision since.
            """,
            id: """
                Format dikenali dari isinya: JSON kami, WebVTT (juga dari Zoom dan BigBlueButton), SubRip, bentuk dari 'get --format \
                edit', serta JSON whisper, whisper.cpp, Vosk dan Jigasi. Dengan --after ditolak bila ada revisi yang lebih baru.
                """
        )
    )

    @Argument(help: ArgumentHelp(localized("The recording.", id: "Rekaman.")))
    var id: RecordingID

    @Argument(help: ArgumentHelp(localized("The file; - is stdin.", id: "Berkas; - adalah stdin.")))
    var file: String

    @Option(
        help: ArgumentHelp(
            localized(
                "The newest revision that it follows; none: there is none yet.",
                id: "Revisi terbaru yang dilanjutkan; none: belum ada."
            ),
            valueName: "revision"
        )
    )
    var after: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard after == nil || after == "none" || after.flatMap({ Int($0) }) != nil else {
            throw ValidationError("'--after' takes the number of a revision, or none.")
        }
    }

    func run() async throws {
        let input = try InputFile(path: file)
        let contents = Data(try input.contents(limit: Transcript.Limits.document))
        let transcript = try TranscriptFormat.detect(contents, name: file).parse(contents)
        let report = try await common.connected { client in
            var base: Int?
            if let after {
                base = Int(after)
            } else {
                base = try await client.transcripts(of: id, limit: 1).transcripts.first?.revision
            }
            return try await client.put(transcript, of: id, after: base)
        }
        if common.json { return try Console.print(json: report) }
        try Console.print(String(report.revision))
    }
}

/// `risalah transcript speaker`: names a speaker.
struct TranscriptSpeakerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "speaker",
        abstract: localized("Give a speaker another name, everywhere.", id: "Ganti nama pembicara, di semua tempat."),
        discussion: localized(
            "It is the next revision. Where the new name is another speaker's, the two become one.",
            id: "Menjadi revisi berikutnya. Bila nama baru milik pembicara lain, keduanya menjadi satu."
        )
    )

    @Argument(help: ArgumentHelp(localized("The recording.", id: "Rekaman.")))
    var id: RecordingID

    @Argument(help: ArgumentHelp(localized("What they are called now.", id: "Nama sekarang.")))
    var speaker: String

    @Argument(help: ArgumentHelp(localized("What they are to be called.", id: "Nama yang baru.")))
    var name: String

    @OptionGroup var reading: TranscriptReading

    func validate() throws {
        guard reading.opening.part.suffix == nil else {
            throw ValidationError("A speaker is named in all of a transcript: leave out '--from' and '--to'.")
        }
    }

    func run() async throws {
        guard let found = try await reading.read(id, revisions: [nil]).first else { return }
        let renamed = try found.transcript.renamingSpeaker(speaker, to: name)
        let report = try await reading.common.connected { client in
            try await client.put(renamed, of: id, after: found.transcript.revision)
        }
        if reading.common.json { try Console.print(json: report) } else { try Console.print(String(report.revision)) }
        try reading.opening.conclude(found.trouble)
    }
}

/// `risalah transcript diff`: what one revision changed of another.
struct TranscriptDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: localized("Show what changed between two revisions.", id: "Tampilkan perubahan antara dua revisi."),
        discussion: localized(
            "Between the first and the newest, or those that are named.",
            id: "Antara yang pertama dan yang terbaru, atau yang disebutkan."
        )
    )

    @Argument(help: ArgumentHelp(localized("The recording.", id: "Rekaman.")))
    var id: RecordingID

    @Argument(help: ArgumentHelp(localized("The older revision.", id: "Revisi lama.")))
    var old = 0

    @Argument(
        help: ArgumentHelp(
            localized("The newer one; the newest without it.", id: "Revisi baru; tanpa ini yang terbaru.")
        )
    )
    var new: Int?

    @OptionGroup var reading: TranscriptReading

    func run() async throws {
        let found = try await reading.read(id, revisions: [old, new])
        let difference = TranscriptDifference(from: found[0].transcript, to: found[1].transcript)
        if difference.isEmpty {
            Console.note("risalah: \(localized("no difference", id: "tidak ada perbedaan"))")
        } else {
            for line in difference.description.split(separator: "\n", omittingEmptySubsequences: false) {
                try Console.print(Console.clean(String(line)))
            }
        }
        try reading.opening.conclude(found[0].trouble)
    }
}
