internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalahd status`: how the archive is.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: localized("How the archive is.", id: "Keadaan arsip.")
    )

    @OptionGroup var options: RootOptions

    func run() async throws {
        let response = try await options.administer(.status)
        guard case let .status(status) = response else { throw response.unexpected }
        if options.json { return try Console.print(json: status) }
        let lines = TextTable.fields([
            (localized("archive", id: "arsip"), status.name),
            (
                localized("serves at", id: "melayani di"),
                status.address ?? localized("not running", id: "tidak berjalan")
            ),
            (localized("recordings", id: "rekaman"), "\(status.recordings), \(status.bytes) B"),
            (localized("uploads", id: "unggahan"), String(status.uploads)),
            (localized("missing meetings", id: "rapat tanpa rekaman"), String(status.missing)),
            (localized("damaged", id: "rusak"), String(status.damaged)),
            (localized("all read since", id: "semua dibaca sejak"), status.checkedSince.map(Timestamp.text)),
            (
                localized("clock", id: "jam"),
                status.clockStep.map { seconds in
                    localized(
                        "went forward by \(seconds) s, not confirmed: nothing is destroyed (risalah clock)",
                        id: "maju \(seconds) s, belum disahkan: tidak ada yang dimusnahkan (risalah clock)"
                    )
                }
            ),
            (localized("entries", id: "catatan"), String(status.entries)),
            (
                localized("second person for grants", id: "orang kedua untuk hak"),
                status.solo ? localized("no (solo)", id: "tidak (solo)") : localized("yes", id: "ya")
            ),
        ])
        for line in lines { try Console.print(line) }
        for witness in status.witnesses ?? [] { try Console.print(text(witness, entries: status.entries)) }
        for backup in status.backups ?? [] { try Console.print(text(backup, entries: status.entries)) }
    }

    private func text(_ backup: BackupStanding, entries: Int) -> String {
        let hours = max(0, Int(Date().timeIntervalSince(backup.taken) / 3600))
        return localized(
            "backup \(Console.clean(backup.destination)): of \(Timestamp.text(backup.taken)), \(hours) h ago; "
                + "\(backup.entries) entries, \(max(0, entries - backup.entries)) behind",
            id: "cadangan \(Console.clean(backup.destination)): \(Timestamp.text(backup.taken)), \(hours) jam lalu; "
                + "\(backup.entries) catatan, tertinggal \(max(0, entries - backup.entries))"
        )
    }

    private func text(_ witness: WitnessStanding, entries: Int) -> String {
        let name = "\(localized("witness", id: "saksi")) \(Console.clean(witness.name)): "
        let size = witness.size.map { size in
            localized(
                "cosigned \(size) entries, \(max(0, entries - size)) behind",
                id: "menandatangani \(size) catatan, tertinggal \(max(0, entries - size))"
            )
        }
        let standing = size ?? localized("has cosigned nothing", id: "belum menandatangani apa pun")
        return name + standing + (witness.trouble.map { "; \(Console.clean($0))" } ?? "")
    }
}
