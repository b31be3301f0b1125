internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalah enrol`: makes this machine's keys and has the archive certify them, once.
struct EnrolCommand: AsyncParsableCommand {
    private static let longestInvite = 1 << 14

    static let configuration = CommandConfiguration(
        commandName: "enrol",
        abstract: localized("Enrol this machine with an invite.", id: "Daftarkan mesin ini dengan undangan.")
    )

    @Argument(
        help: ArgumentHelp(
            localized("The archive, https://HOST:PORT.", id: "Alamat arsip, https://HOST:PORT."),
            valueName: "url"
        )
    )
    var url: String

    @Option(help: ArgumentHelp(localized("The invite, one line.", id: "Undangan, satu baris.")))
    var invite: String?

    @Option(
        help: ArgumentHelp(
            localized("A file with the invite; - is stdin.", id: "Berkas berisi undangan; - adalah stdin."),
            valueName: "file"
        )
    )
    var inviteFile: String?

    @OptionGroup var common: CommonOptions

    private struct Result: Encodable {
        var principal: PrincipalID
        var role: Role
        var expires: Date
        var home: String
    }

    func validate() throws {
        guard (invite == nil) != (inviteFile == nil) else {
            throw ValidationError("Give either '--invite' or '--invite-file'.")
        }
    }

    func run() async throws {
        let home = try common.clientHome()
        let text: String
        if let inviteFile {
            text = String(decoding: try InputFile(path: inviteFile).contents(limit: Self.longestInvite), as: UTF8.self)
        } else {
            text = invite ?? ""
        }
        let enrolment = try await ArchiveClient.enrol(
            at: ServerAddress(parsing: url),
            invite: Invite(parsing: text),
            home: home
        )
        guard !common.json else {
            return try Console.print(
                json: Result(
                    principal: enrolment.principal,
                    role: enrolment.role,
                    expires: enrolment.expires,
                    home: home.path
                )
            )
        }
        let lines = TextTable.fields([
            (localized("principal", id: "pengguna"), enrolment.principal.description),
            (localized("role", id: "peran"), enrolment.role.rawValue),
            (localized("expires", id: "berlaku sampai"), Timestamp.text(enrolment.expires)),
            (localized("folder", id: "folder"), home.path),
        ])
        for line in lines { try Console.print(line) }
    }
}
