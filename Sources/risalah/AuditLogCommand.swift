internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import Auditing
internal import CommandShell
internal import Foundation

/// `risalah audit log`: entries, oldest first.
struct AuditLogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: localized("Entries of the log, oldest first.", id: "Catatan log, terlama lebih dahulu."),
        discussion: localized(
            """
            The copy of the log on this machine is brought up to date and checked first, and searched here; names and \
            texts of what is shown come from the archive and are not kept. With --json one JSON object a line, as in \
            GET /v1/audit/entries.
            """,
            id: """
                Salinan log di mesin ini dimutakhirkan dan diperiksa dahulu, lalu dicari di sini; nama dan teks diambil \
                dari arsip dan tidak disimpan. Dengan --json satu objek JSON per baris, seperti GET /v1/audit/entries.
                """
        )
    )

    @Option(
        help: ArgumentHelp(
            localized(
                "By this actor: a name, an id, uid:N or service.",
                id: "Oleh pelaku ini: nama, id, uid:N, service."
            )
        )
    )
    var actor: String?

    @Option(help: ArgumentHelp(localized("About this object.", id: "Tentang objek ini.")))
    var object: String?

    @Option(help: ArgumentHelp(localized("Of this action.", id: "Dengan tindakan ini.")))
    var action: String?

    @Option(help: ArgumentHelp(localized("Decided so.", id: "Dengan keputusan ini.")))
    var decision: LogEntry.Decision?

    @OptionGroup var span: SpanOptions

    @Option(
        help: ArgumentHelp(
            localized("Only entries with a smaller number.", id: "Hanya catatan yang nomornya lebih kecil."),
            valueName: "entry"
        )
    )
    var before: Int?

    @Flag(help: ArgumentHelp(localized("The newest first.", id: "Yang terbaru lebih dahulu.")))
    var newest = false

    @Flag(
        help: ArgumentHelp(
            localized(
                "Ask nobody: only the copy, without names and texts.",
                id: "Tanpa bertanya: hanya salinan, tanpa nama dan teks."
            )
        )
    )
    var offline = false

    @Option(
        help: ArgumentHelp(
            localized(
                "With --offline: this copy, like the one of an origin that ended, audit.before-….",
                id: "Dengan --offline: salinan ini, misalnya dari asal yang berakhir, audit.before-…."
            ),
            valueName: "dir"
        )
    )
    var copy: String?

    @OptionGroup var options: AnswerOptions

    func validate() throws {
        guard copy == nil || offline else { throw ValidationError("'--copy' goes with '--offline'.") }
        guard before ?? 0 >= 0 else { throw ValidationError("The value of '--before' has to be 0 or more.") }
    }

    func run() async throws {
        let home = try options.common.clientHome()
        guard !offline else { return try await list(copy.map { LogCopy(path: $0) } ?? home.auditCopy, by: nil) }
        try await options.common.connected(to: home) { client in
            _ = try await options.copying.synced(home, by: client)
            try await list(home.auditCopy, by: client)
        }
    }

    /// Prints what is asked for, page by page: texts and names of what is shown are asked for, and nothing of them is kept.
    private func list(_ copy: LogCopy, by client: ArchiveClient?) async throws {
        var names: PrincipalNames?
        if let client { names = PrincipalNames(try await client.auditDirectory()) }
        let query = EntryQuery(
            actors: try actors(names),
            object: object,
            action: action,
            decision: decision,
            since: span.from,
            until: span.to,
            after: options.after,
            before: before
        )
        try await copy.read(query, newestFirst: newest) { scan in
            var entries = scan.makeIterator()
            try await table.print(options, goingOn: newest ? "--before" : "--after") { count in
                var found: [AuditedEntry] = []
                while found.count < count, let entry = entries.next() { found.append(entry) }
                let committed = found.filter { !$0.entry.commitments.isEmpty }.map(\.seq)
                let texts = committed.isEmpty ? [] : try await client?.texts(of: committed) ?? []
                return try found.map { try AuditedRow.report($0, texts: texts, names: names) }
            }
        }
    }

    /// Whom `actor` means: people know names, and one name may have several principals, each of which acted.
    private func actors(_ names: PrincipalNames?) throws -> [String] {
        guard let actor else { return [] }
        let called = names?.principals(called: actor).sorted() ?? []
        let isActor = PrincipalID(actor) != nil || ["service", "anonymous"].contains(actor) || actor.hasPrefix("uid:")
        guard called.isEmpty, !isActor else { return [actor] + called }
        // An empty list would say that somebody did nothing.
        guard names != nil else {
            throw ArchiveError(
                .badRequest,
                "the copy has no names, and \(actor.debugDescription) is no id",
                hint: "risalah audit principals lists ids; without --offline the archive knows the name"
            )
        }
        throw ArchiveError(
            .notFound,
            "the directory has nobody of this name",
            hint: "risalah audit principals lists them"
        )
    }

    private var table: AnswerTable<EntryReport> {
        let times = span.time.times
        let absent = offline ? "…" : localized("(erased)", id: "(dihapus)")
        return AnswerTable(
            nothing: localized("no entries", id: "tidak ada catatan"),
            number: \.seq,
            columns: [
                ("seq", localized("seq", id: "no"), { String($0.seq) }),
                ("time", localized("time", id: "waktu"), { times.text($0.time) }),
                ("who", localized("actor", id: "pelaku"), { $0.name ?? $0.actor }),
                ("actor", nil, \.actor), ("role", nil, \.role), ("certificate", nil, { $0.certificate ?? "" }),
                ("action", localized("action", id: "tindakan"), \.action),
                ("decision", localized("decision", id: "putusan"), \.decision.rawValue),
                ("object", localized("object", id: "objek"), { $0.object ?? "" }),
                ("label", nil, { $0.label ?? "" }),
                (
                    "details", nil,
                    { $0.details.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; ") }
                ),
                ("texts", localized("texts", id: "teks"), { AuditedRow.texts($0, absent: absent) }),
            ]
        )
    }
}
