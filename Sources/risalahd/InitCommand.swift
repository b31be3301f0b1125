internal import ArchiveCore
internal import ArchiveServer
internal import ArgumentParser
internal import CommandShell

/// `risalahd init`: makes an archive.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: localized("Make an archive.", id: "Membuat arsip.")
    )

    @OptionGroup var options: RootOptions

    @Option(help: "The archive's name, a host name: in its certificates, and the origin of its log.")
    var name: String?

    @Option(
        help: ArgumentHelp("Where people and recorders connect; port 0 lets the kernel choose.", valueName: "host:port")
    )
    var listen = "127.0.0.1:8443"

    @Option(help: ArgumentHelp("Where health questions are answered; none for nowhere.", valueName: "host:port"))
    var health: String?

    @Flag(help: "Without a second person for grants. For evaluation only, and said everywhere.")
    var solo = false

    func run() async throws {
        let health = health ?? (listen.hasSuffix(":0") ? "127.0.0.1:0" : "127.0.0.1:8480")
        let sheet = try await Archive.initialize(
            root: options.root,
            name: name,
            listen: listen,
            health: health,
            isSolo: solo
        )
        if options.json { return try Console.print(json: sheet) }
        try Console.print(localized("Keep this sheet on paper:", id: "Simpan lembar ini di atas kertas:"))
        let lines = TextTable.fields([
            (localized("archive", id: "arsip"), sheet.name),
            (localized("listens on", id: "alamat"), sheet.listen),
            (localized("CA certificate, SHA-256", id: "sertifikat CA, SHA-256"), sheet.authority),
            (localized("log key", id: "kunci log"), sheet.log),
        ])
        for line in lines { try Console.print("  \(line)") }
        let secret = StorageLayout(root: options.root).rootKey
        try Console.print(
            localized(
                "The root key is \(secret): keep a copy elsewhere, never beside a backup of Storage.",
                id: "Kunci akar ada di \(secret): simpan salinannya di tempat lain, jangan bersama cadangan Storage."
            )
        )
        if listen.hasSuffix(":0") {
            Console.note(
                "risalahd: "
                    + localized(
                        "port 0: every start chooses another port; enrolled clients need one that stays",
                        id: "port 0: setiap mulai memilih port lain; klien yang terdaftar perlu port tetap"
                    )
            )
        }
        guard sheet.solo else { return }
        Console.note(
            "risalahd: "
                + localized(
                    "--solo: grants need no second person; for evaluation only",
                    id: "--solo: pemberian hak tanpa orang kedua; hanya untuk evaluasi"
                )
        )
    }
}
