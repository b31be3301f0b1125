import AccessPolicy
import Age
public import ArchiveCore
import AuditLog
import BlobStore
public import Catalogue
import Foundation
import Vault

extension Retrieval {
    /// Begins a delivery within an open access. The first in each form is in the log before this returns.
    ///
    /// - Throws: `refused` where the level is sealed only and `form` is not; `awaiting-witness` where the level wants
    ///   witnesses to cosign the entry of its opening and not enough have; what ``check(_:in:by:)`` finds.
    public func deliver(_ id: AccessID, as form: AccessRow.Form, by caller: Caller) async throws -> Delivery {
        let revocations = catalogue.revocations
        let (access, recording) = try await catalogue.read { [self] in try check(id, in: $0, by: caller) }
        guard form == .sealed || !access.sealedOnly else {
            throw ArchiveError(
                .refused,
                "level \(recording.visibility.label.level) is delivered sealed only",
                hint: "fetch recording.opus.age and open it with your own identity"
            )
        }
        let cosignatures = try rules(for: recording.visibility.label.level).cosignatures
        if cosignatures > 0 {
            // Every open access has one.
            guard let entry = access.entry else {
                throw ArchiveError(.gone, "this access is closed", hint: "ask for a new one")
            }
            try await witnesses.require(cosignatures, over: entry)
        }
        if !access.row.delivered.contains(form) {
            try await catalogue.write { [self] writer in
                _ = try check(id, in: writer.reader, by: caller)
                try writer.markDelivered(id, form)
                try log.append(
                    to: writer,
                    actor: caller.actor,
                    action: "access.deliver",
                    object: recording.id.description,
                    label: recording.visibility.label,
                    details: ["access": id.description, "form": form.rawValue]
                        .merging(Self.details(of: access.span)) { $1 }
                )
            }
        }
        let watch = Watch(retrieval: self, access: access, caller: caller, seen: revocations)
        guard let reader = try blobs.read(.recording(recording.id)) else {
            throw ArchiveError(.storage, "the payload of \(recording.id) is missing")
        }
        let keys = try vault.payloadKeys(of: recording.id)
        // Sealed, what is left of it can be saved by whoever opens it; we open only what is whole.
        guard reader.length == keys.length || (form == .sealed && access.span == nil) else {
            throw ArchiveError(
                .storage,
                "the payload of \(recording.id) has \(reader.length) bytes, not \(keys.length)"
            )
        }
        if let span = access.span {
            let recipe = try await recipe(of: recording.id, span, access.id, OpenedPayload(reader, keys))
            return try await deliver(recipe, access, as: form, by: caller, watch: watch)
        }
        switch form {
        case .sealed:
            let header = try await mint(access, caller) { recipient in
                try vault.header(of: access.recording, for: recipient, access: access.id)
            }
            let payload = PayloadAsReceived(reader: reader, length: keys.length)
            return Delivery(.sealed(header: header, payload), watch: watch, tag: "\(id)")
        case .opened:
            return Delivery(.opened(try OpenedPayload(reader, keys)), watch: watch, tag: "\(id)-opened")
        }
    }

    /// Mints what `body` makes for the recipient that the access is for.
    func mint<Minted: Sendable>(
        _ access: OpenAccess,
        _ caller: Caller,
        _ body: (Recipient) throws -> Minted
    ) async throws -> Minted {
        guard let credential = try await catalogue.read({ try $0.credential(certificate: caller.certificate) }) else {
            throw ArchiveError.notFound
        }
        guard let text = access.row.binding.recipient(of: credential) else {
            throw ArchiveError(.gone, "this access was opened for another age key", hint: "ask for a new one")
        }
        let minted = try body(Recipient(parsing: text))
        // An access that was closed while its header was minted has left nothing to whoever closed it to forget.
        do {
            // In a task of its own: a client that hangs up would end the look with its request.
            _ = try await Task { try await self.catalogue.read { try self.check(access.id, in: $0, by: caller) } }.value
        } catch let error as ArchiveError {
            try vault.forgetHeader(of: access.recording, access: access.id)
            throw error
        }
        return minted
    }
}

