public import Age
public import ArchiveCore
public import ArchiveInterface
internal import Foundation
public import OggOpus

/// A recording that was read to its end, found acceptable, and sealed to its level.
public struct PreparedRecording: Sendable {
    /// What is to be sent.
    public let sealed: SealedRecording
    /// What was found in the stream, as the archive will find it.
    public let stream: ValidatedStream
    /// Seconds of samples that a WAV file announced and did not have.
    public let missing: Double

    /// Reads `input` once: encodes it where it is WAV, checks it as the archive will, and seals it to `recipient` in
    /// the spool of `home`. Memory does not depend on its length, and no plaintext reaches the disk.
    ///
    /// - Throws: `bad-recording` with the byte where the input, or what was encoded of it, cannot be one;
    ///   `bad-metadata` where neither `metadata` nor the recording itself says what is needed.
    public init(
        reading input: InputFile,
        metadata: RecordingMetadata,
        sealedTo recipient: Recipient,
        home: ClientHome,
        files: some FileSystem = LocalFileSystem(),
        progress: TransferProgress? = nil
    ) throws {
        let source = try AudioSource(
            head: input.peek(AudioSource.headLength),
            name: input.name,
            tags: metadata.tags
        )
        let encoder: WAVEncoder? = if case .wave(let encoder) = source { encoder } else { nil }
        try self.init(
            named: input.name,
            metadata: metadata,
            isEncodedHere: encoder != nil,
            sealedTo: recipient,
            home: home,
            files: files
        ) { take in
            var buffer = [UInt8](repeating: 0, count: 1 << 20)
            var total: Int64 = 0
            while true {
                try Task.checkCancellation()
                let count = try buffer.withUnsafeMutableBytes { try input.read(into: $0) }
                if count == 0 { break }
                try buffer.withUnsafeBytes { all in
                    let bytes = UnsafeRawBufferPointer(rebasing: all[..<count])
                    guard let encoder else { return try take(bytes) }
                    try encoder.encode(bytes).withUnsafeBytes(take)
                }
                total += Int64(count)
                progress?.report(total, nil)
            }
            try encoder?.finish().withUnsafeBytes(take)
            return encoder?.missing ?? 0
        }
    }

    /// Checks the Ogg Opus that `feed` hands over, as the archive will, and seals it as the other initializer does.
    ///
    /// - Parameters:
    ///   - name: what people call it.
    ///   - isEncodedHere: whether its tags are those of `metadata`, which then has to be complete before it begins.
    ///   - feed: hands over all bytes in their order, and says how many seconds the source announced and did not have.
    /// - Throws: as the other one, and what `feed` throws.
    package init(
        named name: String,
        metadata: RecordingMetadata,
        isEncodedHere: Bool,
        sealedTo recipient: Recipient,
        home: ClientHome,
        files: some FileSystem = LocalFileSystem(),
        _ feed: (_ take: (UnsafeRawBufferPointer) throws -> Void) throws -> Double
    ) throws {
        if isEncodedHere { try metadata.requireComplete(inside: nil) }
        let validator = StreamValidator()
        var sealer = try Sealer(to: recipient, into: home.openSpool(in: files))
        do {
            missing = try feed { bytes in
                try validator.consume(bytes)
                try sealer.update(bytes)
            }
            stream = try validator.finish()
        } catch let error as OggOpusError {
            throw ArchiveError(.badRecording, "\(name): \(error.message)", offset: error.offset)
        }
        try metadata.requireComplete(inside: stream.facts.links)
        sealed = try sealer.finish()
    }
}

extension Recipients {
    /// To whom a recording of `level` is sealed: the stock X25519 recipient where the level has one, else the hybrid.
    ///
    /// - Throws: `unknown-name` where the archive has no such level, or none that the caller may send to.
    public func recipient(for level: Level) throws(ArchiveError) -> Recipient {
        guard let entry = levels.first(where: { $0.level == level }) else {
            throw ArchiveError(
                .unknownName,
                "there is no level \(level.name.debugDescription)",
                hint: "levels are \(levels.map(\.level.name).joined(separator: ", "))"
            )
        }
        do throws(AgeError) {
            return try Recipient(parsing: entry.x25519 ?? entry.hybrid)
        } catch {
            throw ArchiveError(.unexpected, "the recipient of level \(level) cannot be read: \(error.message)")
        }
    }
}

extension RecordingMetadata {
    /// Refuses what lacks a title, a unit or a series, here and in every link of the recording itself
    /// (Docs/http.md, Sending).
    func requireComplete(inside links: [LinkFacts]?) throws(ArchiveError) {
        let needed = [("title", title, "TITLE"), ("unit", unit, "UNIT"), ("series", series, "SERIES")]
        let inside = links ?? []
        for (name, value, tag) in needed where value == nil && !inside.contains(where: { !$0.tags[tag].isEmpty }) {
            throw ArchiveError(
                .badMetadata,
                "the recording has no \(name)",
                hint: "give it with --\(name), or in --metadata"
            )
        }
    }
}
