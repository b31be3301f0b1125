internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalah show`: all that is known of one recording.
struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: localized("Show what is known of a recording.", id: "Tampilkan keterangan sebuah rekaman.")
    )

    @Argument(help: ArgumentHelp(localized("The recording.", id: "Rekaman.")))
    var id: RecordingID

    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let found = try await common.connected { try await find(by: $0) }
        let recording: RecordingReport
        switch found {
        case .there(let report): recording = report
        case .gone(let tombstone):
            guard !common.json else { return try Console.print(json: tombstone) }
            for line in TextTable.fields(fields(tombstone)) { try Console.print(line) }
            return
        }
        guard !common.json else { return try Console.print(json: recording) }
        for line in TextTable.fields(fields(recording)) { try Console.print(line) }
        for finding in recording.findings {
            try Console.print(
                "\(localized("finding", id: "temuan")): \(finding.code), \(localized("byte", id: "bita")) "
                    + "\(finding.offset): \(Console.clean(finding.message))"
            )
        }
        for attachment in recording.attachments ?? [] {
            try Console.print(
                "\(localized("attachment", id: "lampiran")) \(attachment.number): \(Console.clean(attachment.name)), "
                    + "\(attachment.bytes) B, \(attachment.mediaType)"
            )
        }
    }

    private enum Found {
        case there(RecordingReport)
        case gone(TombstoneReport)
    }

    /// The recording, or what is left of it for who hears of that.
    private func find(by client: ArchiveClient) async throws -> Found {
        do {
            return .there(try await client.recording(id))
        } catch let error as ArchiveError where error.code == .notFound {
            guard let tombstone = try? await client.tombstone(of: id) else { throw error }
            return .gone(tombstone)
        }
    }

    private func fields(_ tombstone: TombstoneReport) -> [(name: String, value: String?)] {
        let label = Label(tombstone.level, compartments: tombstone.compartments)
        return [
            (localized("recording", id: "rekaman"), tombstone.recording.description),
            (localized("title", id: "judul"), tombstone.title),
            (localized("kept until", id: "disimpan sampai"), tombstone.titleUntil.map(time.times.text)),
            (localized("state", id: "keadaan"), tombstone.state.rawValue),
            (localized("label", id: "label"), label.description),
            (localized("unit", id: "unit"), tombstone.unit),
            (localized("gone", id: "tiada sejak"), time.times.text(tombstone.gone)),
            (localized("rule", id: "aturan"), tombstone.rule),
            (localized("list", id: "daftar"), tombstone.list.description),
            (localized("entry", id: "catatan"), String(tombstone.entry)),
        ]
    }

    private func fields(_ recording: RecordingReport) -> [(name: String, value: String?)] {
        func joined(_ names: [String]) -> String? { names.isEmpty ? nil : names.joined(separator: ", ") }
        let times = time.times
        return [
            (localized("recording", id: "rekaman"), recording.id.description),
            (localized("title", id: "judul"), recording.title),
            (localized("state", id: "keadaan"), recording.state.rawValue),
            (localized("level", id: "tingkat"), recording.level.name),
            (localized("compartments", id: "kompartemen"), joined(recording.compartments)),
            (localized("unit", id: "unit"), recording.unit),
            (localized("series", id: "jenis arsip"), recording.series),
            (localized("meeting", id: "rapat"), recording.meeting),
            (localized("participants", id: "peserta"), joined(recording.participants)),
            (localized("description", id: "keterangan"), recording.description),
            (localized("started", id: "mulai"), recording.started.map(times.text)),
            (localized("received", id: "diterima"), times.text(recording.received)),
            (localized("duration", id: "lama"), LocalTimes.duration(recording.duration)),
            (localized("expected", id: "diumumkan"), recording.expected.map(LocalTimes.duration)),
            (localized("late", id: "terlambat"), recording.late.flatMap { $0 >= 1 ? LocalTimes.duration($0) : nil }),
            (localized("captured", id: "terekam"), LocalTimes.duration(recording.captured)),
            (localized("loss", id: "hilang"), recording.loss > 0 ? LocalTimes.loss(recording.loss) : nil),
            (localized("channels", id: "kanal"), String(recording.channels)),
            (localized("bitrate", id: "laju bit"), "\(recording.bitrate) bit/s"),
            (localized("size", id: "ukuran"), "\(recording.size) B"),
            ("SHA-256", recording.digest),
            (
                localized("source", id: "sumber"),
                recording.source.map { "\($0.origin), \($0.bytes) B, SHA-256 \($0.sha256)" }
            ),
            (
                localized("retention", id: "retensi"),
                "\(times.text(recording.retention.due)), \(recording.retention.then) (\(recording.retention.rule))"
            ),
            (
                localized("destruction", id: "pemusnahan"),
                recording.needsApproval ? localized("only after people approve", id: "hanya setelah disetujui") : nil
            ),
            (
                localized("holds", id: "penangguhan"),
                recording.holds.flatMap { $0 > 0 ? localized("\($0) in force", id: "\($0) berlaku") : nil }
            ),
            (localized("revision", id: "revisi"), recording.revision > 1 ? String(recording.revision) : nil),
        ]
    }
}
