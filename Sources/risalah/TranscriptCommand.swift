internal import ArchiveCore
internal import ArgumentParser
internal import CommandShell

/// `risalah transcript`: what was said, in writing.
struct TranscriptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transcript",
        abstract: localized(
            "Ask for transcripts, read and correct them.",
            id: "Minta transkrip, baca dan koreksi."
        ),
        subcommands: [
            TranscriptAskCommand.self, TranscriptStatusCommand.self, TranscriptCancelCommand.self,
            TranscriptListCommand.self, TranscriptGetCommand.self, TranscriptEditCommand.self,
            TranscriptPutCommand.self, TranscriptDiffCommand.self, TranscriptSpeakerCommand.self,
        ]
    )
}
