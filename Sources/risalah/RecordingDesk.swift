internal import ArchiveClient
internal import ArchiveCore
internal import CommandShell
internal import Foundation
internal import Synchronization

/// What people are told of a recording: a line that is kept up to date at a terminal, else a line for what happens.
final class RecordingDesk: Sendable {
    private let json: Bool
    /// Held while a line is written; the width of the status line that is there.
    private let width = Mutex(0)
    private let isAsking = Mutex(false)

    init(json: Bool) { self.json = json }

    /// Whether there is a status line.
    private var hasLine: Bool { !json && Console.notesAreSeen }

    /// Says a line of its own.
    private func note(_ line: String) {
        width.withLock { width in
            clear(&width)
            Console.note("risalah: \(line)")
        }
    }

    private func clear(_ width: inout Int) {
        guard width > 0 else { return }
        FileHandle.standardError.write(Data("\r\(String(repeating: " ", count: width))\r".utf8))
        width = 0
    }

    /// Tells what happened.
    func tell(_ event: RecordingEvent) {
        guard !json else { return }
        switch event {
        case .started(let format, let ids):
            let names = ids.map(\.description).joined(separator: ", ")
            note(
                localized(
                    "recording \(format.channels) channels at \(format.sampleRate) Hz, in the spool as \(names)",
                    id: "merekam \(format.channels) kanal pada \(format.sampleRate) Hz, di antrean sebagai \(names)"
                )
            )
        case .gap(let gap):
            let place = LocalTimes.duration(gap.at)
            note(
                localized(
                    "lost \(Self.seconds(gap.seconds)) s at \(place): the source fell behind",
                    id: "hilang \(Self.seconds(gap.seconds)) s pada \(place): sumber tertinggal"
                )
            )
        case .interrupted(let error):
            let sentence = localized("sending is interrupted, trying again", id: "pengiriman terputus, mencoba lagi")
            note("\(sentence): \(Console.clean(error.message))")
        case .resumed: note(localized("sending goes on", id: "pengiriman berlanjut"))
        case .refused(let error):
            let sentence = localized(
                "the archive does not take it, and recording goes on into the spool",
                id: "arsip tidak menerimanya, dan perekaman berlanjut ke antrean"
            )
            note("\(sentence): \(Console.clean(error.message))")
        case .failed(let error):
            let sentence = localized("recording has ended", id: "perekaman berakhir")
            note("\(sentence): \(Console.clean(error.message))")
        }
    }

    /// Tells that the recipients are old ones.
    func tellOffline(_ error: ArchiveError) {
        guard !json else { return }
        let sentence = localized(
            "the archive does not answer; sealing to the recipients that it last named",
            id: "arsip tidak menjawab; disegel untuk penerima yang terakhir disebutnya"
        )
        note("\(sentence): \(Console.clean(error.message))")
    }

    /// Tells that the recording is being ended.
    func tellEnding() {
        guard !json else { return }
        note(
            localized(
                "ending the recording, and sending what is left of it",
                id: "mengakhiri rekaman, dan mengirim sisanya"
            )
        )
    }

    /// Keeps the status line up to date until it is cancelled.
    func follow(_ recorder: Recorder) -> Task<Void, Never> {
        Task {
            guard hasLine else { return }
            while !Task.isCancelled {
                show(recorder.progress())
                try? await Task.sleep(for: .milliseconds(250))
            }
            width.withLock { clear(&$0) }
        }
    }

    /// Asks `question` without the status line in between.
    func asking(_ question: () -> String?) -> String? {
        width.withLock { clear(&$0) }
        isAsking.withLock { $0 = true }
        defer { isAsking.withLock { $0 = false } }
        return question()
    }

    private func show(_ progress: RecordingProgress) {
        guard !isAsking.withLock({ $0 }) else { return }
        let parts = [
            LocalTimes.duration(progress.elapsed),
            Self.meter(progress.peak),
            "\(localized("captured", id: "terekam")) \(LocalTimes.duration(progress.captured))",
            "\(localized("spooled", id: "tersimpan")) \(Self.size(progress.spooled))",
            "\(localized("acknowledged", id: "diterima")) \(Self.size(progress.acknowledged))",
            "\(localized("lost", id: "hilang")) \(Self.seconds(progress.missing)) s",
        ]
        let text = parts.joined(separator: "  ")
        width.withLock { width in
            let blanks = String(repeating: " ", count: max(0, width - text.count))
            FileHandle.standardError.write(Data("\r\(text)\(blanks)".utf8))
            width = text.count
        }
    }

