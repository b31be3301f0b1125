internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import Auditing
internal import CommandShell
internal import Foundation

/// `risalah audit principals`: every principal, by whose word it may what, and when it acted last.
struct AuditPrincipalsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "principals",
        abstract: localized(
            "Every principal: holder, rights, who granted and confirmed, last use.",
            id: "Semua prinsipal: pemegang, kewenangan, pemberi dan pengesah, pemakaian terakhir."
        )
    )

    @Flag(
        help: ArgumentHelp(
            localized(
                "Only those that should perhaps be closed: their time is over, or their person was closed elsewhere.",
                id: "Hanya yang mungkin harus ditutup: waktunya habis, atau orangnya sudah ditutup di tempat lain."
            )
        )
    )
    var leavers = false

    @OptionGroup var time: TimeOptions
    @OptionGroup var options: AnswerOptions

    private struct Row: Encodable {
        let principal: PrincipalID
        let name: String?
        let person: String?
        let erased: Bool
        let role: Role
        let clearance: Label
        let unit: String
        let state: PrincipalState
        let ends: Date?
        let grantedBy: String
        let grantedByName: String?
        let confirmedBy: String?
        let confirmedByName: String?
        let lastUse: Date?
        let leaver: PrincipalsQuestion.Row.Leaver?

        init(_ row: PrincipalsQuestion.Row, _ names: PrincipalNames) {
            principal = row.entry.principal
            name = row.entry.name
            person = row.entry.person
            erased = row.entry.erased
            role = row.entry.role
            clearance = row.entry.clearance
            unit = row.entry.unit
            state = row.entry.state
            ends = row.entry.ends
            grantedBy = row.entry.addedBy
            grantedByName = names.name(of: row.entry.addedBy)
            confirmedBy = row.entry.confirmedBy
            confirmedByName = row.entry.confirmedBy.flatMap(names.name)
            lastUse = row.lastUse
            leaver = row.leaver
        }
    }

    func run() async throws {
        try await options.common.connected { client in
            let reading = try await options.reading(by: client)
            var question = PrincipalsQuestion(reading.directory)
            try await reading.ask(&question)
            let rows = question.rows(at: Date()).filter { !leavers || $0.leaver != nil }
            try table(reading.names).print(rows.map { Row($0, reading.names) }, options)
        }
    }

    private func table(_ names: PrincipalNames) -> AnswerTable<Row> {
        let times = time.times
        return AnswerTable(
            nothing: localized("no principals", id: "tidak ada prinsipal"),
            columns: [
                ("principal", localized("principal", id: "prinsipal"), { $0.principal.description }),
                ("name", localized("name", id: "nama"), { names.text($0.principal.description) }),
                ("person", localized("person", id: "orang"), { $0.person ?? localized("erased", id: "dihapus") }),
                ("role", localized("role", id: "peran"), { $0.role.rawValue }),
                ("clearance", localized("clearance", id: "kewenangan"), { $0.clearance.description }),
                ("unit", localized("unit", id: "unit"), { $0.unit }),
                ("state", localized("state", id: "keadaan"), { $0.state.rawValue }),
                ("grantedBy", localized("granted by", id: "diberi oleh"), { names.text($0.grantedBy) }),
                (
                    "confirmedBy", localized("confirmed by", id: "disahkan oleh"),
                    { $0.confirmedBy.map(names.text) ?? "" }
                ),
                ("lastUse", localized("last use", id: "terakhir"), { $0.lastUse.map(times.text) ?? "" }),
                ("leaver", localized("leaver", id: "sudah pergi"), { $0.leaver?.rawValue ?? "" }),
            ]
        )
    }
}
