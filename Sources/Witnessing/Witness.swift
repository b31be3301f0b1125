public import ArchiveCore
public import Foundation
import Synchronization
public import TransparencyLog

/// One witness: says of checkpoints that they continue what it saw before (C2SP tlog-witness), and never of two that
/// contradict each other.
///
/// For each log it keeps the newest checkpoint that it cosigned, on stable storage before the cosignature leaves. Its
/// methods block on the disk.
public final class Witness: Sendable {
    /// What it cosigned last for a log.
    public struct Head: Sendable {
        /// The name of the log.
        public let origin: String
        /// How many entries.
        public let size: Int
        /// When it cosigned, in seconds since 1970.
        public let time: Int
    }

    /// Incidents of one kind that are kept for one log; the first ones, which show where it parted.
    static let incidentLimit = 64

    /// What checks its cosignatures.
    public var verifier: CosignatureVerifier { signer.verifier }

    private let signer: CosignatureSigner
    private let layout: WitnessLayout
    private let clock: any ArchiveClock
    private let files: any FileSystem
    private let report: @Sendable (String) -> Void
    /// By origin, as bytes: strings compare by canonical equivalence, origins must not.
    private let logs: [[UInt8]: WitnessedLog]
    /// The lines of the file `known`.
    private let known: Mutex<[[UInt8]]>
    private let lock: FileLock

    /// A witness with the state in the folder `state`, which no other process may use meanwhile.
    ///
    /// - Parameters:
    ///   - logs: keys of logs that it cosigns for; a log may have several.
    ///   - report: told, in a line for the operator, of what speaks against a log.
    /// - Throws: `conflict` where another process runs it; `log-mismatch` where what it kept is not what it cosigned, or is
    ///   not there any more.
    public init(
        state: String,
        key: WitnessKey,
        logs: [NoteVerifier],
        clock: any ArchiveClock = SystemClock(),
        files: any FileSystem = LocalFileSystem(),
        report: @escaping @Sendable (String) -> Void
    ) throws(ArchiveError) {
        let layout = WitnessLayout(folder: state)
        signer = key.signer
        lock = try FileLock.ofFolder(with: layout.lock)
        try files.makeFolder(layout.heads, label: "witness.folder")
        try files.makeFolder(layout.evidence, label: "witness.folder")
        let remembered = (try files.contents(layout.known) ?? []).split(separator: UInt8(ascii: "\n")).map(Array.init)
        var found: [[UInt8]: WitnessedLog] = [:]
        for verifier in logs {
            let origin = Array(verifier.name.utf8)
            guard found[origin] == nil else { continue }
            let keys = logs.filter { Array($0.name.utf8) == origin }
            let path = layout.head(of: verifier.name)
            let note = try files.contents(path).map { bytes throws(ArchiveError) in
                try Self.checked(bytes, at: path, by: keys, cosigned: key.signer.verifier)
            }
            // A log that was cosigned is never new again: else the loss of a file would make this a witness of any rewriting.
            guard note != nil || !remembered.contains(origin) else {
                throw ArchiveError(
                    .logMismatch,
                    "\(path), what was cosigned last for \(verifier.name), is gone",
                    hint:
                        "restore it from a backup. Where it is lost for good, tell whoever relies on this witness, take the "
                        + "name out of \(layout.known), and it begins anew"
                )
            }
            found[origin] = WitnessedLog(keys: keys, note)
        }
        self.logs = found
        known = Mutex(remembered)
        self.layout = layout
        self.clock = clock
        self.files = files
        self.report = report
        for log in found.values where log.newest.withLock({ $0 != nil }) { try remember(log.keys[0].name) }
    }

    /// Notes that there is a head of `origin`, which from now on has to be there.
    private func remember(_ origin: String) throws(ArchiveError) {
        let name = Array(origin.utf8)
        let outcome = known.withLock { known in
            Result { () throws(ArchiveError) in
                guard !known.contains(name) else { return }
                let lines = (known + [name]).flatMap { $0 + [UInt8(ascii: "\n")] }
                try files.replace(layout.known, with: lines, label: "witness.known")
                known.append(name)
            }
        }
        try outcome.get()
    }

