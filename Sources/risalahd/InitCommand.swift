internal import ArchiveCore
internal import ArchiveServer
public import ArgumentParser
internal import CommandShell
public import Vault

/// `risalahd init`: makes an archive.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: localized("Make an archive.", id: "Membuat arsip."),
        discussion: localized(
            """
            With --person A --person B it begins with two records managers, cleared for everything, who confirm each \
            other (risalah confirm) and later what administrators grant; the sheet is printed for both to sign. \
            Without, the first grants are confirmed by a second administrator of this host, under another user: \
            risalahd principal confirm. With --solo nobody confirms anything.
            """,
            id: """
                Dengan --person A --person B arsip dimulai dengan dua records-manager, berwenang penuh, yang saling \
                mengonfirmasi (risalah confirm) dan kemudian mengonfirmasi hak dari administrator; lembarnya \
                ditandatangani keduanya. Tanpa itu, hak pertama dikonfirmasi administrator kedua hos ini, sebagai \
                pengguna lain: risalahd principal confirm. Dengan --solo tidak ada yang mengonfirmasi.
                """
        )
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

    @Option(
        help: ArgumentHelp(
            localized(
                "One of the two persons that it begins with; give it twice.",
                id: "Salah satu dari dua orang pertama; berikan dua kali."
            ),
            valueName: "name"
        )
    )
    var person: [String] = []

    func validate() throws {
        guard person.isEmpty || (person.count == 2 && !solo) else {
            throw ValidationError("Give '--person' twice, and not with '--solo'; or not at all.")
        }
    }

    func run() async throws {
        let health = health ?? (listen.hasSuffix(":0") ? "127.0.0.1:0" : "127.0.0.1:8480")
        let sheet = try await Archive.initialize(
            root: options.root,
            name: name,
            listen: listen,
            health: health,
            isSolo: solo,
            people: person,
            rootKey: rootKey,
            keys: options.keys
        )
        if options.json { return try Console.print(json: sheet) }
        if sheet.people.isEmpty {
            try Console.print(localized("Keep this sheet on paper:", id: "Simpan lembar ini di atas kertas:"))
            let lines = TextTable.fields([
                (localized("archive", id: "arsip"), sheet.name),
                (localized("listens on", id: "alamat"), sheet.listen),
                (localized("CA certificate, SHA-256", id: "sertifikat CA, SHA-256"), sheet.authority),
                (localized("log key", id: "kunci log"), sheet.log),
            ])
            for line in lines { try Console.print("  \(line)") }
            try Console.print(place(StorageLayout(root: options.root)))
        } else {
            for line in SignedSheet(sheet, rootKey: place(StorageLayout(root: options.root))).lines {
                try Console.print(line)
            }
            try hand(out: sheet.people)
        }
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

    /// Invites are for one pair of eyes each: they are no part of the sheet.
    private func hand(out people: [Founder]) throws {
        Console.note(
            "risalahd: "
                + localized(
                    "hand each of the two their own invite, and do not keep it:",
                    id: "serahkan undangan kepada masing-masing, dan jangan disimpan:"
                )
        )
        for person in people {
            Console.note("\(person.principal) (\(Console.clean(person.name))): \(person.invite)")
        }
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
