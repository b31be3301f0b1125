internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalahd principal show`: all that is known of one.
struct PrincipalShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: localized("All that is known of a principal.", id: "Semua yang diketahui tentang prinsipal.")
    )

    @OptionGroup var which: PrincipalArgument
    @OptionGroup var options: RootOptions

    func run() async throws {
        let response = try await options.administer(.showPrincipal(which.principal))
        guard case .principal(let detail) = response else { throw response.unexpected }
        if options.json { return try Console.print(json: detail) }
        let one = detail.summary
        let grant = Grant(clearance: one.clearance, unit: one.unit, floor: detail.floor, validity: one.validity)
        let also = detail.alsoHolds.map(\.description).joined(separator: ", ")
        let fields: [(name: String, value: String?)] = [
            (localized("principal", id: "prinsipal"), one.principal.description),
            (localized("name", id: "nama"), one.name),
            (localized("person", id: "orang"), detail.person),
            (localized("the same person's", id: "orang yang sama"), also.isEmpty ? nil : also),
            (localized("user of this host", id: "pengguna hos"), detail.hostUser.map { "uid:\($0)" }),
            (localized("role", id: "peran"), one.role.rawValue),
            (localized("state", id: "keadaan"), one.state.rawValue),
        ]
        let history: [(name: String, value: String?)] = [
            (localized("added", id: "ditambahkan"), "\(Timestamp.text(detail.added)), \(Self.text(detail.addedBy))"),
            (localized("confirmed by", id: "dikonfirmasi oleh"), detail.confirmedBy.map(Self.text)),
            (localized("certificates of", id: "sertifikat dari"), detail.external.map { "\($0.issuer), \($0.name)" }),
            (localized("invite until", id: "undangan sampai"), detail.inviteUntil.map(Timestamp.text)),
            (localized("last use", id: "terakhir dipakai"), detail.lastUse.map(Timestamp.text) ?? "-"),
        ]
        for line in TextTable.fields(fields + PrincipalCommand.fields(grant) + history) { try Console.print(line) }
        if let waiting = detail.waiting { try PrincipalCommand.print(waiting) }
        for certificate in detail.certificates {
            let kind = localized("certificate", id: "sertifikat")
            let end = certificate.revoked.map { "\(localized("revoked", id: "dicabut")) \(Timestamp.text($0))" }
            try Console.print(
                "  \(kind) \(certificate.certificate.prefix(16))… \(Timestamp.text(certificate.notBefore)) – "
                    + "\(end ?? Timestamp.text(certificate.notAfter)) \(certificate.issuer ?? "")"
            )
        }
        try PrincipalCommand.print(detail.underWay)
    }

    private static func text(_ actor: NamedActor) -> String {
        actor.name.map { "\($0) (\(actor.actor))" } ?? actor.actor
    }
}
