internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation
internal import Glibc
internal import Transcription

/// `risalah transcript edit`: opens an editor on what was said, and keeps what comes out of it as the next revision.
struct TranscriptEditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit",
        abstract: localized("Correct a transcript in your editor.", id: "Koreksi transkrip dengan editor Anda."),
        discussion: localized(
            """
            The editor is VISUAL, or EDITOR, else the usual one. The text is in memory only, in a folder that is the editor's \
            home as well, so that its backups, swap files and histories are there too; all of it is gone when the editor ends. \
            Where what comes out of it cannot be kept, you choose: to edit it again, to write it to a file of yours, or to \
            discard it. Without a terminal it goes to stdout.
            """,
            id: """
                Editornya VISUAL, atau EDITOR, atau yang lazim. Teks hanya ada di memori, dalam folder yang juga menjadi home \
                bagi editor, sehingga berkas cadangan, swap dan riwayatnya ada di sana; semuanya hilang saat editor selesai. \
                Bila hasilnya tidak dapat disimpan, Anda memilih: menyunting lagi, menulisnya ke berkas Anda, atau \
                membuangnya. Tanpa terminal hasilnya ditulis ke stdout.
                """
        )
    )

    @Argument(help: ArgumentHelp(localized("The recording.", id: "Rekaman.")))
    var id: RecordingID

    @OptionGroup var reading: TranscriptReading

    private static let file = "transcript.txt"

    func validate() throws {
        guard reading.opening.part.suffix == nil else {
            throw ValidationError("All of a transcript is edited: leave out '--from' and '--to'.")
        }
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        // Before the access: what cannot be edited must not cost an entry in the log.
        let editor = try TextEditor(environment: environment)
        let folder = try MemoryFolder(environment: environment)
        // A key of the terminal that would end us without clearing up; the editor has the usual action for it.
        signal(SIGQUIT, SIG_IGN)
        let trouble = try await Signals.handled(by: { number in
            // ^C at the terminal is meant for the editor.
            if number == SIGINT, editor.isRunning { return }
            editor.stop()
            folder.destroy()
            _exit(128 + number)
        }) {
            defer {
                if !folder.destroy() {
                    Console.note("risalah: \(localized("remove this", id: "hapuslah ini")): \(folder.path)")
                }
            }
            return try await edit(with: editor, in: folder)
        }
        try reading.opening.conclude(trouble)
    }

    /// What is edited.
    private struct Draft {
        /// The revision that the next one follows.
        var newest: Transcript
        /// What the person began with: that, or what they had made of an older one, brought onto it.
        var begun: Transcript
    }

    /// Has it edited until it is kept, or given up; what is wrong with the receipt of the access.
    private func edit(with editor: TextEditor, in folder: MemoryFolder) async throws -> ArchiveError? {
        let session = try reading.session()
        let found = try await newest(session)
        var draft = Draft(newest: found.transcript, begun: found.transcript)
        try folder.write(TranscriptFormat.txt.write(draft.begun), to: Self.file)
        while true {
            var correction: Transcript?
            do {
                try await editor.edit(Self.file, in: folder)
                let edited = try TranscriptFormat.txt.parse(text(in: folder))
                guard try edited != draft.newest.asEdited() else {
                    Console.note("risalah: \(localized("nothing was changed", id: "tidak ada yang diubah"))")
                    return found.trouble
                }
                let completed = try edited.completed(from: draft.begun)
                correction = completed
                let report = try await reading.common.connected(to: session.home) { client in
                    try await client.put(completed, of: id, after: draft.newest.revision)
                }
                if reading.common.json {
                    try Console.print(json: report)
                } else {
                    try Console.print(String(report.revision))
                }
                return found.trouble
            } catch {
                let trouble = Self.trouble(error)
                let merges = trouble.code == .stale && correction != nil
                let choice = try choose(trouble, draft, in: folder, merges: merges)
                if choice == .merge, let correction {
                    draft = try await rebase(correction, draft, session, in: folder)
                }
            }
        }
    }

    private static func trouble(_ error: any Error) -> ArchiveError {
        (error as? any ArchiveErrorConvertible)?.error ?? error as? ArchiveError
            ?? ArchiveError(.unexpected, "\(error)")
    }

    private func newest(_ session: TranscriptReading.Session) async throws -> TranscriptReading.Found {
        let found = try await reading.common.connected(to: session.home) { client in
            try await reading.read(id, revisions: [nil], as: session, by: client)
        }
        // One was asked for.
        guard let newest = found.first else { throw ArchiveError.notFound }
        return newest
    }

    private func text(in folder: MemoryFolder) throws -> Data {
        try Data(InputFile(path: folder.file(Self.file)).contents(limit: Transcript.Limits.document))
    }

    /// Brings the correction onto what somebody else has made meanwhile, for the person to look at.
    private func rebase(
        _ correction: Transcript,
        _ draft: Draft,
        _ session: TranscriptReading.Session,
        in folder: MemoryFolder
    ) async throws -> Draft {
        do {
            let newest = try await newest(session).transcript
            let (merged, conflicts) = try correction.rebased(from: draft.newest, onto: newest)
            try folder.write(TranscriptFormat.txt.write(merged), to: Self.file)
            let places = Array(Set(conflicts)).sorted().prefix(20).map(\.clock).joined(separator: ", ")
            if !conflicts.isEmpty {
                let sentence = localized(
                    "both of you have changed what was said at these times; both are there, yours first",
                    id: "Anda berdua mengubah ucapan pada waktu ini; keduanya ada, milik Anda lebih dulu"
                )
                Console.note("risalah: \(sentence): \(places)")
            }
            return Draft(newest: newest, begun: merged)
        } catch {
            _ = try choose(Self.trouble(error), draft, in: folder, merges: false)
            return draft
        }
    }

    // MARK: What cannot be kept

    private enum Choice { case edit, merge }

    /// Says what is wrong, and asks what becomes of the text.
    ///
    /// - Throws: `error`, where nothing is to be kept here: nothing was changed, or the person has the text elsewhere or does not
    ///   want it. Without a terminal it has gone to stdout.
    private func choose(_ error: ArchiveError, _ draft: Draft, in folder: MemoryFolder, merges: Bool) throws -> Choice {
        guard let text = try? text(in: folder), try text != TranscriptFormat.txt.write(draft.newest) else {
            throw error
        }
        let merging = localized("[m]erge it with theirs, ", id: "[m] gabungkan dengan miliknya, ")
        let question = localized(
            "\(merges ? merging : "")[e]dit it again, [w]rite it to a file, [d]iscard it:",
            id: "\(merges ? merging : "")[e] sunting lagi, [w] tulis ke berkas, [d] buang:"
        )
        // Whoever sits at no terminal learns it once, at the end.
        var prompt = "risalah: \(Console.clean(error.description))\n\(question)"
        while let answer = Console.ask(prompt) {
            prompt = question
            switch answer.trimmingCharacters(in: .whitespaces).lowercased().first {
            case "m" where merges: return .merge
            case "e": return .edit
            case "d": throw error
            case "w": if try write(text) { throw error }
            default: continue
            }
        }
        struct Rescued: Encodable { let edited: String }
        if reading.common.json {
            try Console.print(json: Rescued(edited: String(decoding: text, as: UTF8.self)))
        } else {
            try text.withUnsafeBytes { try Console.write($0) }
        }
        throw error
    }

    /// Writes `text` where the person wants it; whether it is there.
    private func write(_ text: Data) throws -> Bool {
        guard let answer = Console.ask(localized("file:", id: "berkas:")) else { return false }
        do {
            let output = try OutputFile(path: answer.trimmingCharacters(in: .whitespaces), name: "\(id).txt")
            try text.withUnsafeBytes { try output.write($0) }
            try output.commit()
            let sentence = localized("this is in clear, remove it when it is kept", id: "teks terbuka, hapuslah kelak")
            Console.note("risalah: \(sentence): \(output.path)")
            return true
        } catch {
            Console.note("risalah: \(Console.clean(Self.trouble(error).description))")
            return false
        }
    }
}

extension Transcript {
    /// As it is read from the form that people edit, which has no place for all of it.
    fileprivate func asEdited() throws -> Self { try TranscriptFormat.txt.parse(TranscriptFormat.txt.write(self)) }
}
