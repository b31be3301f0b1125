internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import Auditing
internal import Foundation

/// The log as a question reads it, with the names and texts behind it.
struct AuditReading {
    private static let page = 1000

    private let client: ArchiveClient
    /// Who the principals of entries are.
    let directory: AuditDirectory
    /// Their names.
    let names: PrincipalNames
    /// The signed head of what is read.
    let checkpoint: String
    private let size: Int

    /// Begins with the newest checkpoint: what comes after it is not read.
    init(_ client: ArchiveClient) async throws {
        self.client = client
        directory = try await client.auditDirectory()
        names = PrincipalNames(directory)
        checkpoint = String(decoding: try await client.checkpoint(), as: UTF8.self)
        // C2SP tlog-checkpoint: origin, size, root.
        let lines = checkpoint.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 2, let size = Int(lines[1]) else {
            throw ArchiveError(.logMismatch, "what the archive gives as its checkpoint is none")
        }
        self.size = size
    }

    /// Asks a question of the whole log, or of the entries about one object.
    func ask(_ question: inout some AuditQuestion, about object: String? = nil) async throws {
        var after: Int?
        repeat {
            let page = try await client.entries(EntryFilter(object: object), after: after, limit: Self.page)
            for entry in page.entries where entry.seq < size { question.read(AuditedEntry(entry)) }
            after = page.next
        } while after ?? size < size
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

extension AuditedEntry {
    /// The entry that the archive reports; names and texts that it adds are left out.
    fileprivate init(_ report: EntryReport) {
        self.init(
            seq: report.seq,
            entry: LogEntry(
                time: report.time,
                actor: report.actor,
                role: report.role,
                certificate: report.certificate,
                action: report.action,
                object: report.object,
                label: report.label,
                decision: report.decision,
                details: report.details,
                commitments: report.commitments
            )
        )
    }
}
