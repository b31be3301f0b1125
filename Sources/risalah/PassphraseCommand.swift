internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalah passphrase`: puts this machine's keys under a passphrase, or takes it off.
struct PassphraseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passphrase",
        abstract: localized(
            "Set, change or remove the passphrase of this machine's keys.",
            id: "Setel, ganti atau hapus frasa sandi kunci mesin ini."
        ),
        discussion: localized(
            """
            The keys then rest in keys.age, an identity file that age -i reads, too. What lay on the disk in clear before \
            may still be found there: risalah enrol --passphrase never writes it.
            """,
            id: """
                Kunci lalu tersimpan dalam keys.age, berkas identitas yang juga dibaca age -i. Yang sebelumnya tersimpan \
                tanpa sandi mungkin masih dapat ditemukan di cakram: risalah enrol --passphrase tidak pernah menulisnya.
                """
        )
    )

    @Flag(help: ArgumentHelp(localized("Keep the keys in clear again.", id: "Simpan kunci tanpa sandi lagi.")))
    var remove = false

    @Option(
        help: ArgumentHelp(
            localized(
                "A file with the new passphrase, one line; asked for at the terminal without it.",
                id: "Berkas berisi frasa sandi baru, satu baris; tanpa ini ditanyakan di terminal."
            ),
            valueName: "file"
        )
    )
    var newPassphraseFile: String?

    @OptionGroup var common: CommonOptions

    private struct Result: Encodable {
        var home: String
        var protected: Bool
    }

    func validate() throws {
        guard !remove || newPassphraseFile == nil else {
            throw ValidationError("Give either '--remove' or '--new-passphrase-file'.")
        }
        guard newPassphraseFile != "-" || common.passphraseFile != "-" else {
            throw ValidationError("Stdin is one file: both passphrases cannot come from it.")
        }
    }

    func run() async throws {
        let home = try common.clientHome()
        if remove {
            try home.removePassphrase()
        } else {
            // Nothing of the environment: that names the passphrase so far.
            let source = PassphraseReader(file: newPassphraseFile, environment: [:], for: .clientKeys)
            if source.asks { try await refuseForMachines(home) }
            try home.setPassphrase(source)
        }
        guard !common.json else { return try Console.print(json: Result(home: home.path, protected: !remove)) }
        try Console.print(
            remove
                ? localized("the keys lie in clear", id: "kunci tersimpan tanpa sandi")
                : localized("the keys rest under the passphrase", id: "kunci tersimpan dengan frasa sandi")
        )
    }

    /// Nobody sits at a recorder when it starts after a power cut.
    private func refuseForMachines(_ home: ClientHome) async throws {
        let role = try await common.connected(to: home) { try await $0.whoAmI() }.role
        guard role == .recorder || role == .transcriber else { return }
        throw ArchiveError(
            .badRequest,
            "a \(role.rawValue) cannot be asked for a passphrase",
            hint: "give it a file with the passphrase: --new-passphrase-file, and RISALAH_CLIENT_PASSPHRASE_FILE later"
        )
    }
}