    /// Lets another process run it.
    public func close() { lock.release() }

    /// What it cosigned last, by the names of the logs.
    public var heads: [Head] {
        logs.values.compactMap { log in
            log.newest.withLock {
                $0.map { .init(origin: $0.checkpoint.origin, size: $0.checkpoint.size, time: $0.time) }
            }
        }
        .sorted { $0.origin < $1.origin }
    }

    /// Answers the body of an `add-checkpoint`; what it cosigns is durable before this returns.
    ///
    /// - Throws: `input-output` where the disk refuses: then nothing was cosigned.
    public func answer(_ body: Data) throws(ArchiveError) -> WitnessAnswer {
        let (request, checkpoint): (AddCheckpoint, Checkpoint)
        do {
            request = try AddCheckpoint(parsing: body)
            checkpoint = try Checkpoint(parsing: request.note.text)
        } catch {
            return .malformed("\(error)")
        }
        guard let log = logs[Array(checkpoint.origin.utf8)] else { return .unknownLog }
        guard let note = log.signed(request.note) else { return .notSigned }
        guard request.oldSize <= checkpoint.size else {
            return .malformed("the old size \(request.oldSize) is above the checkpoint's \(checkpoint.size)")
        }
        // Checked and stored under one lock for each log: else an older checkpoint could replace a newer one.
        let outcome = log.newest.withLock { newest in
            Result { () throws(ArchiveError) in
                try answer(request, checkpoint, note, of: log, after: &newest)
            }
        }
        return try outcome.get()
    }

    private func answer(
        _ request: AddCheckpoint,
        _ checkpoint: Checkpoint,
        _ note: SignedNote,
        of log: WitnessedLog,
        after newest: inout WitnessedLog.Newest?
    ) throws(ArchiveError) -> WitnessAnswer {
        let known = newest?.checkpoint.size ?? 0
        guard request.oldSize == known else {
            // Nothing was asked to be cosigned on top of what is known, but the two may contradict each other all the same.
            if checkpoint.size == known, checkpoint.root != newest?.checkpoint.root ?? .empty {
                try keep(.otherRoot, request, note, checkpoint, log, newest)
            }
            return .conflict(size: known)
        }
        guard checkpoint.size > known else {
            guard checkpoint.root == newest?.checkpoint.root ?? .empty else {
                try keep(.otherRoot, request, note, checkpoint, log, newest)
                return .conflict(size: known)
            }
            guard request.proof.isEmpty else { return .notConsistent("nothing is to be proved between equal sizes") }
            return try cosign(checkpoint, note, of: log, after: &newest)
        }
        do {
            if let root = newest?.checkpoint.root, known > 0 {
                let proof = ConsistencyProof(oldSize: known, newSize: checkpoint.size, hashes: request.proof)
                try proof.verify(oldRoot: root, newRoot: checkpoint.root)
            } else if !request.proof.isEmpty {
                return .notConsistent("a proof from the size 0 must be empty")
            }
        } catch {
            try keep(.notConsistent, request, note, checkpoint, log, newest)
            return .notConsistent("\(error)")
        }
        return try cosign(checkpoint, note, of: log, after: &newest)
    }

    private func cosign(
        _ checkpoint: Checkpoint,
        _ note: SignedNote,
        of log: WitnessedLog,
        after newest: inout WitnessedLog.Newest?
    ) throws(ArchiveError) -> WitnessAnswer {
        // A clock that was set back must not make a newer statement look older.
        let time = max(Int(clock.now.timeIntervalSince1970), newest?.time ?? 0)
        let cosigned: SignedNote
        let signature: SignedNote.Signature
        do {
            signature = try signer.cosign(checkpoint, at: time)
            cosigned = try SignedNote(text: note.text, signatures: note.signatures + [signature])
        } catch {
            throw ArchiveError(.unexpected, "cosigning failed: \(error)")
        }
        // The same head again changes nothing that has to be remembered: whoever repeats requests costs no disk.
        if newest?.checkpoint != checkpoint {
            let path = layout.head(of: checkpoint.origin)
            try files.replace(path, with: cosigned.serialized.utf8, label: "witness.head")
            // After the head, and before anybody has a cosignature that it stands for.
            try remember(checkpoint.origin)
        }
        newest = WitnessedLog.Newest(checkpoint: checkpoint, note: cosigned, time: time)
        return .cosigned(signature)
    }

