internal import ArchiveCore
package import ArgumentParser

/// How whoever confirms a grant says that they saw it.
package struct ConfirmationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            localized(
                "The digest of what was seen, where nobody can be asked.",
                id: "Ringkasan dari yang dilihat, bila tidak ada yang dapat ditanya."
            ),
            valueName: "digest"
        )
    )
    package var digest: String?

    package init() {}

    /// The digest that is confirmed: the given one, else that of what was shown, if whoever sits at the terminal says yes;
    /// nil where they say no.
    ///
    /// - Parameters:
    ///   - shown: the digest of what was printed.
    ///   - json: whether a program reads the output: it has shown nothing to anybody.
    /// - Throws: `bad-request` where none is given and nobody can be asked; `conflict` where another is given than waits.
    package func digest(shown: String, json: Bool) throws -> String? {
        if let digest {
            guard digest == shown else {
                throw ArchiveError(
                    .conflict,
                    "what waits is not what has the digest \(digest.prefix(64).debugDescription)",
                    hint: "look at it again, then confirm it"
                )
            }
            return digest
        }
        let question = localized("confirm exactly this? [y/N]:", id: "konfirmasi persis ini? [y/T]:")
        guard !json, let answer = Console.ask(question) else {
            throw ArchiveError(
                .badRequest,
                "nobody can be asked whether to confirm this",
                hint: "look at it, then say --digest with the digest that it is shown with"
            )
        }
        if ["y", "yes", "ya"].contains(answer.lowercased()) { return shown }
        Console.note(localized("nothing was confirmed", id: "tidak ada yang dikonfirmasi"))
        return nil
    }
}
