internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalahd keys rotate`: has another key take the place of one.
struct KeysRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: localized("Have another key take the place of one.", id: "Mengganti sebuah kunci."),
        discussion: localized(
            "The service can go on meanwhile. Each is an entry of the log.",
            id: "Layanan dapat terus berjalan. Masing-masing menjadi catatan log."
        ),
        subcommands: [
            KeysRotateLevelCommand.self, KeysRotateRootCommand.self, KeysRotateLogCommand.self,
            KeysRotateServerCommand.self, KeysRotateAuthorityCommand.self,
        ]
    )
}

/// `risalahd keys rotate level`: what recordings of a level are sealed to.
struct KeysRotateLevelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "level",
        abstract: localized("What recordings of a level are sealed to.", id: "Penerima segel rekaman sebuah tingkat."),
        discussion: localized(
            """
            Recorders are told the new recipients when they ask next. What is sealed to the old ones is still taken until \
            risalahd keys retire level.
            """,
            id: """
                Perekam diberi tahu penerima baru saat bertanya lagi. Yang disegel untuk penerima lama tetap diterima \
                sampai risalahd keys retire level.
                """
        )
    )

    @Argument(help: ArgumentHelp(localized("The level.", id: "Tingkatnya.")))
    var level: String

    @OptionGroup var options: RootOptions

    func run() async throws {
        _ = try await KeysCommand.perform(.rotateKey(.level(Level(level))), options)
    }
}

/// `risalahd keys rotate log`: what signs the log.
struct KeysRotateLogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: localized("The key that signs the log.", id: "Kunci penanda tangan log."),
        discussion: localized(
            """
            A key belongs to its origin: the log goes on under another one, with all entries, and says so. Auditors and witnesses have to be told; until witnesses know the key, levels that want their cosignatures give nothing out.
            """,
            id: """
                Kunci terikat pada asalnya: log berlanjut dengan asal lain, dengan semua catatan, dan menyatakannya. Auditor dan saksi harus diberi tahu; sebelum saksi mengenal kuncinya, tingkat yang menghendaki tanda tangan mereka tidak mengeluarkan apa pun.
                """
        )
    )

    @Option(help: ArgumentHelp(localized("Why, for the log.", id: "Alasannya, untuk log."), valueName: "text"))
    var reason: String

    @OptionGroup var options: RootOptions

    func run() async throws {
        let report = try await KeysCommand.perform(.rotateKey(.log(reason: reason)), options)
        guard !options.json, let key = report.publicForms.first else { return }
        KeysCommand.note(
            localized(
                "tell every auditor and witness this key: risalah audit verify --accept-origin --vkey \(key)",
                id: "beri tahu setiap auditor dan saksi kunci ini: risalah audit verify --accept-origin --vkey \(key)"
            )
        )
    }
}

/// `risalahd keys rotate tls`: the server's key and certificate.
struct KeysRotateServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tls",
        abstract: localized("The server's key and certificate.", id: "Kunci dan sertifikat server."),
        discussion: localized(
            "For new connections, at once. Nobody has to be told: clients trust the CA.",
            id: "Untuk koneksi baru, seketika. Tidak ada yang perlu diberi tahu: klien mempercayai CA."
        )
    )

    @OptionGroup var options: RootOptions

    func run() async throws { _ = try await KeysCommand.perform(.rotateKey(.tls), options) }
}

/// `risalahd keys rotate ca`: what certificates are issued by.
struct KeysRotateAuthorityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ca",
        abstract: localized("The internal CA.", id: "CA internal."),
        discussion: localized(
            """
            It issues from now on, also the server's certificate; the CA before has signed it, and its key is destroyed. Certificates of that count until risalahd keys retire ca. Clients get to know the new one when they renew, or by risalah whoami; other programs are given Config/ca.pem.
            """,
            id: """
                CA ini menerbitkan mulai kini, juga sertifikat server; CA sebelumnya telah menandatanganinya, dan kuncinya dimusnahkan. Sertifikatnya berlaku sampai risalahd keys retire ca. Klien mengenal yang baru saat memperbarui, atau dengan risalah whoami; program lain diberi Config/ca.pem.
                """
        )
    )

    @OptionGroup var options: RootOptions

    func run() async throws { _ = try await KeysCommand.perform(.rotateKey(.authority), options) }
}
