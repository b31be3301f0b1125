import ArchiveCore
import Foundation
public import TransparencyLog

/// What has become of the entry that a receipt was given for.
public enum ReceiptStanding: Sendable {
    /// The log has it.
    case there(AuditedEntry)
    /// The archive went on without it under another origin, and says so in the log.
    case lost(AuditedEntry, LogRestart)

    /// The entry as the receipt proves it.
    public var entry: AuditedEntry {
        switch self {
        case .there(let entry), .lost(let entry, _): entry
        }
    }
}

/// What the first entry of an origin says of the one before: where a database was put back, and what that lost, or where
/// another key took the place of the one before, and nothing was.
public struct LogRestart: Sendable {
    /// The action of such an entry after a database was put back.
    static let action = "log.restart"
    /// The action of such an entry where only the key is another.
    static let rotation = "log.rotate"

    /// Its number.
    public let seq: Int
    /// The name of the origin that ended.
    public let origin: String
    /// How many entries of that were kept.
    public let kept: Int
    /// How many it had by the last checkpoint that the archive remembered.
    public let size: Int
    /// The root of that checkpoint, base64.
    let root: String

    /// The entries that the log had before and has not any more; empty where only others stand in their places.
    public var lost: Range<Int> { kept..<max(kept, size) }

    /// Nil where the entry is none of a restart.
    init?(_ found: AuditedEntry) {
        let details = found.entry.details
        guard [Self.action, Self.rotation].contains(found.entry.action), found.entry.decision == .allow,
            let origin = details["origin"],
            let kept = details["kept"].flatMap({ Int($0) }), let size = details["size"].flatMap({ Int($0) }),
            let root = details["root"], kept >= 0, kept <= found.seq, size >= 0
        else { return nil }
        seq = found.seq
        self.origin = origin
        self.kept = kept
        self.size = size
        self.root = root
    }
}

extension LogCopy {
    /// Checks a receipt against the log: whether it has the entry still, and whether the receipt's checkpoint and this copy
    /// are of one history.
    ///
    /// A receipt of an origin that ended is compared with what was kept of that in this log, and with the copy of it that
    /// was moved aside.
    ///
    /// - Parameters:
    ///   - keys: of origins that the log had, beside those of the copies that are here.
    ///   - isNewest: whether the copy goes as far as the archive does now.
    /// - Throws: `bad-metadata` where the receipt shows nothing by itself; ``LogFault``, kept as evidence, where it does and
    ///   the log is another; `stale` where the copy does not go far enough to tell.
    public func check(
        _ receipt: AccessEvidence,
        knowing keys: [NoteVerifier] = [],
        isNewest: Bool
    ) throws -> ReceiptStanding {
        let copies = try allOrigins()
        let shown = try receipt.verified(by: keys + copies.compactMap { try $0.key() })
        let attachments = ["receipt.json": try CanonicalJSON.encode(receipt)]
        if try key() == shown.key { return try check(shown, attachments, isNewest: isNewest) }
        // What a copy that was moved aside has of it, is compared with that first: it has the most.
        var standing: ReceiptStanding?
        if let own = try copies.last(where: { try $0.key() == shown.key }),
            try own.requiredHead().checkpoint.size >= shown.checkpoint.size
        {
            standing = try own.check(shown, attachments, isNewest: false)
        }
        guard let restart = try restart(after: shown.checkpoint.origin) else {
            if let standing { return standing }
            throw ArchiveError(
                .stale,
                "the receipt is genuine, and of \(shown.checkpoint.origin), an origin that has ended; the copy does not have "
                    + "the entry that says what was lost of it",
                hint: "copy the log that goes on from it: `risalah audit verify --accept-origin`"
            )
        }
        do {
            return try compare(shown, with: restart)
        } catch let fault as LogFault {
            throw try keep(fault, received: Data(shown.note.serialized.utf8), attachments: attachments)
        }
    }

    /// A receipt of the origin of this copy.
    private func check(
        _ shown: AccessEvidence.Verified,
        _ attachments: [String: Data],
        isNewest: Bool
    ) throws -> ReceiptStanding {
        let note = Data(shown.note.serialized.utf8)
        let checkpoint = isNewest ? try compare(withNewest: note) : try compare(with: note)
        guard try leaf(shown.entry.seq) == shown.leaf else {
            // Two leaves under one root: a collision of SHA-256, or a copy that changed meanwhile.
            let fault = LogFault(
                .receipt,
                "entry \(shown.entry.seq) of \(checkpoint.size) is not the one that the receipt proves",
                entry: shown.entry.seq
            )
            throw try keep(fault, received: note, attachments: attachments)
        }
        return .there(shown.entry)
    }

    /// What the log says of the end of an origin; nil where it says nothing.
    private func restart(after origin: String) throws -> LogRestart? {
        try restarts().last { $0.origin.utf8.elementsEqual(origin.utf8) }
    }

    /// Where the log went on under another origin, oldest first.
    public func restarts() throws -> [LogRestart] {
        try [LogRestart.action, LogRestart.rotation].flatMap { action in
            try read(EntryQuery(action: action)) { $0.compactMap(LogRestart.init) }
        }.sorted { $0.seq < $1.seq }
    }

    /// A receipt of an origin that ended as `restart` says.
    private func compare(_ shown: AccessEvidence.Verified, with restart: LogRestart) throws -> ReceiptStanding {
        let (seq, checkpoint) = (shown.entry.seq, shown.checkpoint)
        guard checkpoint.size <= restart.size else {
            throw LogFault(
                .rolledBack,
                "the log of \(restart.origin) had \(checkpoint.size) entries when the receipt was given; entry "
                    + "\(restart.seq), which says what was lost of it, knows of \(restart.size) only",
                entry: restart.seq
            )
        }
        guard checkpoint.size < restart.size || checkpoint.root.description == restart.root else {
            throw LogFault(
                .forked,
                "the receipt and entry \(restart.seq) have two roots for the \(checkpoint.size) entries of "
                    + restart.origin,
                entry: restart.seq
            )
        }
        // A restart may also be onto another history of the same length, and then says so by its root.
        let isAnother = try restart.size <= restart.kept && root(at: restart.size).description != restart.root
        guard seq < restart.kept else { return .lost(shown.entry, restart) }
        guard try leaf(seq) == shown.leaf else {
            if isAnother { return .lost(shown.entry, restart) }
            throw LogFault(
                .forked,
                "the log kept the first \(restart.kept) entries of \(restart.origin), as entry \(restart.seq) says, and "
                    + "entry \(seq) is not the one that the receipt proves",
                entry: seq
            )
        }
        guard try isAnother || checkpoint.size > restart.kept || root(at: checkpoint.size) == checkpoint.root else {
            throw LogFault(
                .forked,
                "the first \(checkpoint.size) entries are not those of \(restart.origin) when the receipt was given",
                entry: seq
            )
        }
        return .there(shown.entry)
    }
}