    // MARK: Evidence

    private func keep(
        _ kind: Incident.Kind,
        _ request: AddCheckpoint,
        _ note: SignedNote,
        _ checkpoint: Checkpoint,
        _ log: WitnessedLog,
        _ newest: WitnessedLog.Newest?
    ) throws(ArchiveError) {
        let path = layout.incident(of: checkpoint.origin, kind, size: checkpoint.size, note: note.text)
        guard try files.length(path) == nil else { return }
        let what =
            switch kind {
            case .otherRoot: "signed another root for \(checkpoint.size) entries than the one cosigned here"
            case .notConsistent:
                "signed \(checkpoint.size) entries that were not proved to continue the \(request.oldSize) cosigned here"
            }
        guard try hasRoom(for: kind, of: checkpoint.origin, log) else {
            let number = log.surplus.withLock { surplus in
                surplus[kind, default: 0] += 1
                return surplus[kind, default: 0]
            }
            // The first, the second, the fourth…: whoever repeats requests must not fill the journal either.
            guard number.nonzeroBitCount == 1 else { return }
            return report(
                "\(checkpoint.origin) \(what); \(Self.incidentLimit) such are kept already, \(number) more came since the start"
            )
        }
        let incident = Incident(
            kind: kind,
            time: clock.now,
            log: log.keys[0].vkey,
            cosigned: newest?.note.serialized,
            refused: note.serialized,
            proof: request.proof.map(\.description),
            oldSize: request.oldSize
        )
        let bytes: Data
        do {
            bytes = try CanonicalJSON.encode(incident)
        } catch {
            throw ArchiveError(.unexpected, "an incident cannot be written: \(error)")
        }
        try files.replace(path, with: bytes + Data("\n".utf8), label: "witness.evidence")
        report("\(checkpoint.origin) \(what); kept as \(path)")
    }

    private func hasRoom(
        for kind: Incident.Kind,
        of origin: String,
        _ log: WitnessedLog
    ) throws(ArchiveError) -> Bool {
        // Nothing that is kept is ever removed: once there is no room the folder need not be read again.
        guard log.surplus.withLock({ $0[kind] == nil }) else { return false }
        let prefix = layout.prefix(of: origin, kind)
        return try files.names(in: layout.evidence).count { $0.hasPrefix(prefix) } < Self.incidentLimit
    }

    /// What was stored is believed only if the log and this witness signed it: else the disk would decide what is cosigned.
    private static func checked(
        _ bytes: [UInt8],
        at path: String,
        by keys: [NoteVerifier],
        cosigned verifier: CosignatureVerifier
    ) throws(ArchiveError) -> WitnessedLog.Newest {
        do {
            let note = try SignedNote(parsing: Data(bytes))
            guard WitnessedLog(keys: keys, nil).signed(note) != nil else {
                throw ArchiveError(
                    .logMismatch,
                    "no trusted key of the log signed what \(path) holds",
                    hint: "has the key of the log changed? Its new one is a new log, under another name"
                )
            }
            return .init(checkpoint: try Checkpoint(parsing: note.text), note: note, time: try verifier.verify(note))
        } catch let error as ArchiveError {
            throw error
        } catch {
            throw ArchiveError(
                .logMismatch,
                "\(path) is not what this witness cosigned: \(error)",
                hint: "restore it from a backup; without it this witness would cosign a log that was rewritten"
            )
        }
    }
}
