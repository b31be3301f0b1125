internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import CommandShell

extension ExportCommand {
    private struct Result: Encodable {
        struct Bagged: Encodable {
            var access: AccessID
            var bytes: Int64
            var entries: Int
            var recording: RecordingID
            var sha256: String
            /// The revision that lies in the bag.
            @ExplicitNull var transcript: Int?
        }

        struct Omitted: Encodable {
            var code: String
            var message: String
            var recording: RecordingID
        }

        var bag: String
        var label: String
        var omitted: [Omitted]
        var recordings: [Bagged]
        var sealed: Bool
    }

    /// Says what was made.
    func report(_ path: String, _ progress: Progress) throws {
        guard !common.json else {
            return try Console.print(
                json: Result(
                    bag: path,
                    label: progress.label.description,
                    omitted: progress.omitted.map {
                        .init(code: $0.reason.code.rawValue, message: $0.reason.message, recording: $0.id)
                    },
                    recordings: progress.bagged.map {
                        .init(
                            access: $0.access,
                            bytes: $0.bytes,
                            entries: $0.entries,
                            recording: $0.id,
                            sha256: $0.digest,
                            transcript: $0.transcript
                        )
                    },
                    sealed: sealed
                )
            )
        }
        for omitted in progress.omitted {
            let sentence = localized("left out", id: "tidak dimuat")
            Console.note("risalah: \(sentence): \(omitted.id): \(Console.clean(omitted.reason.message))")
        }
        for recording in progress.bagged where recording.transcript == nil {
            Console.note("risalah: \(localized("without a transcript", id: "tanpa transkrip")): \(recording.id)")
        }
        let lines = TextTable.fields([
            (localized("bag", id: "bag"), path),
            (localized("recordings", id: "rekaman"), String(progress.bagged.count)),
            (localized("transcripts", id: "transkrip"), String(progress.bagged.count { $0.transcript != nil })),
            (localized("bytes of audio", id: "bita audio"), String(progress.bagged.reduce(0) { $0 + $1.bytes })),
            (localized("classification", id: "klasifikasi"), progress.label.description),
            (localized("sealed", id: "tersegel"), sealed ? localized("yes", id: "ya") : localized("no", id: "tidak")),
            (
                localized("left out", id: "tidak dimuat"),
                progress.omitted.isEmpty ? nil : String(progress.omitted.count)
            ),
        ])
        for line in lines { try Console.print(line) }
    }
}
