internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalahd audit forget`: erases a text of the log, or the names of a person; the entries stay and verify.
struct AuditForgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: localized(
            "Erase texts of an entry, or the names of a person; the log stays whole.",
            id: "Menghapus teks sebuah catatan, atau nama seseorang; log tetap utuh."
        ),
        discussion: localized(
            "What is erased cannot be brought back, except from backups made before.",
            id: "Yang dihapus tidak dapat dikembalikan, kecuali dari cadangan yang dibuat sebelumnya."
        )
    )

    @Option(help: ArgumentHelp(localized("Texts of this entry.", id: "Teks catatan ini."), valueName: "seq"))
    var entry: Int?

    @Option(
        help: ArgumentHelp(
            localized("Only this text of the entry, like purpose.", id: "Hanya teks ini, misalnya purpose."),
            valueName: "field"
        )
    )
    var field: String?

    @Option(
        help: ArgumentHelp(
            localized(
                "The names of every principal of this person; all are disabled.",
                id: "Nama semua prinsipal orang ini; semuanya sudah ditutup."
            ),
            valueName: "name"
        )
    )
    var person: String?

    @Option(
        help: ArgumentHelp(
            localized("The names of this principal, which is disabled.", id: "Nama prinsipal ini, yang sudah ditutup."),
            valueName: "id"
        )
    )
    var principal: PrincipalID?

    @Option(help: ArgumentHelp(localized("Why; the log keeps it.", id: "Alasannya; disimpan dalam log.")))
    var reason: String

    @OptionGroup var options: RootOptions

    func validate() throws {
        guard [entry != nil, person != nil, principal != nil].count(where: \.self) == 1 else {
            throw ValidationError("Give one of '--entry', '--person' and '--principal'.")
        }
        guard field == nil || entry != nil else { throw ValidationError("'--field' goes with '--entry'.") }
        guard entry ?? 0 >= 0 else { throw ValidationError("Entries are numbered from 0.") }
    }

    private var subject: Forgetting.Subject? {
        if let entry { return .entry(entry, field: field) }
        if let person { return .person(person) }
        return principal.map(Forgetting.Subject.principal)
    }

    func run() async throws {
        // `validate()` has seen that there is one.
        guard let subject else { return }
        let response = try await options.administer(.forget(Forgetting(subject, reason: reason)))
        guard case .forgotten(let forgotten) = response else { throw response.unexpected }
        if options.json { return try Console.print(json: forgotten) }
        let lines = TextTable.fields([
            (localized("texts erased", id: "teks dihapus"), String(forgotten.texts)),
            (
                localized("names erased of", id: "nama dihapus dari"),
                forgotten.principals.isEmpty
                    ? nil : forgotten.principals.map(\.description).joined(separator: " ")
            ),
        ])
        for line in lines { try Console.print(line) }
    }
}