/// A recording on its way out, readable at any offset. Stops as soon as its access no longer counts.
public final class Delivery: Sendable {
    enum Source: Sendable {
        case sealed(header: [UInt8], any BlobReader)
        case opened(OpenedPayload)
        case excerpt(DeliveredExcerpt)
    }

    private let source: Source
    private let watch: Watch
    /// Names these bytes: the same for every request on one access in one form.
    public let entityTag: String

    init(_ source: Source, watch: Watch, tag: String) {
        self.source = source
        self.watch = watch
        entityTag = tag
    }

    /// Bytes in all.
    public var length: Int {
        switch source {
        case .sealed(let header, let reader): header.count + reader.length
        case .opened(let payload): payload.length
        case .excerpt(let excerpt): excerpt.length
        }
    }

    /// Looks whether the delivery may go on; called before every piece, cheap while nothing was revoked.
    public func assertAllowed() async throws { try await watch.assertAllowed() }

    /// Fills as much of `buffer` as there is from `offset`; returns how much. Blocks on the disk.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
        switch source {
        case .opened(let payload): return try payload.read(into: buffer, at: offset)
        case .excerpt(let excerpt): return try excerpt.read(into: buffer, at: offset)
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
private struct PayloadAsReceived: BlobReader {
    let reader: any BlobReader
    let length: Int

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ArchiveError) -> Int {
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

/// Sees to it that a stream in progress ends when its access does (DESIGN.md invariant 2).
final class Watch: Sendable {
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

/// The plaintext of a payload at any offset. The last chunk is authenticated before any other is served, so that a
/// payload that was cut never passes for a whole one.
struct OpenedPayload: Sendable {
    private let reader: any BlobReader
    private let opener: ChunkOpener

    init(_ reader: any BlobReader, _ keys: PayloadKeys) throws {
        self.reader = reader
        do {
            let layout = try PayloadLayout(payloadLength: keys.length)
            let last = try Self.bytes(of: layout.payloadRange(ofChunk: layout.lastChunk), reader)
            opener = try last.withUnsafeBytes { bytes in
                try ChunkOpener(fileKey: keys.fileKey, nonce: keys.nonce, layout: layout, lastChunk: bytes)
            }
        } catch let error as AgeError {
            throw Self.damaged(error)
        }
    }

    var length: Int { opener.layout.plaintextLength }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
        let range = offset..<min(length, offset + buffer.count)
        guard !range.isEmpty else { return 0 }
        do {
            for chunk in try opener.layout.chunks(covering: range) {
                let sealed = try Self.bytes(of: opener.layout.payloadRange(ofChunk: chunk), reader)
                let place = try opener.layout.plaintextRange(ofChunk: chunk)
                let wanted = place.clamped(to: range)
                try sealed.withUnsafeBytes { bytes in
                    try opener.open(chunk: chunk, bytes: bytes) { plaintext in
                        let part = plaintext[
                            (wanted.lowerBound - place.lowerBound)..<(wanted.upperBound - place.lowerBound)
                        ]
                        UnsafeMutableRawBufferPointer(rebasing: buffer[(wanted.lowerBound - range.lowerBound)...])
                            .copyMemory(from: UnsafeRawBufferPointer(rebasing: part))
                    }
                }
            }
        } catch let error as AgeError {
            throw Self.damaged(error)
        }
        return range.count
    }

    private static func bytes(of range: Range<Int>, _ reader: any BlobReader) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            count = try reader.read(into: UnsafeMutableRawBufferPointer(buffer), at: range.lowerBound)
        }
    }

    private static func damaged(_ error: AgeError) -> ArchiveError {
        ArchiveError(
            .storage,
            "the payload is damaged: \(error.message)",
            offset: error.offset.map(Int64.init)
        )
    }
}
