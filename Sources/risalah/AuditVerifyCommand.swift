internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import Auditing
internal import CommandShell
internal import Foundation
internal import TransparencyLog

/// `risalah audit verify`: whether the log is whole, and what it was; exits with 67 where it is not.
struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: localized("Whether the log is whole, and what it was.", id: "Apakah log utuh, dan seperti semula."),
        discussion: localized(
            """
            The copy on this machine is brought up to date, every entry of it is hashed again, and the archive's own \
            verdict is compared. A log that was rolled back, forked, edited or truncated is reported as such, with both \
            sides kept in the folder evidence of the copy, and exit 67. With --proof nothing else is needed: neither \
            archive nor enrolment.
            """,
            id: """
                Salinan di mesin ini dimutakhirkan, setiap catatan di-hash ulang, dan putusan arsip sendiri dibandingkan. \
                Log yang dimundurkan, bercabang, disunting atau dipotong dilaporkan, kedua sisinya disimpan di folder \
                evidence dari salinan, dengan kode 67. Dengan --proof tidak perlu arsip maupun pendaftaran.
                """
        )
    )

    @Flag(help: ArgumentHelp(localized("Ask nobody: only the copy.", id: "Tanpa bertanya: hanya salinan.")))
    var offline = false

    @Option(
        help: ArgumentHelp(
            localized(
                "A checkpoint from elsewhere, of which the copy has to be an extension; - is stdin.",
                id: "Titik periksa dari tempat lain, yang harus dilanjutkan salinan; - adalah stdin."
            ),
            valueName: "file"
        )
    )
    var checkpoint: String?

    @Option(
        help: ArgumentHelp(
            localized("The receipt of an access; - is stdin.", id: "Tanda terima sebuah akses; - adalah stdin."),
            valueName: "file"
        )
    )
    var receipt: String?

    @Option(
        help: ArgumentHelp(
            localized(
                "A proof as audit prove makes it; - is stdin.",
                id: "Bukti seperti buatan audit prove; - adalah stdin."
            ),
            valueName: "file"
        )
    )
    var proof: String?

    @OptionGroup var copying: AuditCopyOptions
    @OptionGroup var witnesses: AuditWitnessOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard witnesses.witness.isEmpty || (!offline && proof == nil) else {
            throw ValidationError("'--witness' asks the archive: leave '--offline' and '--proof' out.")
        }
        guard [checkpoint, receipt, proof].compactMap(\.self).count <= 1 else {
            throw ValidationError("Give one of '--checkpoint', '--receipt' and '--proof'.")
        }
    }

    func run() async throws {
        if let proof { return try verify(proofIn: proof) }
        let home = try common.clientHome()
        guard !offline else {
            try copying.requireGivenKey(home.auditCopy.requiredHead().key)
            return try report(home.auditCopy, nil, before: nil, knowing: copying.knownKeys(home))
        }
        try await common.connected(to: home) { client in
            // Asked first, so that the copy goes as far; an archive that does not answer is not spared the rest.
            let opinion: Result<LogVerification, any Error>
            do { opinion = .success(try await client.verification()) } catch { opinion = .failure(error) }
            let cosigned = try await witnesses.shown(by: client)
            do {
                let synced = try await copying.synced(home, by: client)
                try report(
                    home.auditCopy,
                    try? opinion.get(),
                    before: synced.before,
                    cosigned: cosigned,
                    knowing: try await copying.knownKeys(home, naming: receipt == nil ? [] : client.logOrigins())
                )
            } catch let fault as LogFault {
                // What was found here counts; what the archive says itself may name the place.
                if let said = try? opinion.get(), !said.whole { try? said.print(json: common.json) }
                throw fault
            }
            _ = try opinion.get()
        }
    }

    // MARK: The copy

    private struct Report: Encodable {
        struct Copy: Encodable {
            var before: Int?
            var checkpoint: String
            var path: String
            var size: Int
        }

        var copy: Copy
        var entry: EntryReport?
        var erased: Int?
        var root: String
        var size: Int
        var whole: Bool
        var witnesses: [AuditWitnessOptions.Standing]?
    }

    /// Says what the copy is, and what the archive says of itself.
    ///
    /// - Parameter keys: of origins that the log had, for receipts of those.
    private func report(
        _ copy: LogCopy,
        _ opinion: LogVerification?,
        before: Int?,
        cosigned: [AuditWitnessOptions.Shown] = [],
        knowing keys: [NoteVerifier]
    ) throws {
        if let opinion, !opinion.whole { return try opinion.print(json: common.json) }
        let head = try copy.verify(readingEntries: true)
        if let seq = head.firstUnreadable {
            throw ArchiveError(.logMismatch, "entry \(seq) is not a canonical entry")
        }
        if let opinion,
            try opinion.size > head.head.checkpoint.size
                || copy.root(at: opinion.size).description != opinion.root
        {
            throw ArchiveError(
                .logMismatch,
                "the archive says that its \(opinion.size) entries have the root \(opinion.root), which they do not have "
                    + "in the copy"
            )
        }
        let entry = try compared(copy, isNewest: opinion != nil, knowing: keys)
        let checkpoint = head.head.checkpoint
        let standings = try witnesses.standings(cosigned, in: copy, of: checkpoint.size)
        let result = Report(
            copy: .init(
                before: before,
                checkpoint: String(decoding: head.head.note, as: UTF8.self),
                path: copy.path,
                size: checkpoint.size
            ),
            entry: try entry.map { try AuditedRow.report($0, texts: [], names: nil) },
            erased: opinion?.erased,
            root: opinion?.root ?? checkpoint.root.description,
            size: opinion?.size ?? checkpoint.size,
            whole: true,
            witnesses: cosigned.isEmpty ? nil : standings
        )
        var fields: [(name: String, value: String?)] = [
            (localized("whole", id: "utuh"), localized("yes", id: "ya")),
            (localized("entries", id: "catatan"), String(checkpoint.size)),
            (localized("of these new", id: "di antaranya baru"), before.map { String(checkpoint.size - $0) }),
            (localized("root", id: "akar"), checkpoint.root.description),
            (localized("log", id: "log"), checkpoint.origin),
            (localized("texts erased", id: "teks dihapus"), opinion.map { String($0.erased) }),
            (localized("entry of the receipt", id: "catatan tanda terima"), entry.map { String($0.seq) }),
            (localized("copy", id: "salinan"), copy.path),
        ]
        fields += standings.map(AuditWitnessOptions.field)
        if common.json {
            try Console.print(json: result)
        } else {
            for line in TextTable.fields(fields) { try Console.print(line) }
        }
        try witnesses.require(standings, over: before ?? 0)
    }

    /// Compares with what came another way; the entry of a receipt.
    private func compared(_ copy: LogCopy, isNewest: Bool, knowing keys: [NoteVerifier]) throws -> AuditedEntry? {
        if let checkpoint {
            let note = Data(try InputFile(path: checkpoint).contents(limit: SignedNote.maximumByteCount))
            let origin = try same(copy, as: note)
            _ =
                isNewest && origin.path == copy.path
                ? try origin.compare(withNewest: note) : try origin.compare(with: note)
            return nil
        }
        guard let receipt else { return nil }
        let bytes = Data(try InputFile(path: receipt).contents(limit: 1 << 20))
        guard let evidence = try? CanonicalJSON.decode(AccessEvidence.self, from: bytes) else {
            throw ArchiveError(.badMetadata, "\(receipt) is not the receipt of an access")
        }
        switch try copy.check(evidence, knowing: keys, isNewest: isNewest) {
        case .there(let entry): return entry
        case .lost(let entry, let restart): throw Self.lost(entry, restart)
        }
    }

    /// A receipt that speaks against nobody, for what it is of was lost in the open.
    private static func lost(_ entry: AuditedEntry, _ restart: LogRestart) -> ArchiveError {
        let range =
            restart.kept < restart.size
            ? "the entries \(restart.kept) to \(restart.size - 1) were lost" : "the log before had other entries"
        return ArchiveError(
            .notFound,
            "the receipt is genuine: the log of \(restart.origin) had entry \(entry.seq), \(entry.entry.action) at "
                + "\(Timestamp.text(entry.entry.time)). It is not in the log any more: entry \(restart.seq) says that "
                + range,
            hint:
                "keep the receipt: it is what is left of that entry. `risalah audit log --action log.restart` says why"
        )
    }

    /// The copy, or the one of an earlier origin that `note` is of.
    private func same(_ copy: LogCopy, as note: Data) throws -> LogCopy {
        guard let text = String(data: note, encoding: .utf8) else { return copy }
        let name = text.prefix { $0 != "\n" }
        return try copy.allOrigins().last { try $0.key()?.name.utf8.elementsEqual(name.utf8) ?? false } ?? copy
    }

    // MARK: A proof

    private struct Proved: Encodable {
        var checkpoint: String
        var entry: EntryReport
        var origin: String
        var root: String
        var size: Int
    }

    /// Checks a proof by the key alone.
    private func verify(proofIn file: String) throws {
        let text = String(decoding: try InputFile(path: file).contents(limit: LogProof.maximumByteCount), as: UTF8.self)
        let proof: LogProof
        do {
            proof = try LogProof(parsing: text)
        } catch {
            throw ArchiveError(.badMetadata, "\(file) is not a proof: \(error)")
        }
        let key = try copying.key(of: proof.note, try common.clientHome())
        guard let leaf = proof.extra, let entry = LogEntry(leaf: leaf) else {
            throw ArchiveError(.badMetadata, "the proof in \(file) does not have its entry with it")
        }
        let checkpoint: Checkpoint
        do {
            checkpoint = try proof.verify(leaf: .leaf(leaf), by: key)
        } catch {
            throw ArchiveError(.logMismatch, "the proof in \(file) does not hold: \(error)")
        }
        let found = AuditedEntry(seq: proof.inclusion.leafIndex, entry: entry)
        let report = try AuditedRow.report(found, texts: [], names: nil)
        guard !common.json else {
            return try Console.print(
                json: Proved(
                    checkpoint: proof.note.serialized,
                    entry: report,
                    origin: checkpoint.origin,
                    root: checkpoint.root.description,
                    size: checkpoint.size
                )
            )
        }
        let lines = TextTable.fields([
            (localized("proved", id: "terbukti"), localized("yes", id: "ya")),
            (localized("log", id: "log"), checkpoint.origin),
            (localized("entry", id: "catatan"), "\(report.seq) / \(checkpoint.size)"),
            (localized("time", id: "waktu"), Timestamp.text(report.time)),
            (localized("actor", id: "pelaku"), report.actor),
            (localized("role", id: "peran"), report.role),
            (localized("action", id: "tindakan"), report.action),
            (localized("decision", id: "putusan"), report.decision.rawValue),
            (localized("object", id: "objek"), report.object),
            (localized("label", id: "label"), report.label),
        ])
        let more = (report.details.map { ($0, $1) } + report.commitments.map { ($0, $1) }).sorted { $0.0 < $1.0 }
        for line in lines + TextTable.fields(more) { try Console.print(Console.clean(line)) }
    }
}
