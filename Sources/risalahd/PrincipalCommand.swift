internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalahd principal`: who may use the archive.
struct PrincipalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "principal",
        abstract: localized("Who may use the archive.", id: "Siapa yang boleh memakai arsip."),
        subcommands: [Add.self, Confirm.self, List.self, Disable.self]
    )

    /// `principal add`: adds one and prints its invite.
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add",
            abstract: localized(
                "Add a principal and print its invite.",
                id: "Menambah prinsipal dan mencetak undangan."
            )
        )

        @Argument(help: "What people call it.")
        var name: String

        @Option(help: "recorder, archivist, records-manager, auditor, transcriber or administrator.")
        var role: Role

        @Option(help: ArgumentHelp("What it may know; the lowest level if absent.", valueName: "level[:comp,…]"))
        var clearance: Label?

        @Option(help: "Its unit; the policy's only one if absent.")
        var unit: String?

        @Option(help: ArgumentHelp("The natural person or machine, by any id; NAME if absent.", valueName: "id"))
        var person: String?

        @Option(help: ArgumentHelp("The least label of what it sends.", valueName: "level[:comp,…]"))
        var floor: Label?

        @OptionGroup var options: RootOptions

        func run() async throws {
            let new = NewPrincipal(
                name: name,
                role: role,
                clearance: clearance,
                unit: unit,
                person: person,
                floor: floor
            )
            let response = try await options.administer(.addPrincipal(new))
            guard case .invited(let invitation) = response else { throw response.unexpected }
            if options.json { return try Console.print(json: invitation) }
            for line in TextTable.fields([
                (localized("principal", id: "prinsipal"), invitation.principal.description),
                (localized("invite until", id: "undangan sampai"), Timestamp.text(invitation.expires)),
                (localized("invite", id: "undangan"), invitation.invite),
            ]) { try Console.print(line) }
            guard invitation.needsConfirmation else { return }
            Console.note(
                "risalahd: "
                    + localized(
                        "it counts when a second person has confirmed it: risalahd principal confirm "
                            + "\(invitation.principal)",
                        id: "berlaku setelah dikonfirmasi orang kedua: risalahd principal confirm "
                            + "\(invitation.principal)"
                    )
            )
        }
    }

    /// `principal confirm`: the second person's word.
    struct Confirm: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "confirm",
            abstract: localized(
                "Confirm a principal that somebody else added.",
                id: "Mengonfirmasi prinsipal yang ditambahkan orang lain."
            )
        )

        @Argument(
            help: ArgumentHelp(localized("Its id, as principal list shows it.", id: "Id-nya, lihat principal list."))
        )
        var principal: PrincipalID
        @OptionGroup var options: RootOptions

        func run() async throws {
            _ = try await options.administer(.confirmPrincipal(principal))
            if options.json { return try Console.print(json: ["principal": principal]) }
            let done = localized("confirmed; its invite counts now", id: "dikonfirmasi; undangannya kini berlaku")
            try Console.print("\(principal): \(done)")
        }
    }

    /// `principal list`: every principal.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: localized("Every principal.", id: "Semua prinsipal.")
        )

        @OptionGroup var options: RootOptions

        func run() async throws {
            let response = try await options.administer(.listPrincipals)
            guard case .principals(let principals) = response else { throw response.unexpected }
            if options.json { return try principals.forEach { try Console.print(json: $0) } }
            var table = TextTable(["ID", "ROLE", "CLEARANCE", "UNIT", "STATE", "NAME"], minimum: [26, 9, 9, 4, 7, 4])
            let rows = principals.map { principal in
                [
                    principal.principal.description, principal.role.rawValue, principal.clearance.description,
                    principal.unit, principal.state.rawValue, principal.name,
                ]
            }
            table.fit(rows)
            try Console.print(table.heading)
            for row in rows { try Console.print(table.line(row)) }
        }
    }

    /// `principal disable`: closes one for good, at once.
    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "disable",
            abstract: localized(
                "Close a principal for good, at once.",
                id: "Menutup prinsipal untuk selamanya, seketika."
            )
        )

        @Argument(
            help: ArgumentHelp(localized("Its id, as principal list shows it.", id: "Id-nya, lihat principal list."))
        )
        var principal: PrincipalID
        @OptionGroup var options: RootOptions

        func run() async throws {
            _ = try await options.administer(.disablePrincipal(principal))
            if options.json { return try Console.print(json: ["principal": principal]) }
            let done = localized("disabled; its accesses are closed", id: "ditutup; aksesnya telah ditutup")
            try Console.print("\(principal): \(done)")
        }
    }
}
