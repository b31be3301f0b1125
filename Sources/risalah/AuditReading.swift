internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import Auditing
internal import CommandShell
internal import Foundation
internal import TransparencyLog

/// The log as a question reads it: the copy on this machine, checked, with the names and texts behind it.
struct AuditReading {
    private let client: ArchiveClient
    private let copy: LogCopy
    /// Names behind the principals of entries; what else it says is compared with the entries, and believed in nothing.
    let directory: AuditDirectory
    /// Their names.
    let names: PrincipalNames
    /// The signed head of what is read.
    let checkpoint: String
    private let size: Int
    /// How many entries the log had before the directory was asked for.
    private let before: Int

    /// Brings the copy in `home` up to date first.
    init(_ home: ClientHome, _ copying: AuditCopyOptions, by client: ArchiveClient) async throws {
        let first = try await copying.synced(home, by: client).head
        before = first.checkpoint.size
        directory = try await client.auditDirectory()
        names = PrincipalNames(directory)
        // What changed while the directory was read is in the log by now.
        let head = try await copying.synced(home, by: client).head
        self.client = client
        copy = home.auditCopy
        checkpoint = String(decoding: head.note, as: UTF8.self)
        size = head.checkpoint.size
        for restart in try copy.restarts() where !restart.lost.isEmpty { Self.note(restart) }
    }

    /// Says what no answer has.
    private static func note(_ restart: LogRestart) {
        let (first, last) = (restart.lost.lowerBound, restart.lost.upperBound - 1)
        let sentence = localized(
            "entries \(first) to \(last) of \(restart.origin) were lost in a restore, as entry \(restart.seq) says: nothing "
                + "of them is in this answer",
            id: "catatan \(first) sampai \(last) dari \(restart.origin) hilang saat pemulihan, menurut catatan "
                + "\(restart.seq): tidak ada dalam jawaban ini"
        )
        Console.note("risalah: \(Console.clean(sentence))")
    }

    /// The zone of days and months, by the newest settings that the log has; UTC where it has none.
    func zone() throws -> TimeZone {
        var question = SettingsQuestion()
        try ask(&question, EntryQuery(action: LoadedSettings.action))
        guard let settings = question.newest, let zone = TimeZone(identifier: settings.timezone) else {
            Console.note(
                "risalah: "
                    + localized(
                        "the log does not say in which time zone the archive is: UTC",
                        id: "log tidak menyebut zona waktu arsip: UTC"
                    )
            )
            return .gmt
        }
        return zone
    }

    /// Asks a question of the whole log, or of the entries that it is about.
    func ask(_ question: inout some AuditQuestion, _ query: EntryQuery = EntryQuery()) throws {
        try copy.read(bounded(query)) { question.read(all: $0) }
    }

    /// Prints the answers to a question as they come; those about one object only, where it is given.
    func print(
        _ question: some AccessQuestion,
        about object: String? = nil,
        _ table: AnswerTable<AccessRow>,
        _ options: AnswerOptions
    ) async throws {
        var question = question
        let after = options.after ?? -1
        try await copy.read(bounded(EntryQuery(object: object))) { scan in
            var entries = scan.makeIterator()
            try await table.print(options) { count in
                var events: [AccessEvent] = []
                while events.count < count, let entry = entries.next() {
                    // What comes before is read, too: an agreement belongs to who had asked.
                    if let event = question.answer(entry), event.seq > after { events.append(event) }
                }
                let purposes = try await texts(behind: Set(events.compactMap(\.purpose)))
                return events.map { AccessRow($0, names, purposes: purposes) }
            }
        }
    }

    /// Another process may have gone on with the copy; the checkpoint speaks for no more than it has.
    private func bounded(_ query: EntryQuery) -> EntryQuery {
        var query = query
        query.before = size
        return query
    }

    /// The principals that the log has, compared with the directory.
    func records(of question: PrincipalsQuestion, at now: Date) async throws -> [PrincipalRecord] {
        let texts = try await client.texts(of: Set(question.commitments.map(\.seq)))
        return try question.rows(directory, before: before, texts, at: now)
    }

    /// The texts behind `commitments`, by the number of their entry; those that were erased are not among them.
    ///
    /// - Throws: `log-mismatch` where the archive gives another text than was committed to.
    func texts(behind commitments: some Sequence<Commitment>) async throws -> [Int: String] {
        let wanted = Array(commitments)
        guard !wanted.isEmpty else { return [:] }
        let given = Dictionary(grouping: try await client.texts(of: wanted.map(\.seq)), by: \.seq)
        return try wanted.reduce(into: [:]) { $0[$1.seq] = try $1.text(among: given[$1.seq] ?? []) }
    }
}
