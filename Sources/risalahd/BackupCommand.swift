internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalahd backup`: copies everything to another disk.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: localized("Copy everything to another disk.", id: "Menyalin semuanya ke cakram lain."),
        discussion: localized(
            """
            The service can go on meanwhile. The catalogue is copied as it is at one moment, then the payloads, transcripts and attachments \
            that are not there yet, then the vault, as an age file that the custodians of risalah.yaml can open, to its own \
            folder. Everything is read back. Ends with 74 where a payload, transcript or key could not be copied.
            """,
            id: """
                Layanan dapat terus berjalan. Katalog disalin sebagaimana adanya pada satu saat, lalu isi rekaman dan transkrip \
                yang belum ada, lalu brankas kunci, sebagai berkas age yang dapat dibuka para pemegang di risalah.yaml, ke \
                foldernya sendiri. Semuanya dibaca ulang. Berakhir dengan 74 bila ada isi, transkrip atau kunci yang tidak \
                dapat disalin.
                """
        )
    )

    @Argument(
        help: ArgumentHelp(
            localized("The folder that it goes to, which is there.", id: "Folder tujuan, yang sudah ada."),
            valueName: "destination"
        )
    )
    var destination: String

    @Flag(
        help: ArgumentHelp(
            localized("Read the copies that are there too.", id: "Baca juga salinan yang sudah ada.")
        )
    )
    var verify = false

    @Flag(
        help: ArgumentHelp(
            localized(
                "Begin anew in a folder that had a backup and is empty.",
                id: "Mulai baru di folder yang dahulu berisi cadangan dan kini kosong."
            )
        )
    )
    var new = false

    @OptionGroup var options: RootOptions

    /// Seconds between two looks at how far it is.
    private static let slice = 2.0

    private struct Result: Encodable {
        var backup: BackupReport
        var copied: Int
        var mended: Int
        var faults: [StorageFaultReport]
    }

    func run() async throws {
        // The service has another working folder than whoever asks it.
        let folder = URL(filePath: destination).absoluteURL.standardizedFileURL.path
        let result = try await options.administering { administer in
            let response = try await administer(.beginBackup(BackupRequest(destination: folder, isNew: new)))
            guard case .beganBackup(let beginning) = response else { throw response.unexpected }
            var result = try await copyPayloads(folder, beginning, administer)
            let end = BackupEndRequest(destination: folder, name: beginning.name)
            guard case .endedBackup(let report) = try await administer(.endBackup(end)) else {
                throw response.unexpected
            }
            result.backup = report
            return result
        }
        if options.json { try Console.print(json: result) } else { try print(result) }
        guard result.backup.missing > 0 || !result.backup.damagedRows.isEmpty || !result.faults.isEmpty else { return }
        throw Finished(status: .inputOutput)
    }

    private func copyPayloads(
        _ folder: String,
        _ beginning: BackupBeginning,
        _ administer: Administering
    ) async throws -> Result {
        let line = ProgressLine(localized("copied", id: "disalin"), quiet: options.json)
        defer { line.end() }
        let standing = BackupStanding(destination: folder, taken: Date(), entries: beginning.entries, ended: Date())
        let report = BackupReport(
            name: beginning.name,
            standing: standing,
            recordings: 0,
            bytes: 0,
            transcripts: 0,
            attachments: 0,
            missing: 0,
            destructions: 0,
            vault: "",
            vaultRows: 0,
            damagedRows: []
        )
        var result = Result(backup: report, copied: 0, mended: 0, faults: [])
        var bytes = 0
        var last: RecordingID?
        repeat {
            let request = PayloadCopyRequest(destination: folder, after: last, seconds: Self.slice, verify: verify)
            let response = try await administer(.copyPayloads(request))
            guard case .copiedPayloads(let part) = response else { throw response.unexpected }
            result.copied += part.copied
            result.mended += part.mended
            result.faults += part.faults
            bytes += part.bytes
            last = part.last
            line.show(Int64(bytes), of: Int64(max(bytes, beginning.bytes)))
            try Task.checkCancellation()
        } while last != nil
        return result
    }

    private func print(_ result: Result) throws {
        let report = result.backup
        for text in TextTable.fields([
            (localized("backup", id: "cadangan"), report.name),
            (localized("entries", id: "catatan"), String(report.standing.entries)),
            (localized("recordings", id: "rekaman"), "\(report.recordings), \(report.bytes) B"),
            (localized("transcripts", id: "transkrip"), String(report.transcripts)),
            (localized("attachments", id: "lampiran"), String(report.attachments)),
            (localized("copied now", id: "disalin kini"), String(result.copied)),
            (localized("made good", id: "diperbaiki"), String(result.mended)),
            (localized("missing", id: "tidak ada"), String(report.missing)),
            (localized("destructions", id: "pemusnahan"), String(report.destructions)),
            (localized("vault", id: "brankas kunci"), "\(Console.clean(report.vault)), \(report.vaultRows)"),
        ]) { try Console.print(text) }
        for fault in result.faults {
            try Console.print("\(fault.fault)  \(Console.clean(fault.object))  \(Console.clean(fault.message))")
        }
        for row in report.damagedRows {
            try Console.print("keys-damaged  \(Console.clean(row))")
        }
        let omitted = report.damagedRowsOmitted
        guard omitted > 0 else { return }
        try Console.print(localized("and \(omitted) more", id: "dan \(omitted) lagi"))
    }
}
