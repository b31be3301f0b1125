import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Auditing
import Foundation
import TransparencyLog

/// A log that went on under another origin, as an archive shows it, and a copy of the origin that ended.
struct Restarted {
    /// What is said in the entry of a restart, which a test may change.
    typealias Details = [String: String]

    let folder: TemporaryFolder
    let (old, new): (NoteSigner, NoteSigner)
    let copy: LogCopy
    /// The log under the new origin.
    let log: LyingLog
    /// What the old origin had signed last, with ``held`` entries or more.
    let superseded: Data
    /// The entry that the new origin began with.
    let begins: Int

    /// - Parameters:
    ///   - held: entries of the copy.
    ///   - ended: entries of the old origin when it ended.
    ///   - kept: entries of the old origin that the new one has.
    ///   - grown: entries that came under the old origin after it was put back.
    ///   - told: how many the entry of the restart says are kept; as many as are where it is nil.
    init(
        held: Int = 300,
        ended: Int? = nil,
        kept: Int = 270,
        grown: Int = 0,
        told: Int? = nil,
        later: Int = 330,
        changing changed: Int? = nil,
        action: String = "log.restart",
        saying change: (inout Details) -> Void = { _ in }
    ) async throws {
        folder = try TemporaryFolder()
        (old, new) = (try LyingLog.signer("arsip.example/old"), try LyingLog.signer("arsip.example/new"))
        copy = LogCopy(path: folder.file("audit"), clock: ManualClock())
        _ = try await copy.sync(from: LyingLog.made(held, by: old), trusting: old.verifier)
        superseded = try LyingLog.made(ended ?? held, by: old).note()
        begins = kept + grown
        var leaves = try LyingLog.leaves(kept) + LyingLog.leaves(grown, variant: "g", from: kept)
        if let changed { leaves[changed] = try LyingLog.leaves(1, variant: "c", from: changed)[0] }
        leaves.append(try Self.restart(after: superseded, by: old.verifier, kept: told ?? kept, action, saying: change))
        leaves += try LyingLog.leaves(later, variant: "b", from: begins + 1)
        log = LyingLog(leaves, signer: new)
    }

    /// The entry of a restart.
    static func restart(
        after note: Data,
        by key: NoteVerifier,
        kept: Int,
        _ action: String = "log.restart",
        saying change: (inout Details) -> Void = { _ in }
    ) throws -> Data {
        let old = try key.checkpoint(in: SignedNote(parsing: note))
        var details = [
            "origin": old.origin, "size": String(old.size), "root": old.root.description, "kept": String(kept),
            "lost": String(old.size - kept),
        ]
        change(&details)
        return try LogEntry(
            time: Date(timeIntervalSince1970: 1_795_000_000),
            actor: .hostUser(7),
            action: action,
            object: nil,
            label: nil,
            decision: .allow,
            details: details,
            commitments: [:]
        ).leaf()
    }

    /// `note` with further signatures.
    static func signed(_ note: Data, by signers: [NoteSigner]) throws -> String {
        let first = try SignedNote(parsing: note)
        return try SignedNote(
            text: first.text,
            signatures: first.signatures + signers.flatMap { try $0.sign(first.text).signatures }
        ).serialized
    }

    static func first(_ key: NoteVerifier) -> LogOrigin {
        LogOrigin(
            origin: key.name,
            verificationKey: key.vkey,
            begins: 0,
            checkpoint: nil,
            superseded: nil,
            lost: false
        )
    }

    static func later(
        _ key: NoteVerifier,
        begins: Int,
        _ checkpoint: String,
        after superseded: Data,
        lost: Bool = false
    ) -> LogOrigin {
        LogOrigin(
            origin: key.name,
            verificationKey: key.vkey,
            begins: begins,
            checkpoint: checkpoint,
            superseded: String(decoding: superseded, as: UTF8.self),
            lost: lost
        )
    }

    /// What the archive says of its origins.
    func origins(signedBy signer: NoteSigner?) throws -> [LogOrigin] {
        let checkpoint = try Self.signed(log.note(size: begins + 1), by: [signer].compactMap(\.self))
        return [
            Self.first(old.verifier),
            Self.later(new.verifier, begins: begins, checkpoint, after: superseded),
        ]
    }

    func origins() throws -> [LogOrigin] { try origins(signedBy: old) }

    func succession(_ origins: [LogOrigin]) throws -> LogSuccession {
        try LogSuccession(from: copy.requiredHead(), origins)
    }

    /// Follows the log, and says what was compared.
    @discardableResult
    func follow(
        _ log: LyingLog? = nil,
        _ origins: [LogOrigin]? = nil,
        of copy: LogCopy? = nil,
        accepting accepts: Bool = true
    ) async throws -> ComparedSuccession? {
        let copy = copy ?? self.copy
        let turn = try await copy.turn(patience: .seconds(120))
        defer { turn.release() }
        var seen: ComparedSuccession?
        do {
            _ = try await copy.follow(
                log ?? self.log,
                trusting: nil,
                in: turn,
                origins: { try origins ?? self.origins() },
                accepting: {
                    seen = $0
                    if !accepts { throw ArchiveError(.conflict, "nobody wants it") }
                }
            )
        } catch let error as ArchiveError where error.code == .conflict && !accepts {}
        return seen
    }

    /// The fault that following ends with.
    func fault(_ log: LyingLog? = nil, _ origins: [LogOrigin]? = nil) async throws -> LogFault? {
        do {
            _ = try await follow(log, origins)
            return nil
        } catch let fault as LogFault {
            return fault
        }
    }
}
