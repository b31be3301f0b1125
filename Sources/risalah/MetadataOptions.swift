internal import ArchiveClient
internal import ArchiveCore
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// What is said of a recording, on the command line or, for what should not be seen there, in a file.
struct MetadataOptions: ParsableArguments {
    private static let longestMetadata = 1 << 20

    @Option(help: ArgumentHelp(localized("What it is called.", id: "Judulnya.")))
    var title: String?

    @Option(help: ArgumentHelp(localized("Its level.", id: "Tingkat klasifikasinya.")))
    var level: String?

    @Option(
        name: .customLong("compartment"),
        help: ArgumentHelp(localized("A compartment; may be repeated.", id: "Kompartemen; boleh berulang."))
    )
    var compartments: [String] = []

    @Option(help: ArgumentHelp(localized("The unit it belongs to.", id: "Unit pemiliknya.")))
    var unit: String?

    @Option(help: ArgumentHelp(localized("The code of its series.", id: "Kode jenis arsipnya.")))
    var series: String?

    @Option(help: ArgumentHelp(localized("The event it belongs to.", id: "Rapat asalnya.")))
    var meeting: String?

    @Option(
        name: .customLong("participant"),
        help: ArgumentHelp(localized("Who was there; may be repeated.", id: "Peserta; boleh berulang."))
    )
    var participants: [String] = []

    @Option(help: ArgumentHelp(localized("When it began, RFC 3339.", id: "Waktu mulai, RFC 3339.")))
    var started: String?

    @Option(help: ArgumentHelp(localized("What else is known of it.", id: "Keterangan lain.")))
    var description: String?

    @Option(
        help: ArgumentHelp(
            localized(
                "A JSON object with these fields; - is stdin. Options win over it.",
                id: "Objek JSON dengan isian ini; - adalah stdin. Opsi didahulukan."
            ),
            valueName: "file"
        )
    )
    var metadata: String?

    func validate() throws {
        if let started, Timestamp.date(started) == nil {
            throw ValidationError("The value '\(started)' of '--started' is no RFC 3339 time.")
        }
    }

    /// The options, with what they leave out taken from the file.
    func merged() throws -> RecordingMetadata {
        let options = RecordingMetadata(
            title: title,
            level: level.map { Level($0) },
            compartments: compartments,
            unit: unit,
            series: series,
            meeting: meeting,
            participants: participants,
            started: started.flatMap(Timestamp.date),
            description: description
        )
        guard let metadata else { return options }
        let contents = try InputFile(path: metadata).contents(limit: Self.longestMetadata)
        return options.filled(from: try RecordingMetadata(json: Data(contents)))
    }
}
