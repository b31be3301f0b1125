import AccessPolicy
public import ArchiveCore
import BlindIndex
public import Catalogue
import Foundation
public import Retention
import Transcription
public import Transcripts
public import Vault

/// Keeps the search index in step with the archive: the newest transcript of each recording and what describes it, in the tables of
/// its visibility class and no others (DESIGN.md section 5, Blind index).
///
/// The catalogue notes every change by a trigger, in the change's own transaction, so that none is missed; a note goes when the index
/// says what the catalogue said when it was read. Doing it twice is no error.
public final class IndexKeeper: Sendable {
    let index: BlindIndex
    private let vault: Vault
    private let catalogue: Catalogue
    private let rules: RulesInForce
    private let transcripts: TranscriptDesk
    private let keys: IndexKeys
    private let files: any FileSystem
    private let folder: String
    private let reserve: Int
    /// Taken while something of a recording is read and written to the index: what is removed meanwhile would come back.
    private let turns = Turns<RecordingID>()

    /// A keeper of the index at `path`, which is made where there is none.
    ///
    /// - Parameter reserve: bytes of the disk that it leaves to what cannot be made anew; what changes waits while there is less.
    public init(
        path: String,
        vault: Vault,
        catalogue: Catalogue,
        rules: RulesInForce,
        transcripts: TranscriptDesk,
        reserve: Int = 0,
        files: any FileSystem = LocalFileSystem()
    ) throws {
        index = try BlindIndex.open(path: path, files: files)
        self.files = files
        folder = path.parentFolder
        self.reserve = reserve
        self.vault = vault
        self.catalogue = catalogue
        self.rules = rules
        self.transcripts = transcripts
        keys = try vault.indexKeys()
    }

    /// Closes the database.
    public func close() throws { try index.close() }

    // MARK: Following

    /// Has everything indexed anew, beside the searches that go on, and behind whatever changes; how many recordings wait then.
    @discardableResult
    public func rebuild() async throws -> Int {
        // Others write meanwhile.
        for first in Set(RecordingID.prefixes.compactMap(\.first)) {
            try await catalogue.write { try $0.markForIndexing(beginningWith: String(first)) }
        }
        return try await waiting()
    }

    /// Has everything indexed where the index is new, is of another archive, or is to hold other levels than before; what it is not to
    /// hold any more goes at once.
    private func begin() async throws {
        let policy = rules.current.policy
        let levels = policy.levels.filter(\.isIndexed).map(\.level.name)
        let scope = String(decoding: try CanonicalJSON.encode(levels), as: UTF8.self)
        let indexed = try await classes { policy.rules(for: $0.label.level)?.isIndexed == true }
        let dropped = try await index.drop(allBut: indexed.map(\.index))
        let known = try await index.scope()
        guard dropped > 0 || known != scope else { return }
        try await rebuild()
        try await index.setScope(scope)
    }

    /// How many changes wait to be indexed.
    public func waiting() async throws -> Int { try await catalogue.read { try $0.indexingCount() } }

    /// Recordings that are looked at before a step ends.
    private static let recordingsAtOnce = 200
    /// Bytes of text that are held before they are written.
    private static let bytesAtOnce = 8 << 20

    /// What a step did.
    public struct Step: Sendable {
        /// Changes that the index says now; 0 where none is left.
        public fileprivate(set) var changes = 0
        /// Of what the words could not be read; the rest of it is indexed.
        public fileprivate(set) var troubles: [ArchiveError] = []
    }

    /// Brings some of what has changed into the index.
    ///
    /// - Throws: `exhausted` where the disk has no room for more of it: what waits goes on waiting, and the index says what it said before.
    public func step() async throws -> Step {
        try await begin()
        let changes = try await catalogue.read { try $0.indexing(limit: Self.recordingsAtOnce) }
        var step = Step()
        guard !changes.isEmpty else { return step }
        // Before anything is read: a disk that is full is looked at every second.
        try assertRoom()
        try await index.settle()
        try await turns.holding(Set(changes.map(\.recording))) {
            // Another step may have done it while this one waited for its turn.
            let left = try await catalogue.read { reader in try changes.filter { try reader.isIndexing($0.number) } }
            step.troubles = try await follow(left.map(\.recording))
            // What changed since it was read has another note by now.
            try await catalogue.write { try $0.markIndexed(left.map(\.number)) }
        }
        step.changes = changes.count
        return step
    }

