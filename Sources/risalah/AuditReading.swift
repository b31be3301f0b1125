internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import Auditing
internal import Foundation
internal import TransparencyLog

/// The log as a question reads it: the copy on this machine, checked, with the names and texts behind it.
struct AuditReading {
    private let client: ArchiveClient
    private let copy: LogCopy
    /// Who the principals of entries are.
    let directory: AuditDirectory
    /// Their names.
    let names: PrincipalNames
    /// The signed head of what is read.
    let checkpoint: String
    private let size: Int

    /// Brings the copy in `home` up to date first.
    init(_ home: ClientHome, _ copying: AuditCopyOptions, by client: ArchiveClient) async throws {
        let head = try await copying.synced(home, by: client).head
        self.client = client
        copy = home.auditCopy
        checkpoint = String(decoding: head.note, as: UTF8.self)
        size = head.checkpoint.size
        directory = try await client.auditDirectory()
        names = PrincipalNames(directory)
    }

    /// Asks a question of the whole log, or of the entries about one object.
    func ask(_ question: inout some AuditQuestion, about object: String? = nil) async throws {
        try copy.read(EntryQuery(object: object)) { entries in
            // Another process may have gone on with the copy; the checkpoint speaks for no more than it has.
            for entry in entries {
                guard entry.seq < size else { break }
                question.read(entry)
            }
        }
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
