internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalahd keys retire`: has a key go that was replaced.
struct KeysRetireCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire",
        abstract: localized("Have a key go that was replaced.", id: "Menyingkirkan kunci yang telah diganti."),
        discussion: localized(
            "Refused, with the reason, while something needs it. risalahd keys list says what.",
            id: "Ditolak, beserta alasannya, selama masih ada yang membutuhkannya. risalahd keys list menyebutkannya."
        ),
        subcommands: [KeysRetireLevelCommand.self, KeysRetireAuthorityCommand.self]
    )
}

/// `risalahd keys retire level`: destroys a key of a level.
struct KeysRetireLevelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "level",
        abstract: localized("Destroy a key of a level.", id: "Memusnahkan kunci sebuah tingkat."),
        discussion: localized(
            """
            What is still sealed to it, on its way or in the folder of a recorder, cannot be taken any more: look at when it \
            was used last.
            """,
            id: """
                Yang masih disegel untuknya, di jalan atau di folder perekam, tidak dapat diterima lagi: lihat kapan \
                terakhir dipakai.
                """
        )
    )

    @Argument(help: ArgumentHelp(localized("The level.", id: "Tingkatnya.")))
    var level: String

    @Argument(help: ArgumentHelp(localized("The name of the key.", id: "Nama kuncinya.")))
    var key: String

    @OptionGroup var options: RootOptions

    func run() async throws {
        _ = try await KeysCommand.perform(.retireKey(.level(Level(level), key: key)), options)
    }
}

/// `risalahd keys retire ca`: trusts the CA before no more.
struct KeysRetireAuthorityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ca",
        abstract: localized("Trust the CA before no more.", id: "Tidak lagi mempercayai CA sebelumnya.")
    )

    @OptionGroup var options: RootOptions

    func run() async throws { _ = try await KeysCommand.perform(.retireKey(.authority), options) }
}
