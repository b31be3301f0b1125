internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import Auditing
internal import CommandShell

/// `risalah audit exposure`: everything ever delivered to the keys of a principal.
struct AuditExposureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exposure",
        abstract: localized(
            "Everything ever delivered to the keys of a principal.",
            id: "Segala yang pernah diserahkan kepada kunci sebuah prinsipal."
        )
    )

    @Argument(help: ArgumentHelp(localized("The principal.", id: "Prinsipalnya."), valueName: "principal"))
    var principal: PrincipalID

    @Option(
        help: ArgumentHelp(
            localized("Only to the key of this certificate (SHA-256).", id: "Hanya kunci sertifikat ini (SHA-256)."),
            valueName: "digest"
        )
    )
    var certificate: String?

    @OptionGroup var span: SpanOptions
    @OptionGroup var options: AnswerOptions

    func run() async throws {
        try await options.common.connected { client in
            let reading = try await options.reading(by: client)
            guard reading.directory.principals.contains(where: { $0.principal == principal }) else {
                throw ArchiveError(
                    .notFound,
                    "the directory has no principal \(principal)",
                    hint: "risalah audit principals lists them"
                )
            }
            let question = ExposureQuestion(
                of: principal.description,
                certificate: certificate?.lowercased(),
                within: Period(since: span.from, until: span.to)
            )
            try await reading.print(
                question,
                AccessRow.table(
                    span.time.times,
                    nothing: localized("nothing was delivered", id: "tidak ada penyerahan")
                ),
                options
            )
        }
    }
}
