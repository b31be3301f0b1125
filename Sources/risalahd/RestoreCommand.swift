internal import Age
internal import ArchiveCore
internal import ArchiveInterface
internal import ArchiveServer
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalahd restore`: makes an archive from a backup.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: localized("Make an archive from a backup.", id: "Membuat arsip dari cadangan."),
        discussion: localized(
            """
            Into a root that has none, with a new root key. What was destroyed after the backup was made stays destroyed. \
            The log goes on under a new origin and key, which auditors and witnesses have to be told. Then everything is \
            read, and the verdict printed; ends with 74 where something is missing or damaged.
            """,
            id: """
                Ke root yang belum berisi arsip, dengan kunci akar baru. Yang dimusnahkan sesudah cadangan dibuat tetap \
                musnah. Log diteruskan dengan asal dan kunci baru, yang harus diberitahukan kepada auditor dan saksi. \
                Kemudian semuanya dibaca dan hasilnya dicetak; berakhir dengan 74 bila ada yang hilang atau rusak.
                """
        )
    )

    @Option(
        name: .customLong("from"),
        help: ArgumentHelp(localized("The folder of the backup.", id: "Folder cadangan."), valueName: "dir")
    )
    var source: String

    @Option(
        help: ArgumentHelp(
            localized("A copy of the vault, an age file.", id: "Salinan brankas kunci, berkas age."),
            valueName: "file"
        )
    )
    var vault: String

    @Option(
        help: ArgumentHelp(
            localized("The identity of a custodian, as age-keygen writes it.", id: "Identitas seorang pemegang."),
            valueName: "file"
        )
    )
    var identity: String

    @Option(
        help: ArgumentHelp(
            localized(
                "Not what came after then (RFC 3339); without it the newest.",
                id: "Bukan yang datang sesudah saat itu (RFC 3339); tanpa ini yang terbaru."
            ),
            valueName: "time"
        )
    )
    var at: String?

    @Option(help: ArgumentHelp(localized("Why, for the log.", id: "Alasannya, untuk log.")))
    var reason: String?

    @Option(
        help: ArgumentHelp(
            localized(
                "A checkpoint of the log that is newer than the backup's, from an auditor or a witness.",
                id: "Titik periksa log yang lebih baru daripada cadangan, dari auditor atau saksi."
            ),
            valueName: "file"
        )
    )
    var checkpoint: String?

    @OptionGroup var options: RootOptions

    func validate() throws {
        guard at == nil || time != nil else { throw ValidationError("'--at' is a time like 2026-11-21T08:00:00Z.") }
    }

    private var time: Date? { at.flatMap { Timestamp.date($0) } }

    func run() async throws {
        let identities: [Identity]
        do {
            identities = try IdentityFile(parsing: text(of: identity)).identities
        } catch let error as AgeError {
            throw ArchiveError(.badRequest, "\(identity): \(error.message)")
        }
        let restoration = Restoration(
            backup: URL(filePath: source).absoluteURL.standardizedFileURL.path,
            vault: vault,
            identities: identities,
            time: time,
            reason: reason,
            checkpoint: try checkpoint.map { try text(of: $0) }
        )
        let layout = StorageLayout(root: options.root)
        // Temporary files of SQLite lie where what they hold lies; the folder is made here if it is not there.
        try LocalFileSystem().makeFolder(layout.storage, label: "restore.make-folder")
        options.keepTemporaryFilesInStorage()
        let line = ProgressLine(localized("restored", id: "dipulihkan"), quiet: options.json)
        defer { line.end() }
        let report = try await Archive.restore(
            restoration,
            to: options.root,
            by: .hostUser(getuid()),
            keys: options.keys,
            progress: { line.show(Int64($0), of: Int64($1)) }
        )
        line.end()
        if options.json { try Console.print(json: report) } else { try print(report) }
        let faults = report.storage.faults.filter { !$0.repaired } + report.payloads.faults
        // Those that were too many to be named count, too.
        let isAll = report.storage.omitted == 0
        guard !faults.isEmpty || !isAll else { return }
        throw Finished(status: isAll && faults.allSatisfy { $0.fault == "log" } ? .logMismatch : .inputOutput)
    }

    private func text(of path: String) throws -> String {
        guard let bytes = try LocalFileSystem().contents(path) else {
            throw ArchiveError(.badRequest, "there is no \(path)")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func print(_ report: RestorationReport) throws {
        let faults = report.storage.faults.filter { !$0.repaired } + report.payloads.faults
        for text in TextTable.fields([
            (localized("backup", id: "cadangan"), report.name),
            (localized("recordings", id: "rekaman"), "\(report.storage.recordings), \(report.storage.bytes) B"),
            (localized("read", id: "dibaca"), "\(report.payloads.recordings), \(report.payloads.bytes) B"),
            (localized("entries kept", id: "catatan dipertahankan"), String(report.entries)),
            (localized("destroyed again", id: "dimusnahkan lagi"), String(report.destroyedAgain)),
            (localized("uploads lost", id: "unggahan hilang"), String(report.uploadsLost)),
            (localized("later than the backup", id: "sesudah cadangan"), String(report.unknown)),
            (localized("faults", id: "kesalahan"), String(faults.count + report.storage.omitted)),
            (localized("origin of the log", id: "asal log"), report.origin.origin),
            (localized("log key", id: "kunci log"), report.origin.verificationKey),
        ]) { try Console.print(text) }
        for fault in faults {
            try Console.print("\(fault.fault)  \(Console.clean(fault.object))  \(Console.clean(fault.message))")
        }
        try Console.print(
            localized(
                "Tell every auditor and witness this key. They go on with --accept-origin.",
                id: "Beri tahu setiap auditor dan saksi kunci ini. Mereka meneruskan dengan --accept-origin."
            )
        )
    }
}