    /// Has the index say what the catalogue says of `recordings`, whose turn it is.
    private func follow(_ recordings: [RecordingID]) async throws -> [ArchiveError] {
        let policy = rules.current.policy
        var troubles: [ArchiveError] = []
        var gone = Set(recordings)
        var waiting: [(visibility: VisibilityClass, document: IndexDocument)] = []
        func write() async throws {
            let now = try await catalogue.read { [waiting] reader in
                try waiting.map { try reader.recording($0.document.recording)?.visibility }
            }
            let classes = try await classes()
            // What has another label by now would stand where others may look; its change waits.
            let current = zip(waiting, now).filter { $0.visibility == $1 }.map(\.0)
            for (visibility, documents) in Dictionary(grouping: current, by: \.visibility) {
                guard let target = classes.first(where: { $0.visibility == visibility }) else { continue }
                try assertRoom()
                try await index.replace(documents.map(\.document), in: target.index)
            }
            gone.subtract(current.map(\.document.recording))
            waiting = []
        }
        for recording in recordings {
            let (row, newest) = try await catalogue.read { reader in
                (try reader.recording(recording), try reader.transcript(of: recording))
            }
            guard let row, row.state.isIndexed, policy.rules(for: row.visibility.label.level)?.isIndexed == true else {
                continue
            }
            do throws(ArchiveError) {
                guard let document = try document(of: row, newest, &troubles) else { continue }
                waiting.append((row.visibility, document))
            } catch {
                // It is damaged, as `check` says; others are not to wait for it.
                troubles.append(error)
            }
            if waiting.reduce(0, { $0 + $1.document.bytes }) >= Self.bytesAtOnce { try await write() }
        }
        try await write()
        if !gone.isEmpty { try await index.remove(Array(gone)) }
        return troubles
    }

    private func assertRoom() throws {
        guard try files.available(at: folder) >= reserve else {
            throw ArchiveError(
                .exhausted,
                "the disk of the archive is nearly full; changes wait to be indexed",
                hint: "make room; the index then follows by itself"
            )
        }
    }

    /// What is to be found of a recording; nil where its keys are gone.
    private func document(
        of row: RecordingRow,
        _ newest: TranscriptRow?,
        _ troubles: inout [ArchiveError]
    ) throws(ArchiveError) -> IndexDocument? {
        func reading<Value>(_ body: () throws -> Value) throws(ArchiveError) -> Value {
            do {
                return try body()
            } catch let error as ArchiveError {
                throw error
            } catch {
                throw ArchiveError(.storage, "recording \(row.id) cannot be read: \(error)")
            }
        }
        let described = try reading { () -> DescribingFields? in
            guard let seal = try vault.seals(of: [row.id])[row.id], let sealed = row.sealed else { return nil }
            let opened = try seal.open(sealed, field: DescribingFields.field)
            return try CanonicalJSON.decode(DescribingFields.self, from: opened)
        }
        guard let fields = described else { return nil }
        var texts: TranscriptTexts?
        do throws(ArchiveError) {
            texts = try reading { try newest.map(transcripts.texts) }
        } catch {
            // What describes the recording is not damaged, and can be found.
            troubles.append(error)
        }
        return IndexDocument(
            recording: row.id,
            // Without its words it is not of that state: when they can be read again, `check` has it indexed anew.
            revision: Self.revision(description: row.revision, transcript: texts == nil ? nil : newest?.revision),
            time: row.started ?? row.received,
            language: texts?.language,
            title: fields.title,
            participants: fields.participants,
            description: fields.description,
            speakers: texts?.speakers ?? [],
            segments: texts?.segments.map(\.text) ?? []
        )
    }

