public import ArchiveClient
public import ArchiveCore
internal import Foundation
internal import Synchronization

/// What was imported, by the digests of the sources: what is in it is never sent again.
///
/// It is a file of lines that is only ever added to. Each line is on stable storage before what comes after it is done:
/// the address of an upload before its first byte is sent, so that whoever was killed can ask afterwards what became of it.
/// A line that was cut off by that was never acted upon, and is dropped. Nothing in it tells what a recording is about.
public final class ImportJournal: Sendable {
    /// Where a source stands.
    enum Standing: Equatable {
        /// Nothing of it was sent.
        case new
        /// An upload was begun, of which nobody knows what became.
        case begun(url: String)
        /// The archive has it; and has its transcript, where it had one.
        case stored(RecordingID, hasTranscript: Bool)
        /// It is being sent, from another file with the same bytes.
        case busy
    }

    fileprivate struct Line: Codable {
        enum Event: String, Codable { case begun, stored, transcript, attachment }
        var source: SourceDigest
        var event: Event
        var url: String?
        var recording: RecordingID?
        /// What was attached.
        var attachment: SourceDigest?
    }

    fileprivate struct State {
        var standings: [SourceDigest: Standing] = [:]
        var busy: Set<SourceDigest> = []
        var attached: [SourceDigest: Set<SourceDigest>] = [:]
        var length: Int
        /// What is behind ``length`` is not known any more.
        var isBroken = false
    }

    private static let longest = 1 << 30

    private let file: any OpenFile
    private let lock: FileLock
    private let state: Mutex<State>

    /// Opens the journal of `home`, which is made where it is absent.
    ///
    /// - Throws: `conflict` while another import has it; `storage` where a line of it is not what was written.
    public init(of home: ClientHome, in files: any FileSystem = LocalFileSystem()) throws(ArchiveError) {
        let folder = "\(home.path)/imports"
        try files.makeFolder(folder, label: "journal.folder")
        let path = "\(folder)/journal"
        guard let lock = try FileLock(file: "\(folder)/lock") else {
            throw ArchiveError(.conflict, "another import is under way", hint: "wait for it, or end it")
        }
        self.lock = lock
        let contents = try files.contents(path, limit: Self.longest)
        file = try files.open(path, writing: true, create: true, label: "journal.open")
        let whole = (contents ?? []).lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        var state = State(length: whole)
        for (number, line) in (contents ?? [])[..<whole].split(separator: UInt8(ascii: "\n")).enumerated() {
            guard let line = try? CanonicalJSON.decode(Line.self, from: Data(line)), state.apply(line) else {
                throw ArchiveError(
                    .storage,
                    "line \(number + 1) of \(path) is not what was written there",
                    hint: "move it away; then everything is sent once more"
                )
            }
        }
        if contents?.count != whole {
            try file.truncate(to: whole, label: "journal.truncate")
            try file.sync(label: "journal.sync")
            try files.syncFolder(folder, label: "journal.sync-folder")
        }
        self.state = Mutex(state)
    }

    /// Where `source` stands, without taking it.
    func standing(of source: SourceDigest) -> Standing {
        state.withLock { $0.standings[source] ?? .new }
    }

    /// Takes `source` for whoever asks, unless somebody has it, until ``release(_:)``.
    func take(_ source: SourceDigest) -> Standing {
        state.withLock { $0.busy.insert(source).inserted ? $0.standings[source] ?? .new : .busy }
    }

    /// Lets others have `source`.
    func release(_ source: SourceDigest) {
        state.withLock { _ = $0.busy.remove(source) }
    }

    /// An upload at `url` is about to be sent.
    func begin(_ source: SourceDigest, at url: String) throws(ArchiveError) {
        try add(Line(source: source, event: .begun, url: url))
    }

    /// The archive has it.
    func store(_ source: SourceDigest, as recording: RecordingID) throws(ArchiveError) {
        try add(Line(source: source, event: .stored, recording: recording))
    }

    /// The archive has its transcript.
    func keepTranscript(of source: SourceDigest, as recording: RecordingID) throws(ArchiveError) {
        try add(Line(source: source, event: .transcript, recording: recording))
    }

    /// The archive has an attachment of it.
    func attach(_ attachment: SourceDigest, to source: SourceDigest, as recording: RecordingID) throws(ArchiveError) {
        try add(Line(source: source, event: .attachment, recording: recording, attachment: attachment))
    }

    /// Whether the archive has an attachment of it.
    func hasAttached(_ attachment: SourceDigest, to source: SourceDigest) -> Bool {
        state.withLock { $0.attached[source]?.contains(attachment) ?? false }
    }

    private func add(_ line: Line) throws(ArchiveError) {
        let bytes: [UInt8]
        do {
            bytes = Array(try CanonicalJSON.encode(line)) + [UInt8(ascii: "\n")]
        } catch {
            throw ArchiveError(.unexpected, "\(error)")
        }
        let result = state.withLock { state in
            Result { () throws(ArchiveError) in
                guard !state.isBroken else {
                    throw ArchiveError(.inputOutput, "the journal of imports could not be written", hint: "begin again")
                }
                state.isBroken = true
                try bytes.withUnsafeBytes { bytes in
                    Result { () throws(ArchiveError) in
                        try file.write(bytes, at: state.length, label: "journal.write")
                    }
                }.get()
                try file.sync(label: "journal.sync")
                state.isBroken = false
                state.length += bytes.count
                _ = state.apply(line)
            }
        }
        try result.get()
    }
}

extension ImportJournal.State {
    /// Takes a line into account; false where it makes no sense.
    fileprivate mutating func apply(_ line: ImportJournal.Line) -> Bool {
        if let attachment = line.attachment, line.event == .attachment {
            attached[line.source, default: []].insert(attachment)
            return true
        }
        switch (line.event, line.url, line.recording) {
        case (.begun, let url?, _): standings[line.source] = .begun(url: url)
        case (.stored, _, let recording?): standings[line.source] = .stored(recording, hasTranscript: false)
        case (.transcript, _, let recording?): standings[line.source] = .stored(recording, hasTranscript: true)
        default: return false
        }
        return true
    }
}
