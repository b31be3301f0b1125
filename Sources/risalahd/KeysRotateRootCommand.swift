internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation
internal import Vault

/// `risalahd keys rotate root`: what the vault is sealed under.
struct KeysRotateRootCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "root",
        abstract: localized("What the vault is sealed under.", id: "Penyegel brankas kunci."),
        discussion: localized(
            """
            Where it stays in its file, also one under a passphrase, the new key takes its place at once: Config/secrets/root.key \
            or root.key.age is written anew, and the old key opens nothing any more. Where the passphrase is another one too, \
            change what hands it to the service before that is started again.

            Into another place (--to), or as a credential: the service switches with its next start, and until then both keys \
            open the vault. In this order: this command, which writes Config/secrets/root.key (--to file) or root.key.age \
            (--to passphrase); a credential you make yourself (head -c 32 /dev/urandom > FILE), give with --new-key, and put \
            where LoadCredential= of the unit reads it. Then keys: root: in risalah.yaml, where it names another place. Then start \
            the service again: from there on only the new key opens the vault, and the file of the old one is gone.

            Copies of Storage from before are still opened by the old key.
            """,
            id: """
                Bila tetap di berkasnya, juga yang berfrasa sandi, kunci baru menggantikannya seketika: \
                Config/secrets/root.key atau root.key.age ditulis ulang, dan kunci lama tidak membuka apa pun lagi. Bila frasa \
                sandinya juga lain, ubah yang menyerahkannya kepada layanan sebelum layanan dimulai lagi.

                Ke tempat lain (--to), atau sebagai kredensial: layanan beralih saat dimulai lagi, dan sampai saat itu kedua \
                kunci membuka brankas. Dengan urutan ini: perintah ini, yang menulis Config/secrets/root.key (--to file) atau \
                root.key.age (--to passphrase); kredensial Anda buat sendiri (head -c 32 /dev/urandom > BERKAS), berikan dengan \
                --new-key, dan letakkan di tempat LoadCredential= unit membacanya. Lalu keys: root: di risalah.yaml, bila \
                tempatnya lain. Lalu mulai ulang layanan: sejak itu hanya kunci baru yang membuka brankas, dan berkas kunci lama \
                tidak ada lagi.

                Salinan Storage dari sebelumnya tetap dibuka oleh kunci lama.
                """
        )
    )

    @Option(
        help: ArgumentHelp(
            localized("Where the new one is kept, if elsewhere.", id: "Tempat kunci baru, bila lain."),
            valueName: "file|passphrase|credential:name"
        )
    )
    var to: RootKeyKind?

    @Option(
        help: ArgumentHelp(
            localized(
                "A file with the new key, for a credential: 32 bytes.",
                id: "Berkas berisi kunci baru, untuk kredensial: 32 bita."
            ),
            valueName: "file"
        )
    )
    var newKey: String?

    @Option(
        help: ArgumentHelp(
            localized(
                "A file with the new passphrase, one line; - is stdin.",
                id: "Berkas berisi frasa sandi baru, satu baris; - adalah stdin."
            ),
            valueName: "file"
        )
    )
    var newPassphraseFile: String?

    @OptionGroup var options: RootOptions

    func run() async throws {
        let report = try await options.administering { administer in
            let response = try await administer(.listKeys)
            guard case .keys(let keys) = response else { throw response.unexpected }
            let used = keys.first { $0.kind == "root" && $0.state == .current }?.publicForms.first
            guard let kind = to ?? used.flatMap({ RootKeyKind(parsing: $0, separator: " ") }) else {
                throw response.unexpected
            }
            let changed = try await administer(.rotateKey(.root(makeKey(kind))))
            guard case .changedKey(let report) = changed else { throw changed.unexpected }
            return report
        }
        if options.json { try Console.print(json: report) } else { try KeysCommand.print(report) }
        for text in Self.whatIsLeft(after: report) { KeysCommand.note(text) }
    }

    /// What a person has to do now.
    static func whatIsLeft(after report: KeyChangeReport) -> [String] {
        let kind = report.publicForms.first.flatMap { RootKeyKind(parsing: $0, separator: " ") }
        var left: [String] = []
        if report.waiting {
            left.append(
                localized(
                    "both keys open the vault now. Have the service started with the new one: keys: root: in risalah.yaml, or "
                        + "the credential of its unit. That start ends the change.",
                    id:
                        "kini kedua kunci membuka brankas. Mulai layanan dengan yang baru: keys: root: di risalah.yaml, atau "
                        + "kredensial unitnya. Mulai itu menuntaskan penggantian."
                )
            )
        }
        if kind == .passphrase {
            left.append(
                localized(
                    "the next start takes the passphrase that was given now. Where the unit reads one from a file or a credential "
                        + "(--passphrase-file, RISALAH_PASSPHRASE_FILE), change that too, or the service does not start.",
                    id:
                        "mulai berikutnya memakai frasa sandi yang baru diberikan. Bila unit membacanya dari berkas atau "
                        + "kredensial (--passphrase-file, RISALAH_PASSPHRASE_FILE), ubah itu juga, bila tidak layanan tidak dapat "
                        + "dimulai."
                )
            )
        }
        return left
    }

    private func makeKey(_ kind: RootKeyKind) throws -> NextRootKey {
        switch kind {
        case .file, .passphrase:
            guard newKey == nil else {
                throw ArchiveError(.badRequest, "--new-key is for a credential; a \(kind) gets a key made for it")
            }
        case .credential:
            guard newPassphraseFile == nil else {
                throw ArchiveError(.badRequest, "--new-passphrase-file is for a root key under a passphrase")
            }
        }
        let made = RootKeyFile.make()
        switch kind {
        case .file:
            return NextRootKey(key: Data(made.key.exposedBytes), kind: "\(kind)", contents: Data(made.contents))
        case .passphrase:
            let reader = PassphraseReader(file: newPassphraseFile, environment: [:])
            let contents = try PassphraseRootKey.contents(holding: made.key, under: reader.chosenPassphrase())
            return NextRootKey(key: Data(made.key.exposedBytes), kind: "\(kind)", contents: Data(contents))
        case .credential:
            guard let newKey else {
                throw ArchiveError(
                    .badRequest,
                    "who keeps the root key as a credential makes the new one too",
                    hint: "head -c 32 /dev/urandom > FILE, and --new-key FILE"
                )
            }
            guard let bytes = try LocalFileSystem().contents(newKey, limit: 1024) else {
                throw ArchiveError(.badRequest, "there is no \(newKey)")
            }
            let key = try RootKeyCredential.key(in: bytes, called: newKey)
            return NextRootKey(key: Data(key.exposedBytes), kind: "\(kind)", contents: nil)
        }
    }
}
