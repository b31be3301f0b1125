internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalahd principal renew`: a new invite for one that is there.
struct PrincipalRenewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew",
        abstract: localized(
            "Print a new invite for a principal whose certificate or invite ended or was lost.",
            id: "Mencetak undangan baru untuk prinsipal yang sertifikat atau undangannya berakhir atau hilang."
        )
    )

    @Flag(
        help: ArgumentHelp(
            localized(
                "Its machine was lost: its certificates no longer count, its accesses are closed.",
                id: "Mesinnya hilang: sertifikatnya tidak berlaku lagi, aksesnya ditutup."
            )
        )
    )
    var lost = false

    @OptionGroup var which: PrincipalArgument
    @OptionGroup var options: RootOptions

    func run() async throws {
        let response = try await options.administer(.renewPrincipal(which.principal, lost: lost))
        guard case .invited(let invitation) = response else { throw response.unexpected }
        if options.json { return try Console.print(json: invitation) }
        try PrincipalCommand.print(invitation)
    }
}
