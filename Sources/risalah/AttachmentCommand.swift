internal import ArchiveCore
internal import ArgumentParser
internal import CommandShell

/// `risalah attachment`: what belongs to a recording beside its sound.
struct AttachmentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attachment",
        abstract: localized(
            "Attach files to recordings, and fetch them.",
            id: "Lampirkan berkas pada rekaman, dan ambil."
        ),
        discussion: localized(
            """
            A chat, a presentation: kept sealed under the label of the recording, delivered by the same accesses, and destroyed with \
            it. 'risalah show' lists them.
            """,
            id: """
                Obrolan, paparan: disimpan tersegel dengan klasifikasi rekamannya, diserahkan dengan akses yang sama, dan \
                dimusnahkan bersamanya. 'risalah show' menampilkannya.
                """
        ),
        subcommands: [AttachmentAddCommand.self, AttachmentGetCommand.self]
    )
}
