internal import ArchiveCore
internal import ArchiveServer
public import ArgumentParser
internal import CommandShell
public import Vault

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

    @Option(
        help: ArgumentHelp(
            localized(
                "Where the root key is kept: a file, a file under a passphrase, or a credential of systemd.",
                id: "Tempat kunci akar: berkas, berkas dengan frasa sandi, atau kredensial systemd."
            ),
            valueName: "file|passphrase|credential:name"
        )
    )
    var rootKey = RootKeyKind.file

    @Flag(help: "Without a second person for grants. For evaluation only, and said everywhere.")
    var solo = false

    func run() async throws {
        let health = health ?? (listen.hasSuffix(":0") ? "127.0.0.1:0" : "127.0.0.1:8480")
        let sheet = try await Archive.initialize(
            root: options.root,
            name: name,
            listen: listen,
            health: health,
            isSolo: solo,
            rootKey: rootKey,
            keys: options.keys
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
        try Console.print(place(StorageLayout(root: options.root)))
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

    /// What to do with the root key, by where it is.
    private func place(_ layout: StorageLayout) -> String {
        switch rootKey {
        case .file:
            localized(
                "The root key is \(layout.rootKey): keep a copy elsewhere, never beside a backup of Storage.",
                id: "Kunci akar ada di \(layout.rootKey): simpan salinannya di tempat lain, jangan bersama "
                    + "cadangan Storage."
            )
        case .passphrase:
            localized(
                "The root key is \(layout.sealedRootKey), under the passphrase: keep copies of both elsewhere, apart; "
                    + "without either nothing can be opened.",
                id: "Kunci akar ada di \(layout.sealedRootKey), dengan frasa sandi: simpan salinan keduanya di tempat "
                    + "lain, terpisah; tanpa salah satunya tidak ada yang dapat dibuka."
            )
        case .credential(let name):
            localized(
                "The root key is the credential \(name), and nowhere below this folder: keep a copy of what it is loaded "
                    + "from.",
                id: "Kunci akar adalah kredensial \(name), dan tidak ada di folder ini: simpan salinan sumbernya."
            )
        }
    }
}

extension RootKeyKind: ExpressibleByArgument {
    /// Reads `file`, `passphrase` or `credential:NAME`.
    public init?(argument: String) { self.init(parsing: argument, separator: ":") }
}
