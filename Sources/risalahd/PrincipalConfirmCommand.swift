internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalahd principal confirm`: the second person's word.
struct PrincipalConfirmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm",
        abstract: localized(
            "Confirm a principal, or a change of one, that somebody else asked for.",
            id: "Mengonfirmasi prinsipal, atau perubahannya, yang diminta orang lain."
        ),
        discussion: localized(
            """
            Shows what is given, and confirms exactly that. Over the network a records manager does the same with \
            risalah confirm.
            """,
            id: """
                Menampilkan hak yang diberikan, dan mengonfirmasi persis itu. Lewat jaringan seorang records-manager \
                melakukannya dengan risalah confirm.
                """
        )
    )

    @OptionGroup var which: PrincipalArgument
    @OptionGroup var options: RootOptions

    func run() async throws {
        // Asked for once: what a file on stdin says can be read once.
        let keys = options.keys
        guard
            case .principal(let detail) = try await options.administer(.showPrincipal(which.principal), keys: keys)
        else { throw ArchiveError(.unexpected, "the service answered something else than was asked") }
        let request = AdministrationRequest.confirmPrincipal(which.principal, digest: detail.waiting?.digest)
        let response = try await options.administer(request, keys: keys)
        guard case .changed(let outcome) = response else { throw response.unexpected }
        if options.json { return try Console.print(json: outcome) }
        let done = localized("confirmed", id: "dikonfirmasi")
        try Console.print(
            "\(which.principal): \(Console.clean(detail.summary.name)), \(detail.summary.role.rawValue): \(done)"
        )
        for line in TextTable.fields(PrincipalCommand.fields(outcome.grant)) { try Console.print("  \(line)") }
    }
}
