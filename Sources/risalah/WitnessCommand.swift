internal import ArchiveCore
internal import ArgumentParser
internal import CommandShell
internal import TransparencyLog
internal import Witnessing

/// `risalah audit witness`: what another unit runs on a host of its own, to cosign the checkpoints of an archive.
struct WitnessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness",
        abstract: localized(
            "Cosign the checkpoints of archives, on another unit's host.",
            id: "Tandatangani titik periksa arsip, di host unit lain."
        ),
        discussion: localized(
            "It needs no enrolment. What it cosigned last is in its state folder: whoever restores an old one of these "
                + "makes it a witness that forgets.",
            id:
                "Tidak perlu pendaftaran. Yang terakhir ditandatangani ada di folder keadaannya: memulihkan salinan lama "
                + "membuatnya saksi yang lupa."
        ),
        subcommands: [WitnessInitCommand.self, WitnessRunCommand.self],
        defaultSubcommand: WitnessRunCommand.self
    )
}

/// Where a witness keeps what it must not forget.
struct WitnessOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            localized("The folder of the witness.", id: "Folder saksi."),
            valueName: "dir"
        )
    )
    var state: String

    @Flag(help: ArgumentHelp(localized("Results and errors as JSON.", id: "Hasil dan galat sebagai JSON.")))
    var json = false
}

/// `risalah audit witness init`: makes the key.
struct WitnessInitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: localized(
            "Make the key of a witness and print its vkey.",
            id: "Buat kunci saksi dan cetak vkey-nya."
        )
    )

    @OptionGroup var options: WitnessOptions

    @Option(
        help: ArgumentHelp(
            localized(
                "Its name, in the form of a URL without schema, like saksi.example/satu.",
                id: "Namanya, seperti URL tanpa skema, misalnya saksi.example/satu."
            )
        )
    )
    var name: String

    private struct Result: Encodable { var vkey: String }

    func run() async throws {
        let vkey = try WitnessKey(making: name, in: options.state).signer.verifier.vkey
        if options.json { try Console.print(json: Result(vkey: vkey)) } else { try Console.print(vkey) }
    }
}
