import Age
import ArchiveCore
import BlobStore
import Foundation
import Inspection
import OggOpus
import Vault

/// One stream while bytes of it arrive: the header goes to the vault, the payload to the blob store, validated in flight.
///
/// Only one request at a time feeds it: a newer one takes it over, and the older one's next bytes are refused.
actor UploadSession {
    /// The right to feed a session, until the next one is given.
    struct Lease: Sendable, Equatable {
        /// Tells the requests of one upload apart.
        let number: Int
    }

    private let executor: QueueExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    nonisolated let upload: UploadID
    /// Tells it from other sessions of the same upload, before and after it.
    nonisolated let number: Int
    nonisolated let recording: RecordingID
    private let vault: any HeaderOpening
    private let blobs: any BlobStore
    private let place: any InspectionPlace
    private let maximumLength: Int

    private var lease = 0
    private var hasEnded = false
    private var cutter = HeaderCutter()
    /// Bytes of a header in part that the vault does not have yet.
    private var unsavedHeader: [UInt8] = []
    private(set) var opened: OpenedStream?
    /// Bytes of the payload that are on stable storage.
    private(set) var durablePayload = 0
    private var check: StreamCheck?
    private var writer: (any BlobWriter)?
    private var isFinished = false
    /// Set when the stream can never become a recording, or this session no longer knows what is on disk.
    private var failure: (any Error)?

    init(
        upload: UploadID,
        number: Int,
        recording: RecordingID,
        vault: any HeaderOpening,
        blobs: any BlobStore,
        place: any InspectionPlace,
        maximumLength: Int
    ) {
        executor = QueueExecutor(label: "upload \(upload)")
        self.upload = upload
        self.number = number
        self.recording = recording
        self.vault = vault
        self.blobs = blobs
        self.place = place
        self.maximumLength = maximumLength
    }

    // MARK: Taking up and handing over

    /// Ends whoever feeds the session at its durable offset, and gives the right to the caller; nil once it has ended.
    func takeOver() -> Lease? {
        guard !hasEnded else { return nil }
        lease += 1
        return Lease(number: lease)
    }

    /// Gives the right to the caller if nobody has had it since `held`, or ever; nil otherwise.
    func takeOver(after held: Lease?) -> Lease? { lease == held?.number ?? 0 ? takeOver() : nil }

    /// Whether nobody has taken it from whoever holds `held`.
    func isHeld(by held: Lease) -> Bool { held.number == lease && !hasEnded }

    /// Ends the session where `held` still counts; false where somebody newer has it.
    func giveUp(_ held: Lease) -> Bool {
        guard held.number == lease else { return false }
        end()
        return true
    }

    /// Ends the session for good: nobody feeds it any more.
    func end() { hasEnded = true }

    private func assertHolds(_ held: Lease) throws {
        if let failure { throw failure }
        guard held.number == lease, !hasEnded else {
            throw ArchiveError(.conflict, "a newer request has taken this upload over")
        }
    }

    /// Header and payload received so far.
    var offset: Int { (opened?.opened.headerLength ?? cutter.length) + (writer?.length ?? 0) }

    /// What cuts off the rest of the header; nil once it has come whole.
    var headerCutter: HeaderCutter? { opened == nil ? cutter : nil }

    /// Whether the header has come whole, and something after it.
    var holdsPayload: Bool { opened != nil && (writer?.length ?? 0) > 0 }

    /// What was heard so far; nil before the payload begins.
    var progress: (seconds: Double, tags: Tags?)? { check?.progress }

    // MARK: After a restart

    /// Brings the session to where storage is: header and keys from the vault, the payload replayed through validation.
    ///
    /// - Parameter acknowledged: bytes of the payload that the sender was told are durable. What lies beyond them is kept
    ///   as far as whole chunks authenticate, for a power loss can leave blocks there that were never written.
    func resume(acknowledged: Int) throws {
        guard let known = try vault.opened(upload) else {
            let part = try vault.headerPart(of: upload)
            _ = try part.withUnsafeBytes { try cutter.consume($0) }
            return
        }
        opened = known
        // A crash may have come after the payload got its final name.
        let committed = try blobs.read(.recording(recording))
        if let committed, try blobs.length(of: .incoming(upload)) == nil {
            check = try check(known)
            try replay(committed, upTo: committed.length)
            writer = CommittedPayload(length: committed.length)
            durablePayload = committed.length
            return
        }
        let writer = try blobs.append(to: .incoming(upload))
        if writer.length > acknowledged, let reader = try blobs.read(.incoming(upload)) {
            let whole = try authenticatedLength(reader, fileKey: known.fileKey)
            try writer.truncate(to: min(writer.length, max(acknowledged, whole)))
        }
        guard writer.length >= acknowledged else {
            throw ArchiveError(
                .storage,
                "\(acknowledged) bytes of upload \(upload) were acknowledged and \(writer.length) are there"
            )
        }
        // A sync that failed before may have left these bytes in the cache only, marked as written.
        try writer.rewrite(from: acknowledged)
        try writer.sync()
        check = try check(known)
        if let reader = try blobs.read(.incoming(upload)) { try replay(reader, upTo: writer.length) }
        self.writer = writer
        durablePayload = writer.length
    }

    private func replay(_ reader: any BlobReader, upTo length: Int) throws {
        try reader.forEachBlock(of: upload, upTo: length) { try check?.consume($0) { _ in } }
    }

    /// How many bytes of a payload are its nonce and chunks that authenticate.
    private func authenticatedLength(_ reader: any BlobReader, fileKey: FileKey) throws -> Int {
        let inspection = try place.begin(.chunks(under: fileKey))
        var output: [UInt8] = []
        // From where it is no payload what stands before it counts.
        try reader.forEachBlock(of: upload, upTo: reader.length) { try inspection.consume($0, into: &output) }
        let chunks = try inspection.progress().authenticated / PayloadLayout.chunkLength
        // Without a chunk that authenticates nothing vouches for the nonce either.
        guard chunks > 0 else { return 0 }
        return try PayloadLayout(plaintextLength: chunks * PayloadLayout.chunkLength).payloadLength
    }

    private func check(_ stream: OpenedStream) throws -> StreamCheck {
        try StreamCheck(sealedUnder: stream.fileKey, headerLength: stream.opened.headerLength, in: place)
    }

    // MARK: Receiving

    /// Makes the session one that takes a stream in clear and seals it; it has no header.
    func sealHere(_ stream: OpenedStream) throws {
        opened = stream
        check = try StreamCheck(sealingUnder: stream.fileKey, in: place)
        writer = try blobs.append(to: .incoming(upload))
    }

    /// Takes bytes as they arrive.
    ///
    /// - Throws: `conflict` where the lease is over; what is wrong with the bytes. After an error of the bytes or of the
    ///   disk the session takes no more.
    func receive(_ bytes: [UInt8], _ held: Lease) throws {
        try assertHolds(held)
        do {
            try bytes.withUnsafeBytes { try receive($0) }
        } catch {
            failure = error
            throw error
        }
    }

    private func receive(_ bytes: UnsafeRawBufferPointer) throws {
        guard bytes.count <= maximumLength - offset else {
            throw ArchiveError(.tooLarge, "the recording is longer than the limit of \(maximumLength) bytes")
        }
        var rest = bytes
        if opened == nil {
            let count = try cut(rest)
            unsavedHeader.append(contentsOf: rest.prefix(count))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            guard let header = cutter.header else { return }
            let stream = try vault.open(header, length: cutter.length, of: upload)
            unsavedHeader = []
            opened = stream
            check = try check(stream)
            writer = try blobs.append(to: .incoming(upload))
        }
        guard !rest.isEmpty, let writer, let check else { return }
        try check.consume(rest) { try writer.append($0) }
    }

    private func cut(_ bytes: UnsafeRawBufferPointer) throws -> Int {
        do {
            return try cutter.consume(bytes)
        } catch {
            throw ArchiveError(
                .badEncryption,
                error.message,
                hint: "send an age file sealed to a recipient of this archive",
                offset: error.offset.map(Int64.init)
            )
        }
    }

    /// Makes what was received durable; returns the offset that may be acknowledged, and the payload's part of it.
    func sync() throws -> (offset: Int, payload: Int) {
        if let failure { throw failure }
        do {
            if !unsavedHeader.isEmpty {
                try vault.keep(headerPart: unsavedHeader, of: upload)
                unsavedHeader = []
            }
            if let writer, writer.length != durablePayload {
                try writer.sync()
                durablePayload = writer.length
            }
            return (offset, durablePayload)
        } catch {
            failure = error
            throw error
        }
    }

    /// Makes what was received durable, whatever is wrong with it; a stream that is sealed here gets its end.
    func settle() throws {
        guard let writer else { return }
        try check?.closeSeal { try writer.append($0) }
        // As in a session that is resumed: what went wrong may have been a sync.
        if failure != nil { try writer.rewrite(from: durablePayload) }
        try writer.sync()
    }

    /// Ends the stream and makes all of it durable.
    func finish(_ held: Lease) throws -> (outcome: StreamCheck.Outcome, opened: OpenedBy, length: Int) {
        try assertHolds(held)
        // The one who ended it is making a recording of it.
        guard !isFinished else { throw ArchiveError(.conflict, "this upload has come whole and is being stored") }
        isFinished = true
        do {
            guard let opened, let check, let writer else {
                try cutter.finishTranslated()
                throw ArchiveError(.truncated, "the upload ends within its age header", offset: Int64(cutter.length))
            }
            let outcome = try check.finish { try writer.append($0) }
            try writer.sync()
            durablePayload = writer.length
            // What came is checked; the validator and its buffers are not needed any more.
            self.check = nil
            return (outcome, opened.opened, writer.length)
        } catch {
            failure = error
            // Who comes now takes it up anew, and hears what it has become.
            hasEnded = true
            throw error
        }
    }
}

extension HeaderCutter {
    /// Like ``finish()``, in the archive's words.
    fileprivate func finishTranslated() throws(ArchiveError) {
        do {
            try finish()
        } catch {
            throw ArchiveError(
                .truncated,
                length == 0 ? "the upload is empty" : error.message,
                offset: error.offset.map(Int64.init)
            )
        }
    }
}

/// Stands for a payload that has its final name already: nothing is appended to it.
private struct CommittedPayload: BlobWriter {
    let length: Int

    func append(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        throw ArchiveError(.conflict, "this payload is committed")
    }

    func sync() throws(ArchiveError) {}

    func rewrite(from offset: Int) throws(ArchiveError) {}

    func truncate(to length: Int) throws(ArchiveError) {
        throw ArchiveError(.conflict, "this payload is committed")
    }
}
