internal import ArchiveCore
internal import ArchiveInterface
internal import ArchiveServer
internal import ArgumentParser
internal import CommandShell

/// `risalahd principal add`: adds one and prints its invite.
struct PrincipalAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: localized("Add a principal and print its invite.", id: "Menambah prinsipal dan mencetak undangan."),
        discussion: localized(
            """
            A principal has one role, for good, and belongs to one natural person or machine; a person with two roles \
            has two principals. One with a certificate of another CA (authorities: in risalah.yaml) needs no invite: \
            give --issuer and --external-certificate or --external-san.
            """,
            id: """
                Satu prinsipal punya satu peran, untuk selamanya, dan milik satu orang atau mesin; orang dengan dua peran \
                punya dua prinsipal. Yang bersertifikat CA lain (authorities: di risalah.yaml) tidak perlu undangan: \
                beri --issuer dan --external-certificate atau --external-san.
                """
        )
    )

    @Argument(help: ArgumentHelp(localized("What people call it.", id: "Nama yang dipakai orang.")))
    var name: String

    @Option(help: "recorder, archivist, records-manager, auditor, transcriber or administrator.")
    var role: Role

    @Option(
        help: ArgumentHelp(
            localized(
                "What it may know; the lowest level if absent.",
                id: "Yang boleh diketahui; jika tidak: terendah."
            ),
            valueName: "level[:comp,…]"
        )
    )
    var clearance: Label?

    @Option(
        help: ArgumentHelp(
            localized("Its unit; the policy's only one if absent.", id: "Unitnya; jika tidak: satu-satunya unit.")
        )
    )
    var unit: String?

    @Option(
        help: ArgumentHelp(
            localized(
                "The natural person or machine, by any text that tells it apart; NAME if absent.",
                id: "Orang atau mesinnya, dengan teks pembeda apa pun; NAME jika tidak ada."
            ),
            valueName: "text"
        )
    )
    var person: String?

    @Flag(
        help: ArgumentHelp(
            localized("This person has other principals, and that is meant.", id: "Orang ini punya prinsipal lain.")
        )
    )
    var samePerson = false

    @Option(
        help: ArgumentHelp(
            localized("The least label of what it sends.", id: "Label terendah dari yang dikirimnya."),
            valueName: "level[:comp,…]"
        )
    )
    var floor: Label?

    @Option(
        help: ArgumentHelp(
            localized("It counts from this day or time on.", id: "Berlaku sejak hari atau waktu ini."),
            valueName: "date"
        )
    )
    var from: String?

    @Option(
        help: ArgumentHelp(
            localized("Its last day, or the time of its end.", id: "Hari terakhirnya, atau waktu berakhirnya."),
            valueName: "date"
        )
    )
    var ends: String?

    @Option(
        help: ArgumentHelp(
            localized(
                "The user of this host that the same person is, so that they do not confirm their own grants.",
                id: "Pengguna hos ini yang sama orangnya, supaya tidak mengonfirmasi hak sendiri."
            ),
            valueName: "user"
        )
    )
    var hostUser: String?

    @Option(
        help: ArgumentHelp(
            localized(
                "The CA of its certificates, as risalah.yaml calls it.",
                id: "CA sertifikatnya, lihat risalah.yaml."
            ),
            valueName: "name"
        )
    )
    var issuer: String?

    @Option(
        help: ArgumentHelp(
            localized(
                "One of its certificates: its subject is that of them all.",
                id: "Salah satu sertifikatnya: subjeknya berlaku untuk semua."
            ),
            valueName: "file"
        )
    )
    var externalCertificate: String?

    @Option(
        help: ArgumentHelp(
            localized(
                "The exact subject of its certificates, as principal show spells it.",
                id: "Subjek sertifikatnya, persis seperti cetakan principal show."
            ),
            valueName: "dn"
        )
    )
    var externalSubject: String?

    @Option(
        help: ArgumentHelp(
            localized("Another exact name in its certificates.", id: "Nama lain persis dalam sertifikatnya."),
            valueName: "email:…|dns:…|uri:…"
        )
    )
    var externalSan: String?

    @OptionGroup var options: RootOptions

    func validate() throws {
        let names = [externalCertificate, externalSubject, externalSan].compactMap(\.self)
        guard names.count == (issuer == nil ? 0 : 1) else {
            throw ValidationError(
                "Give '--issuer' and one of '--external-certificate', '--external-subject' and '--external-san', or none."
            )
        }
        if let hostUser, HostUser.id(hostUser) == nil {
            throw ValidationError("There is no user '\(hostUser)' on this host.")
        }
    }

    /// Whose certificates of another CA are its own.
    private var external: ExternalName? {
        get throws {
            guard let issuer else { return nil }
            if let externalCertificate { return try ExternalName(issuer: issuer, certificate: externalCertificate) }
            let name = externalSubject.map { "subject:\($0)" } ?? externalSan
            return name.map { ExternalName(issuer: issuer, name: $0) }
        }
    }

    func run() async throws {
        let new = NewPrincipal(
            name: self.name,
            role: role,
            clearance: clearance,
            unit: unit,
            person: person,
            samePerson: samePerson,
            floor: floor,
            starts: from,
            ends: ends,
            hostUser: hostUser.flatMap(HostUser.id),
            external: try external
        )
        switch try await options.administer(.addPrincipal(new)) {
        case .invited(let invitation):
            if options.json { return try Console.print(json: invitation) }
            try PrincipalCommand.print(invitation)
        case .added(let added):
            if options.json { return try Console.print(json: added) }
            let done = localized(
                "added; its certificate enrols it: risalah enrol URL --certificate FILE --key FILE --ca FILE",
                id: "ditambahkan; sertifikatnya mendaftarkan: risalah enrol URL --certificate FILE --key FILE --ca FILE"
            )
            try Console.print("\(added.principal): \(done)")
            if added.needsConfirmation { PrincipalCommand.noteWaiting(added.principal, isNew: true) }
        case let response: throw response.unexpected
        }
    }
}
