import ArchiveCore
public import Foundation
import TransparencyLog

/// What comparing two copies, of the origin that ended and of the one that signs now, has shown of a succession.
///
/// It holds up: whatever of it an auditor can check was checked, and whoever goes on knows what is gone.
public struct ComparedSuccession: Sendable {
    /// What the archive says, as far as its notes show it.
    public let succession: LogSuccession
    /// What was shown in place of the log that the copy is of; kept as evidence.
    public let fault: LogFault
    /// The entries that the origins began with, those of ``LogSuccession/steps`` that are in the log.
    public let entries: [AuditedEntry]
    /// How many first entries of the copy are in the log still.
    public let common: Int
    /// How many the archive says are.
    public let declared: Int
    /// How many the copy has.
    public let held: Int
    /// The newest checkpoint of the copy, as it was signed.
    public let note: Data
    /// How many entries the origin of the copy had by the checkpoint that was gone on from, where they are more than the
    /// copy has and some of the copy's are not in the log: that the copy's are among them, only the lost ones could prove.
    public let unproved: Int?

    /// Whether only the key is another, by the entry that each origin began with, and the log has all that the copy has.
    public var isRotation: Bool {
        entries.count == succession.steps.count && entries.allSatisfy { $0.entry.action == LogRestart.rotation }
            && missing.isEmpty
    }

    /// Entries of the copy that are not in the log any more.
    public var missing: Range<Int> { common..<held }
}

extension LogCopy {
    /// Where the copy of the next origin is made, beside this one.
    public var successor: LogCopy { LogCopy(path: "\(path).next", files: files, clock: clock) }

    /// Compares with ``successor``, a copy of what the log is now.
    ///
    /// - Throws: ``LogFault``, kept as evidence in this copy, where the entries do not say what the archive says of them,
    ///   where less is in common than was to be kept, or more is missing than was admitted.
    func compare(_ succession: LogSuccession, explaining fault: LogFault) throws -> ComparedSuccession {
        let (own, newest) = (try requiredHead(), try successor.requiredHead())
        do {
            return try compare(own, newest, succession, fault)
        } catch let found as LogFault {
            var attachments = ["origins.json": succession.said]
            if let seq = found.entry, seq < newest.checkpoint.size { attachments["entry"] = try successor.leaf(seq) }
            throw try keep(found, received: newest.note, attachments: attachments)
        }
    }

    private func compare(
        _ own: Head,
        _ newest: Head,
        _ succession: LogSuccession,
        _ fault: LogFault
    ) throws -> ComparedSuccession {
        let held = own.checkpoint.size
        let present = succession.steps.filter { !$0.isLost }
        let roots = try successor.roots(at: present.flatMap { [$0.first.size, $0.superseded.size] }, newest.checkpoint)
        var entries: [AuditedEntry] = []
        var declared = held
        for step in present {
            let entry = try restart(step, in: newest, roots)
            let kept = try kept(step, entry, roots)
            entries.append(AuditedEntry(seq: step.begins, entry: entry))
            declared = min(declared, kept)
        }
        let common = try commonEntries(with: successor, newest.checkpoint.size)
        guard common >= declared else {
            throw LogFault(
                .forked,
                "the log of \(newest.key.name) was to keep the first \(declared) entries, and entry \(common) is another",
                entry: common
            )
        }
        return ComparedSuccession(
            succession: succession,
            fault: fault,
            entries: entries,
            common: common,
            declared: declared,
            held: held,
            note: own.note,
            unproved: common < held ? try admitted(own.checkpoint, succession) : nil
        )
    }

    /// The entry that an origin began with, where the log is the one that its first checkpoint was signed for.
    private func restart(_ step: LogSuccession.Step, in newest: Head, _ roots: [Int: TreeHash]) throws -> LogEntry {
        guard step.first.size <= newest.checkpoint.size else {
            throw LogFault(
                .rolledBack,
                "the log of \(newest.key.name) has \(newest.checkpoint.size) entries, and the first checkpoint of "
                    + "\(step.key.name) was signed for \(step.first.size)"
            )
        }
        guard roots[step.first.size] == step.first.root else {
            throw LogFault(.forked, "the log of \(newest.key.name) is not the one that \(step.key.name) began as")
        }
        guard let entry = LogEntry(leaf: try successor.leaf(step.begins)),
            [LogRestart.action, LogRestart.rotation].contains(entry.action),
            entry.decision == .allow
        else {
            throw LogFault(
                .restart,
                "entry \(step.begins), which \(step.key.name) is said to begin with, is no \(LogRestart.action)",
                entry: step.begins
            )
        }
        return entry
    }

