package import ArchiveCore
package import BlobStore
import Catalogue
import Foundation

/// A recording, or what was written down of it, on its way out, readable at any offset. Stops as soon as its access no longer
/// counts.
public final class Delivery: Sendable {
    package enum Source: Sendable {
        case sealed(header: [UInt8], any BlobReader)
        case opened(OpenedPayload)
        case excerpt(DeliveredExcerpt)
        /// What is in memory anyway, and small.
        case memory([UInt8])
    }

    private let source: Source
    private let watch: any DeliveryWatch
    /// Names these bytes: the same for every request on one access in one form.
    public let entityTag: String

    /// Whether another request gets the same bytes, so that parts of them go together.
    public let isRepeatable: Bool

    package init(_ source: Source, watch: any DeliveryWatch, tag: String, isRepeatable: Bool = true) {
        self.source = source
        self.watch = watch
        self.isRepeatable = isRepeatable
        entityTag = tag
    }

    /// Bytes in all.
    public var length: Int {
        switch source {
        case .sealed(let header, let reader): header.count + reader.length
        case .opened(let payload): payload.length
        case .excerpt(let excerpt): excerpt.length
        case .memory(let bytes): bytes.count
        }
    }

    /// Looks whether the delivery may go on; called before every piece, cheap while nothing was revoked.
    public func assertAllowed() async throws { try await watch.assertAllowed() }

    /// Fills as much of `buffer` as there is from `offset`; returns how much. Blocks on the disk.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
        switch source {
        case .opened(let payload): return try payload.read(into: buffer, at: offset)
        case .excerpt(let excerpt): return try excerpt.read(into: buffer, at: offset)
        case .memory(let bytes):
            let part = bytes.dropFirst(offset).prefix(buffer.count)
            buffer.copyBytes(from: part)
            return part.count
        case .sealed(let header, let reader):
            guard offset < header.count else { return try reader.read(into: buffer, at: offset - header.count) }
            let part = header[offset..<min(header.count, offset + buffer.count)]
            buffer.copyBytes(from: part)
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[part.count...])
            return part.count + (try rest.isEmpty ? 0 : reader.read(into: rest, at: 0))
        }
    }
}

/// A payload as long as it was received. Of one that the disk has not kept to its end the rest is zeros: they do not
/// authenticate, so that nobody takes it for whole, and everything before them opens.
package struct PayloadAsReceived: BlobReader {
    private let reader: any BlobReader
    /// As it was received.
    package let length: Int

    /// What is left of it in `reader`.
    package init(reader: any BlobReader, length: Int) {
        self.reader = reader
        self.length = length
    }

    /// See `BlobReader`.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ArchiveError) -> Int {
        let count = max(0, min(buffer.count, length - offset))
        let place = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
        let kept = max(0, min(count, reader.length - offset))
        place[kept...].initializeMemory(as: UInt8.self, repeating: 0)
        guard kept > 0 else { return count }
        let got = try reader.read(into: UnsafeMutableRawBufferPointer(rebasing: place[..<kept]), at: offset)
        // Where it got less, the next call goes on from there.
        return got < kept ? got : count
    }
}

/// Sees to it that a delivery ends when what it rests on does (DESIGN.md invariant 2).
package protocol DeliveryWatch: Sendable {
    /// Throws where nothing more may leave; called before every piece.
    func assertAllowed() async throws
}

/// Sees to it that a stream in progress ends when its access does.
final class Watch: DeliveryWatch {
    private let retrieval: Retrieval
    private let access: OpenAccess
    private let caller: Caller
    private let seen: Seen

    private actor Seen {
        var revocations: Int
        /// From when the access does not count; what was revoked can have made that earlier.
        var expires: Date
        init(_ revocations: Int, expires: Date) { (self.revocations, self.expires) = (revocations, expires) }
        func update(_ value: Int, expires: Date) { (revocations, self.expires) = (value, expires) }
    }

    init(retrieval: Retrieval, access: OpenAccess, caller: Caller, seen: Int) {
        self.retrieval = retrieval
        self.access = access
        self.caller = caller
        self.seen = Seen(seen, expires: access.expires)
    }

    func assertAllowed() async throws {
        guard await seen.expires > retrieval.clock.now else {
            throw ArchiveError(.gone, "this access is closed", hint: "ask for a new one")
        }
        let now = retrieval.catalogue.revocations
        guard await seen.revocations != now else { return }
        let (current, _) = try await retrieval.catalogue.read { [self] in
            try retrieval.check(access.id, in: $0, by: caller)
        }
        await seen.update(now, expires: current.expires)
    }
}
