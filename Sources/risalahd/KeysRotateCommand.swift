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
        subcommands: [KeysRotateLevelCommand.self, KeysRotateRootCommand.self]
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