    /// How many entries an origin kept, by its own entry.
    private func kept(_ step: LogSuccession.Step, _ entry: LogEntry, _ roots: [Int: TreeHash]) throws -> Int {
        func contradiction(_ message: String) -> LogFault {
            LogFault(
                .restart,
                "entry \(step.begins), which \(step.key.name) began with, \(message)",
                entry: step.begins
            )
        }
        let (old, details) = (step.superseded, entry.details)
        for (name, value) in [("origin", old.origin), ("size", String(old.size)), ("root", old.root.description)] {
            guard let said = details[name], said.utf8.elementsEqual(value.utf8) else {
                throw contradiction(
                    "has the \(name) \(details[name] ?? "-"), the checkpoint that it came after \(value)"
                )
            }
        }
        guard let text = details["kept"], let kept = Int(text), String(kept) == text, kept >= 0,
            kept <= min(old.size, step.begins), details["lost"] == String(old.size - kept)
        else {
            throw contradiction(
                "says kept \(details["kept"] ?? "-") and lost \(details["lost"] ?? "-") of \(old.size) entries"
            )
        }
        guard kept == old.size || entry.action != LogRestart.rotation else {
            throw contradiction("is no restart, and says that \(old.size - kept) entries are lost")
        }
        // Nothing is lost only where the log has all that the checkpoint was signed for.
        if kept == old.size, roots[kept] != old.root {
            throw contradiction("says that all \(kept) entries were kept, which the log does not have")
        }
        return kept
    }

    /// The roots over the first entries, as many as `sizes` say and the copy has.
    private func roots(at sizes: [Int], _ newest: Checkpoint) throws -> [Int: TreeHash] {
        let wanted = Set(sizes.filter { $0 <= newest.size })
        var tree = TreeFrontier()
        var roots: [Int: TreeHash] = wanted.contains(0) ? [0: tree.root] : [:]
        try forEachLeaf(upTo: wanted.max() ?? 0) { _, leaf in
            tree.append(leafBytes: leaf)
            if wanted.contains(tree.size) { roots[tree.size] = tree.root }
        }
        return roots
    }

    /// How many first entries are the same in this copy and another of `size` entries.
    private func commonEntries(with other: LogCopy, _ size: Int) throws -> Int {
        let held = try requiredHead().checkpoint.size
        let most = min(held, size)
        for first in stride(from: 0, to: most, by: Tile.fullWidth) {
            let (own, others) = (
                try leaves(ofBundle: first / Tile.fullWidth, in: held),
                try other.leaves(ofBundle: first / Tile.fullWidth, in: size)
            )
            for index in 0..<min(Tile.fullWidth, most - first) where own[index] != others[index] {
                return first + index
            }
        }
        return most
    }

    /// Demands that the archive admits to have lost entries that this copy has: that it names a checkpoint of the copy's
    /// origin which goes as far as the copy.
    ///
    /// - Returns: the size of that checkpoint, where it goes beyond the copy.
    private func admitted(_ held: Checkpoint, _ succession: LogSuccession) throws -> Int? {
        let named = succession.steps.map(\.superseded).filter { $0.origin.utf8.elementsEqual(held.origin.utf8) }
        guard let last = named.max(by: { $0.size < $1.size }) else {
            throw LogFault(.restart, "the archive says of no origin that it came after \(held.origin)")
        }
        guard last.size >= held.size else {
            throw LogFault(
                .restart,
                "the archive says that \(held.origin) ended with \(last.size) entries, and it had signed \(held.size)"
            )
        }
        // An equal size with another root was signed for another history.
        let equal = named.filter { $0.size == held.size }
        guard equal.isEmpty || equal.contains(where: { $0.root == held.root }) || last.size > held.size else {
            throw LogFault(.forked, "\(held.origin) had two trees of \(held.size) entries, both signed")
        }
        return last.size > held.size && !equal.contains { $0.root == held.root } ? last.size : nil
    }
}