    /// Which state of a recording a document is of: the revision of what describes it, and that of its transcript.
    private static func revision(description: Int, transcript: Int?) -> Int64 {
        Int64(description) << 32 | Int64((transcript ?? -1) + 1)
    }

    /// Those of the catalogue's classes that are wanted, and what the index knows them by. Nothing is done for others: they must not be felt.
    func classes(
        where isWanted: @Sendable (VisibilityClass) -> Bool = { _ in true }
    ) async throws -> [(visibility: VisibilityClass, index: IndexClass)] {
        try await catalogue.read { try $0.classes() }.filter { isWanted($0.visibility) }.map { number, visibility in
            (visibility, IndexClass(number: number, key: keys.key(of: visibility)))
        }
    }
}

// MARK: Keeping and destroying

extension IndexKeeper: RecordingIndex {
    /// Takes recordings out, and whatever is just being written of them.
    public func remove(_ recordings: [RecordingID]) async throws {
        try await turns.holding(Set(recordings)) { try await index.remove(recordings) }
    }

    /// Leaves nothing of what was taken out in any file.
    public func scrub() async throws {
        guard try await index.needsScrub() else { return }
        try await index.scrub()
    }

    /// What is wrong with its file.
    public func faults() async throws -> [String] { try await index.faults() }

    /// Compares it with the catalogue. What waits to be indexed is no difference; what is one is indexed anew, or taken out.
    public func mend(beginningWith prefix: String) async throws -> [IndexDifference] {
        // Of an index that is new, or was to hold something else, everything waits.
        try await begin()
        let found = try await index.contents(beginningWith: prefix)
        let states = try await catalogue.read { try $0.indexableStates(beginningWith: prefix) }
        let expected = try await expected(states)
        var has = Dictionary(found.map { ($0.recording, $0) }) { first, _ in first }
        var suspects: [RecordingID] = []
        for state in states {
            let known = has.removeValue(forKey: state.recording)
            if !state.isWaiting, known != expected[state.recording] { suspects.append(state.recording) }
        }
        // What is left the catalogue does not have at all.
        suspects += has.keys
        var differences: [IndexDifference] = []
        for recording in suspects {
            if let difference = try await mend(recording) { differences.append(difference) }
        }
        return differences
    }

    /// Looks again, when nothing is just being written of it.
    private func mend(_ recording: RecordingID) async throws -> IndexDifference? {
        try await turns.holding([recording]) {
            let has = try await index.contents(beginningWith: recording.description).first
            let state = try await catalogue.read { try $0.indexableStates(beginningWith: recording.description).first }
            let wanted = try await expected([state].compactMap(\.self))[recording]
            // Without keys there is nothing to index; that they are gone is a fault of its own.
            guard state?.isWaiting != true, has != wanted, try wanted == nil || vault.holdsKeys(of: recording) else {
                return nil
            }
            guard let wanted else {
                try await index.remove([recording])
                return IndexDifference(recording: recording, message: "the search index had it, and should not")
            }
            try await catalogue.write { try $0.markForIndexing([recording]) }
            let what = has == nil ? "did not have it" : "had another state of it"
            return IndexDifference(
                recording: wanted.recording,
                message: "the search index \(what); it is being indexed anew"
            )
        }
    }

    /// What the index is to have of recordings in these states; nothing of those that are not to be found.
    private func expected(_ states: [IndexableState]) async throws -> [RecordingID: IndexedDocument] {
        let policy = rules.current.policy
        let indexed = try await catalogue.read { try $0.classes() }
            .filter { policy.rules(for: $0.visibility.label.level)?.isIndexed == true }.map(\.id)
        let numbers = Set(indexed)
        return states.reduce(into: [:]) { expected, state in
            guard state.state.isIndexed, numbers.contains(state.classNumber) else { return }
            expected[state.recording] = IndexedDocument(
                recording: state.recording,
                revision: Self.revision(description: state.description, transcript: state.transcript),
                classNumber: state.classNumber
            )
        }
    }
}

extension RecordingRow.State {
    /// Whether a recording in this state can be found by its words.
    fileprivate var isIndexed: Bool { self == .stored || self == .incomplete }
}
