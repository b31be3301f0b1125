internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// Which part of a recording.
struct PartOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            localized("Where the part begins.", id: "Awal bagian."),
            discussion: localized(
                "00:12:00, 12:00, 90s or 90.5 from the beginning; with --clock a time of day.",
                id: "00:12:00, 12:00, 90s atau 90.5 sejak awal; dengan --clock jam pada hari itu."
            ),
            valueName: "time"
        )
    )
    var from: String?

    @Option(
        help: ArgumentHelp(localized("Where the part ends.", id: "Akhir bagian."), valueName: "time")
    )
    var to: String?

    @Flag(
        help: ArgumentHelp(
            localized("--from and --to are times of day.", id: "--from dan --to adalah jam pada hari itu.")
        )
    )
    var clock = false

    @OptionGroup var time: TimeOptions

    func validate() throws {
        guard !clock || from != nil || to != nil else {
            throw ValidationError("'--clock' needs '--from' or '--to'.")
        }
        for (name, text) in [("from", from), ("to", to)] {
            guard let text else { continue }
            if clock, time.times.position(ofClock: text, start: .distantPast, duration: 0) == nil {
                throw ValidationError("The value '\(text)' of '--\(name)' is no time of day like 10:15 or 10:15:30.")
            }
            if !clock, LocalTimes.position(text) == nil {
                throw ValidationError("The value '\(text)' of '--\(name)' is no time like 00:12:00, 12:00 or 90s.")
            }
        }
        if !clock, let from = from.flatMap(LocalTimes.position), let to = to.flatMap(LocalTimes.position), to <= from {
            throw ValidationError("'--to' is not after '--from'.")
        }
    }

    /// What names a file of this part; nil where it is the whole.
    var suffix: String? {
        guard from != nil || to != nil else { return nil }
        return [from ?? "start", to ?? "end"].map { text in
            String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
        }.joined(separator: "_")
    }

    /// The part in seconds from the beginning of `recording`; nil, both, for the whole. What is a time of day is said to
    /// people as what it was taken for.
    func seconds(of recording: RecordingID, by client: ArchiveClient) async throws -> (from: Double?, to: Double?) {
        guard clock else { return (from.flatMap(LocalTimes.position), to.flatMap(LocalTimes.position)) }
        let found = try clockPart(of: await client.recording(recording))
        let (begins, ends) = (LocalTimes.place(found.from), LocalTimes.place(found.to))
        Console.note(
            "risalah: "
                + localized("\(begins) to \(ends) of the recording", id: "\(begins) sampai \(ends) dari rekaman")
        )
        return found
    }

    /// The part that times of day name: what is before the beginning or after the end is taken for that.
    func clockPart(of recording: RecordingReport) throws(ArchiveError) -> (from: Double, to: Double) {
        guard let start = recording.started else {
            throw ArchiveError(
                .badRequest,
                "nobody has said when recording \(recording.id) began, so it has no times of day",
                hint: "give --from and --to from its beginning, without --clock"
            )
        }
        let duration = recording.duration
        let times = time.times
        func place(_ text: String?) -> Double? {
            text.flatMap { times.position(ofClock: $0, start: start, duration: duration) }
        }
        let first = max(0, place(from) ?? 0)
        let last = min(duration, place(to) ?? duration)
        guard first < last else {
            throw ArchiveError(
                .badRequest,
                "recording \(recording.id) has nothing between these times of day",
                hint: "it is from \(times.text(start)) to \(times.text(start.addingTimeInterval(duration)))"
            )
        }
        return (first, last)
    }
}
