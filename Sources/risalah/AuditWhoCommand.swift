internal import ArchiveCore
internal import ArgumentParser
internal import Auditing
internal import CommandShell

/// `risalah audit who`: who opened a recording, got it and was refused it; or what one person did of that.
struct AuditWhoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "who",
        abstract: localized(
            "Who opened a recording, or what a person opened.",
            id: "Siapa yang membuka sebuah rekaman, atau apa yang dibuka seseorang."
        )
    )

    @Argument(help: ArgumentHelp(localized("The recording.", id: "Rekamannya."), valueName: "recording"))
    var recording: RecordingID?

    @Option(
        help: ArgumentHelp(
            localized("What this person did: a name, or a principal's id.", id: "Perbuatan orang ini: nama atau id."),
            valueName: "name"
        )
    )
    var person: String?

    @OptionGroup var span: SpanOptions
    @OptionGroup var options: AnswerOptions

    func validate() throws {
        guard (recording == nil) != (person == nil) else {
            throw ValidationError("Give a recording, or '--person'.")
        }
    }

    func run() async throws {
        try await options.common.connected { client in
            let reading = try await options.reading(by: client)
            let subject: WhoQuestion.Subject
            if let recording {
                subject = .recording(recording.description)
            } else {
                let principals = reading.names.principals(called: person ?? "")
                guard !principals.isEmpty else {
                    throw ArchiveError(
                        .notFound,
                        "the directory has nobody of this name",
                        hint: "risalah audit principals lists them"
                    )
                }
                subject = .principals(principals)
            }
            try await reading.print(
                WhoQuestion(subject, within: Period(since: span.from, until: span.to)),
                about: recording?.description,
                AccessRow.table(span.time.times, nothing: localized("nobody and nothing", id: "tidak ada")),
                options
            )
        }
    }
}
