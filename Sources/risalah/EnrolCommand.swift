internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalah enrol`: makes this machine's keys and has the archive certify them, once.
struct EnrolCommand: AsyncParsableCommand {
    private static let longestInvite = 1 << 14
    private static let longestFile = 1 << 16

    static let configuration = CommandConfiguration(
        commandName: "enrol",
        abstract: localized(
            "Enrol this machine with an invite, or with a certificate of another CA.",
            id: "Daftarkan mesin ini dengan undangan, atau dengan sertifikat CA lain."
        )
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

    @Option(
        help: ArgumentHelp(
            localized("Your certificate of another CA, PEM.", id: "Sertifikat Anda dari CA lain, PEM."),
            valueName: "file"
        )
    )
    var certificate: String?

    @Option(help: ArgumentHelp(localized("The key of that certificate, PEM.", id: "Kuncinya, PEM."), valueName: "file"))
    var key: String?

    @Option(
        help: ArgumentHelp(
            localized("The archive's own CA certificate (Config/ca.pem).", id: "Sertifikat CA arsip (Config/ca.pem)."),
            valueName: "file"
        )
    )
    var ca: String?

    @Flag(
        help: ArgumentHelp(
            localized(
                "Keep the keys under a passphrase, which every use asks for.",
                id: "Simpan kunci dengan frasa sandi, yang ditanyakan setiap kali dipakai."
            )
        )
    )
    var passphrase = false

    @OptionGroup var common: CommonOptions

    private struct Result: Encodable {
        var principal: PrincipalID
        var role: Role
        var expires: Date
        var home: String
    }

    func validate() throws {
        let others = [certificate, key, ca].compactMap(\.self).count
        let invites = [invite, inviteFile].compactMap(\.self).count
        guard (invites == 1 && others == 0) || (invites == 0 && others == 3) else {
            throw ValidationError(
                "Give either '--invite' or '--invite-file', or '--certificate', '--key' and '--ca' together."
            )
        }
        guard passphrase || common.passphraseFile == nil else {
            throw ValidationError("Give '--passphrase' with '--passphrase-file'.")
        }
        guard inviteFile != "-" || common.passphraseFile != "-" else {
            throw ValidationError("Stdin is one file: '--invite-file' and '--passphrase-file' cannot both be '-'.")
        }
    }

    func run() async throws {
        let reader = common.passphraseReader
        let home = try common.clientHome(reader)
        if let certificate, let key, let ca { return try await register(certificate, key, ca, home) }
        let text: String
        if let inviteFile {
            text = String(decoding: try InputFile(path: inviteFile).contents(limit: Self.longestInvite), as: UTF8.self)
        } else {
            text = invite ?? ""
        }
        let enrolment = try await ArchiveClient.enrol(
            at: ServerAddress(parsing: url),
            invite: Invite(parsing: text),
            home: home,
            isProtected: passphrase,
            asksPassphrase: reader.asks
        )
        try report(
            Result(
                principal: enrolment.principal,
                role: enrolment.role,
                expires: enrolment.expires,
                home: home.path
            )
        )
    }

    private func register(_ certificate: String, _ key: String, _ ca: String, _ home: ClientHome) async throws {
        func text(_ path: String) throws -> String {
            String(decoding: try InputFile(path: path).contents(limit: Self.longestFile), as: UTF8.self)
        }
        let registration = try await ArchiveClient.register(
            at: ServerAddress(parsing: url),
            certificate: text(certificate),
            key: text(key),
            authority: text(ca),
            home: home,
            isProtected: passphrase
        )
        try report(
            Result(
                principal: registration.principal,
                role: registration.role,
                expires: registration.expires,
                home: home.path
            )
        )
    }

    private func report(_ result: Result) throws {
        guard !common.json else { return try Console.print(json: result) }
        let lines = TextTable.fields([
            (localized("principal", id: "pengguna"), result.principal.description),
            (localized("role", id: "peran"), result.role.rawValue),
            (localized("expires", id: "berlaku sampai"), Timestamp.text(result.expires)),
            (localized("folder", id: "folder"), result.home),
        ])
        for line in lines { try Console.print(line) }
    }
}
