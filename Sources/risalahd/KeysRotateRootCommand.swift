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
            A file, also one under a passphrase, is replaced at once, and the old key opens nothing any more. For a credential \
            make the new one (head -c 32 /dev/urandom), give it with --new-key, hand it to the service manager and start \
            the service again; until then both open the vault. The same with --to, after keys: root: in risalah.yaml was \
            changed. What the old key opened before, in old copies of Storage, it still opens.
            """,
            id: """
                Berkas, juga yang berfrasa sandi, diganti seketika, dan kunci lama tidak membuka apa pun lagi. Untuk \
                kredensial buat yang baru (head -c 32 /dev/urandom), berikan dengan --new-key, serahkan kepada manajer \
                layanan dan mulai ulang layanan; sampai saat itu keduanya membuka brankas. Demikian pula --to, setelah \
                keys: root: di risalah.yaml diubah. Salinan lama Storage tetap dapat dibuka kunci lama.
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
        guard report.waiting else { return }
        KeysCommand.note(
            localized(
                "both open the vault now. Have the service started with the new one: keys: root: in risalah.yaml, or the "
                    + "credential of its unit. That start ends the change.",
                id: "kini keduanya membuka brankas. Mulai layanan dengan yang baru: keys: root: di risalah.yaml, atau "
                    + "kredensial unitnya. Mulai itu menuntaskan penggantian."
            )
        )
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
