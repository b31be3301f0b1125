import ArchiveCore
public import ArchiveInterface
import Foundation
public import TransparencyLog

/// How the archive says that its log went on under another origin, after a database was put back that is behind what it had
/// answered. What of it the notes themselves can show was checked; ``ComparedSuccession`` is what the entries show.
public struct LogSuccession: Sendable {
    /// An origin that came after the one that the copy is of.
    public struct Step: Sendable {
        /// The key of its checkpoints, named after it.
        public let key: NoteVerifier
        /// The place of its first entry, which says what was lost and why.
        public let begins: Int
        /// Its first checkpoint.
        public let first: Checkpoint
        /// That checkpoint as it was signed.
        public let note: String
        /// The last checkpoint of an origin before, which the log was behind; signed by that origin's key.
        public let superseded: Checkpoint
        /// Whether the key of the copy, or one that it leads to, signed the first checkpoint too.
        public let isVouchedFor: Bool
        /// Whether the log does not have its entries any more, by what the archive says.
        public let isLost: Bool
    }

    /// The origins since, oldest first; the last one signs now.
    public let steps: [Step]
    /// The key that the copy was made under.
    public let oldKey: NoteVerifier
    /// What the archive said, canonical JSON, for the evidence.
    let said: Data

    /// Whether the key that signs now was introduced by the one of the copy.
    public var isVouchedFor: Bool { steps.last?.isVouchedFor ?? true }

    /// The key that signs now.
    public var newKey: NoteVerifier { steps.last?.key ?? oldKey }

    /// Reads what `origins` (`GET /v1/audit/origins`, oldest first) say of the log that `head` is of.
    ///
    /// - Throws: ``LogFault`` where they do not say how one came of the other.
    public init(from head: LogCopy.Head, _ origins: [LogOrigin]) throws(LogFault) {
        guard let own = origins.firstIndex(where: { $0.verificationKey.utf8.elementsEqual(head.key.vkey.utf8) }) else {
            throw LogFault(.otherOrigin, "the archive does not say that its log ever was \(head.key.vkey)")
        }
        // Each is checked with the keys of all before it.
        guard origins.count <= Self.most else {
            throw LogFault(.restart, "the archive says of \(origins.count) origins, more than \(Self.most)")
        }
        guard own + 1 < origins.count else {
            throw LogFault(.otherOrigin, "the archive says that its log is \(head.key.name), and shows another")
        }
        var known: [NoteVerifier] = []
        var trusted = [head.key]
        var steps: [Step] = []
        for (number, origin) in origins.enumerated() {
            let key = try Self.key(of: origin)
            if number > own {
                let step = try Self.step(origin, key, after: known, trusted)
                if step.isVouchedFor { trusted.append(key) }
                steps.append(step)
            }
            known.append(key)
        }
        guard let last = steps.last, !last.isLost else {
            throw LogFault(.restart, "the archive says that the entries of the origin that signs now are lost")
        }
        let beginnings = steps.filter { !$0.isLost }.map(\.begins)
        guard zip(beginnings, beginnings.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw LogFault(.restart, "the archive says of its origins that later ones began before earlier ones")
        }
        self.steps = steps
        oldKey = head.key
        said = (try? CanonicalJSON.encode(LogOriginList(origins: origins))) ?? Data()
    }

    private static let most = 256

    private static func key(of origin: LogOrigin) throws(LogFault) -> NoteVerifier {
        do {
            return try NoteVerifier(vkey: origin.verificationKey)
        } catch {
            throw LogFault(.restart, "the key of the origin \(origin.origin) is none: \(error)")
        }
    }

    private static func step(
        _ origin: LogOrigin,
        _ key: NoteVerifier,
        after known: [NoteVerifier],
        _ trusted: [NoteVerifier]
    ) throws(LogFault) -> Step {
        let text = origin.checkpoint ?? ""
        let note: SignedNote
        let first: Checkpoint
        do {
            note = try SignedNote(parsing: text)
            first = try key.checkpoint(in: note)
        } catch {
            throw LogFault(.restart, "the first checkpoint of the origin \(key.name) is none: \(error)")
        }
        guard first.size > origin.begins, origin.begins >= 0 else {
            throw LogFault(
                .restart,
                "the origin \(key.name) is said to begin at entry \(origin.begins), which its first checkpoint of "
                    + "\(first.size) entries does not have"
            )
        }
        return Step(
            key: key,
            begins: origin.begins,
            first: first,
            note: text,
            superseded: try superseded(origin, known),
            isVouchedFor: trusted.contains { (try? $0.verify(note)) != nil },
            isLost: origin.lost
        )
    }

    /// The checkpoint that an origin came after: it names the origin that signed it, one of those before.
    private static func superseded(_ origin: LogOrigin, _ known: [NoteVerifier]) throws(LogFault) -> Checkpoint {
        guard let text = origin.superseded else {
            throw LogFault(.restart, "the archive does not say which checkpoint the origin \(origin.origin) came after")
        }
        do {
            let note = try SignedNote(parsing: text)
            let name = try Checkpoint(parsing: note.text).origin
            guard let key = known.last(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
                throw LogFault(.restart, "\(origin.origin) is said to come after \(name), which is no origin before it")
            }
            return try key.checkpoint(in: note)
        } catch let fault as LogFault {
            throw fault
        } catch {
            throw LogFault(.restart, "the checkpoint that \(origin.origin) came after is none: \(error)")
        }
    }
}
