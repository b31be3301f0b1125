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
        ),
        discussion: localized(
            "All of it is what the entries of the log come to; names alone are the archive's directory's. Where that says "
                + "something else than the entries, 'differs' names in what.",
            id:
                "Semuanya berasal dari catatan log; hanya nama yang berasal dari direktori arsip. Bila direktori berbeda "
                + "dari catatan, 'differs' menyebut dalam hal apa."
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
        /// The entry that added it.
        let added: Int?
        let role: Role?
        let clearance: Label?
        let unit: String?
        let state: PrincipalState?
        let starts: Date?
        let ends: Date?
        let grantedBy: String?
        let grantedByName: String?
        let confirmedBy: String?
        let confirmedByName: String?
        let waits: Bool?
        let enrolled: Date?
        let renewed: Date?
        let lost: Date?
        let disabled: Date?
        let lastUse: Date?
        let leaver: PrincipalRecord.Leaver?
        let differs: [PrincipalRecord.Difference]

        init(_ record: PrincipalRecord, _ names: PrincipalNames, at now: Date) {
            let history = record.history
            principal = record.principal
            name = record.name
            person = record.person
            erased = record.erased
            added = history?.added
            role = history?.role
            clearance = history?.grant.clearance
            unit = history?.grant.unit
            state = history?.state(at: now)
            starts = history?.grant.validity.starts
            ends = history?.grant.validity.ends
            grantedBy = history?.grantedBy
            grantedByName = history.flatMap { names.name(of: $0.grantedBy) }
            confirmedBy = history?.confirmedBy
            confirmedByName = history?.confirmedBy.flatMap(names.name)
            waits = history?.waits
            enrolled = history?.enrolled
            renewed = history?.renewed
            lost = history?.lost
            disabled = history?.disabled
            lastUse = record.lastUse
            leaver = record.leaver
            differs = record.differs
        }
    }

    func run() async throws {
        try await options.common.connected { client in
            let reading = try await options.reading(by: client)
            var question = PrincipalsQuestion()
            try reading.ask(&question)
            let now = Date()
            let records = try await reading.records(of: question, at: now)
            warn(of: records)
            let after = options.after ?? -1
            var rows = records.filter { (!leavers || $0.leaver != nil) && $0.history?.added ?? .max > after }[...]
            try await table(reading.names).print(options) { count in
                let next = rows.prefix(count)
                rows = rows.dropFirst(count)
                return next.map { Row($0, reading.names, at: now) }
            }
        }
    }

    /// Says on stderr of how many the archive says something else than its log.
    private func warn(of records: [PrincipalRecord]) {
        let count = records.count { !$0.differs.isEmpty }
        guard count > 0 else { return }
        Console.note(
            "risalah: "
                + localized(
                    "WARNING: of \(count) the directory of the archive says something else than the entries of the log: "
                        + "what is shown is of the entries",
                    id:
                        "PERINGATAN: direktori arsip berbeda dari catatan log untuk \(count) prinsipal: yang ditampilkan "
                        + "berasal dari catatan"
                )
        )
    }

    private func table(_ names: PrincipalNames) -> AnswerTable<Row> {
        let times = time.times
        func text(_ time: Date?) -> String { time.map(times.text) ?? "" }
        return AnswerTable(
            nothing: localized("no principals", id: "tidak ada prinsipal"),
            number: \.added,
            columns: [
                ("principal", localized("principal", id: "prinsipal"), { $0.principal.description }),
                ("name", localized("name", id: "nama"), { $0.name ?? localized("erased", id: "dihapus") }),
                ("person", localized("person", id: "orang"), { $0.person ?? localized("erased", id: "dihapus") }),
                ("role", localized("role", id: "peran"), { $0.role?.rawValue ?? "" }),
                ("clearance", localized("clearance", id: "kewenangan"), { $0.clearance?.description ?? "" }),
                ("unit", localized("unit", id: "unit"), { $0.unit ?? "" }),
                ("state", localized("state", id: "keadaan"), { $0.state?.rawValue ?? "" }),
                ("grantedBy", localized("granted by", id: "diberi oleh"), { $0.grantedBy.map(names.text) ?? "" }),
                (
                    "confirmedBy", localized("confirmed by", id: "disahkan oleh"),
                    { $0.confirmedBy.map(names.text) ?? "" }
                ),
                ("lastUse", localized("last use", id: "terakhir"), { text($0.lastUse) }),
                ("leaver", localized("leaver", id: "sudah pergi"), { $0.leaver?.rawValue ?? "" }),
                (
                    "differs", localized("directory differs in", id: "direktori berbeda"),
                    { $0.differs.map(\.rawValue).joined(separator: " ") }
                ),
                ("added", nil, { $0.added.map(String.init) ?? "" }),
                ("starts", nil, { text($0.starts) }), ("ends", nil, { text($0.ends) }),
                ("enrolled", nil, { text($0.enrolled) }), ("renewed", nil, { text($0.renewed) }),
                ("lost", nil, { text($0.lost) }), ("disabled", nil, { text($0.disabled) }),
            ]
        )
    }
}