    /// `[######----]  -12 dBFS`: sixty decibels wide.
    static func meter(_ peak: Float) -> String {
        guard peak > 0.001 else { return "[----------] -inf dBFS" }
        let decibels = 20 * log10(Double(min(peak, 1)))
        let filled = max(0, min(10, Int((decibels + 60) / 6)))
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 10 - filled)
        let number = String(Int(decibels.rounded()))
        return "[\(bar)] \(String(repeating: " ", count: max(0, 4 - number.count)))\(number) dBFS"
    }

    private static func size(_ bytes: Int64) -> String { "\(Double(bytes / 100_000) / 10) MB" }

    static func seconds(_ seconds: Double) -> String { String((seconds * 10).rounded() / 10) }

    // MARK: The end

    /// One recording as `--json` prints it: the receipt, and what was seen here.
    private struct Recorded: Encodable {
        var receipt: UploadReceipt
        var channel: Int?
        var performer: String?
        var captured: Double
        var missing: Double
        var gaps: [RecordingGap]
        var commandStatus: Int32?

        private enum CodingKeys: String, CodingKey { case channel, performer, captured, missing, gaps, commandStatus }

        func encode(to encoder: any Encoder) throws {
            try receipt.encode(to: encoder)
            var fields = encoder.container(keyedBy: CodingKeys.self)
            try fields.encodeIfPresent(channel, forKey: .channel)
            try fields.encodeIfPresent(performer, forKey: .performer)
            try fields.encode(captured, forKey: .captured)
            try fields.encode(missing, forKey: .missing)
            try fields.encode(gaps, forKey: .gaps)
            try fields.encodeIfPresent(commandStatus, forKey: .commandStatus)
        }
    }

    /// Prints what became of a recording, and takes what the archive has from the spool.
    ///
    /// - Throws: why it ended, or why not all of it was sent.
    func tell(_ outcome: RecordingOutcome) throws {
        let missing = outcome.gaps.reduce(0) { $0 + $1.seconds }
        if !json, !outcome.tracks.isEmpty {
            let captured = LocalTimes.duration(outcome.captured)
            let lost = Self.seconds(missing)
            note(
                localized(
                    "captured \(captured), lost \(lost) s in \(outcome.gaps.count) gaps",
                    id: "terekam \(captured), hilang \(lost) s dalam \(outcome.gaps.count) celah"
                )
            )
        }
        if !json, let status = outcome.commandStatus, status != 0 {
            note(localized("the command ended with status \(status)", id: "perintah berakhir dengan status \(status)"))
        }
        var failure: (any Error)? = outcome.failure
        for track in outcome.tracks {
            switch track.receipt {
            case .success(let stored):
                let receipt = stored.adding(missing: outcome.unannounced)
                if json {
                    try Console.print(
                        json: Recorded(
                            receipt: receipt,
                            channel: track.channel,
                            performer: track.performer,
                            captured: outcome.captured,
                            missing: missing,
                            gaps: outcome.gaps,
                            commandStatus: outcome.commandStatus
                        )
                    )
                } else {
                    let performer = (localized("speaker", id: "pembicara"), track.performer)
                    for line in TextTable.fields([performer] + receipt.fields) { try Console.print(line) }
                }
                // Only now: until it was told, the archive tells it again to whoever finishes the upload.
                try track.entry.remove()
            case .failure(let error):
                failure = failure ?? Self.unsent(error, track.entry)
            }
        }
        if let failure { throw failure }
    }

    /// `error` of a recording that stays in the spool.
    static func unsent(_ error: any Error, _ entry: SpoolEntry) -> any Error {
        let hint = "it is in the spool; risalah uploads --finish \(entry.id) sends it"
        guard let error = error as? ArchiveError else {
            return ArchiveError(.unreachable, "sending was stopped before all was sent", hint: hint)
        }
        switch error.code {
        case .unreachable, .wrongOffset, .conflict, .unexpected, .inputOutput, .storage, .exhausted:
            return ArchiveError(.unreachable, "not all of it could be sent: \(error.message)", hint: hint)
        case .unauthenticated:
            return ArchiveError(error.code, error.message, hint: hint)
        default:
            let stays = "it stays in the spool as \(entry.id); see risalah uploads"
            return ArchiveError(error.code, error.message, hint: error.hint ?? stays, offset: error.offset)
        }
    }
}
