internal import ArchiveCore
internal import ArchiveInterface
internal import ArchiveServer
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalahd audit restart`: another origin for a log whose database was lost and put back from before.
struct AuditRestartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: localized(
            "Go on with a log that is behind its last checkpoint.",
            id: "Meneruskan log yang tertinggal dari titik periksa terakhirnya."
        ),
        discussion: localized(
            """
            For an archive that does not open because its database is older than what it has answered, or of which an auditor
            says that it was put back, where the newer database is lost. The log gets a new origin and key, its first entry names the old checkpoint and how many entries are lost,
            and every auditor and witness has to be told the new key.
            """,
            id: """
                Untuk arsip yang tidak terbuka karena basis datanya lebih lama daripada yang pernah dijawabnya, atau yang menurut
                auditor telah dimundurkan, bila basis data yang lebih baru hilang. Log mendapat asal dan kunci baru, catatan pertamanya menyebut titik periksa lama dan berapa catatan
                yang hilang, dan setiap auditor dan saksi harus diberi tahu kunci baru itu.
                """
        )
    )

    @OptionGroup var options: RootOptions

    @Option(help: ArgumentHelp(localized("Why, for the log.", id: "Alasannya, untuk log.")))
    var reason: String

    @Option(
        help: ArgumentHelp(
            localized(
                "A checkpoint of this log from elsewhere, where Storage has none or noticed nothing.",
                id: "Titik periksa log ini dari tempat lain, bila Storage tidak punya atau tidak menyadarinya."
            ),
            valueName: "file"
        )
    )
    var checkpoint: String?

    @Option(
        help: ArgumentHelp(
            localized(
                "How many first entries are still those of the checkpoint, as an auditor's risalah audit verify says it.",
                id:
                    "Berapa catatan pertama masih sama dengan titik periksa, seperti kata risalah audit verify milik auditor."
            ),
            discussion: localized(
                "Needed where sizes do not say it: above all where the archive itself noticed nothing. 0 is always true.",
                id:
                    "Perlu bila ukuran tidak menunjukkannya: terutama bila arsip sendiri tidak menyadarinya. 0 selalu benar."
            ),
            valueName: "count"
        )
    )
    var kept: Int?

    func run() async throws {
        options.keepTemporaryFilesInStorage()
        let note = try checkpoint.map { path in
            guard let bytes = try LocalFileSystem().contents(path) else {
                throw ArchiveError(.badRequest, "there is no \(path)")
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        let origin = try await Archive.restartLog(
            root: options.root,
            because: reason,
            after: note,
            keeping: kept,
            by: .hostUser(getuid()),
            keys: options.keys
        )
        if options.json { return try Console.print(json: origin) }
        let lines = TextTable.fields([
            (localized("origin", id: "asal"), origin.origin),
            (localized("log key", id: "kunci log"), origin.verificationKey),
            (localized("first entry", id: "catatan pertama"), String(origin.begins)),
        ])
        for line in lines { try Console.print(line) }
        try Console.print(
            localized(
                "Tell every auditor and witness this key. They go on with --accept-origin.",
                id: "Beri tahu setiap auditor dan saksi kunci ini. Mereka meneruskan dengan --accept-origin."
            )
        )
    }
}
