internal import Age
internal import ArchiveCore
internal import Foundation
internal import OggOpus

/// One stream that is being recorded: encoded, sealed and spooled, in this order and without a plaintext in between.
///
/// One key, one stream, finished once (DESIGN.md section 5, STREAM discipline). Used by one thread.
final class RecordingTrack {
    let entry: SpoolEntry
    private let encoder: Encoder
    private var encryptor: PayloadEncryptor
    private let room: SpoolRoom
    /// Ogg bytes that are not sealed yet, and sealed ones that are not written yet; kept for their memory.
    private var encoded: [UInt8] = []
    private var sealed: [UInt8] = []

    /// A track of `configuration` sealed to `recipient`, spooled in `entry`.
    init(
        _ configuration: Encoder.Configuration,
        sealedTo recipient: Recipient,
        in entry: SpoolEntry,
        room: SpoolRoom
    ) throws(ArchiveError) {
        self.entry = entry
        self.room = room
        let fileKey = FileKey()
        encryptor = PayloadEncryptor(fileKey: fileKey)
        do throws(OggOpusError) {
            encoder = try Encoder(configuration: configuration)
        } catch {
            throw ArchiveError(.badRecording, error.message)
        }
        do throws(AgeError) {
            sealed = try Header(fileKey: fileKey, recipients: [recipient]).serialized
        } catch {
            throw ArchiveError(.unexpected, "cannot seal to the level's recipient: \(error.message)")
        }
        try write(isLast: false)
        try entry.sync()
    }

    /// Encodes interleaved samples.
    func take(_ samples: [Float]) throws(ArchiveError) {
        let result = samples.withUnsafeBufferPointer { samples in
            Result { () throws(OggOpusError) in try encoder.encode(samples, into: &encoded) }
        }
        try opus { () throws(OggOpusError) in try result.get() }
        try seal()
    }

    /// Leaves out `frames` that were lost; nil where they were too few to name.
    func skip(frames: Int) throws(ArchiveError) -> Encoder.Gap? {
        let gap = try opus { () throws(OggOpusError) in try encoder.skip(samples: frames, into: &encoded) }
        try seal()
        return gap
    }

    /// Ends the stream and makes all of it durable.
    func finish() throws(ArchiveError) {
        try opus { () throws(OggOpusError) in try encoder.finish(into: &encoded) }
        try age { () throws(AgeError) in
            try encryptor.update(encoded, into: &sealed)
            try encryptor.finish(into: &sealed)
        }
        encoded.removeAll()
        try write(isLast: true)
        try entry.end(whole: true)
    }

    private func seal() throws(ArchiveError) {
        guard !encoded.isEmpty else { return }
        try age { () throws(AgeError) in try encryptor.update(encoded, into: &sealed) }
        encoded.removeAll(keepingCapacity: true)
        try write(isLast: false)
    }

    private func write(isLast: Bool) throws(ArchiveError) {
        guard !sealed.isEmpty else { return }
        let (room, entry) = (room, entry)
        try sealed.withUnsafeBytes { bytes in
            Result { () throws(ArchiveError) in try room.append(bytes, to: entry, isLast: isLast) }
        }.get()
        sealed.removeAll(keepingCapacity: true)
    }

    private func opus<Value>(_ body: () throws(OggOpusError) -> Value) throws(ArchiveError) -> Value {
        do throws(OggOpusError) {
            return try body()
        } catch {
            throw ArchiveError(.unexpected, error.message)
        }
    }

    private func age(_ body: () throws(AgeError) -> Void) throws(ArchiveError) {
        do throws(AgeError) {
            try body()
        } catch {
            throw ArchiveError(.unexpected, error.message)
        }
    }
}
