import Age
import ArchiveCore
import Catalogue
import Crypto
import Foundation
import Inspection
import OggOpus

/// Validates a payload in flight: digest over the ciphertext here, what is inside wherever streams are looked into.
final class StreamCheck {
    private let inspection: any StreamInspection
    private var sealer: Sealer?
    private var digest = SHA256()
    private var sealed: [UInt8] = []

    /// Checks a payload that its sender sealed, as `place` finds it.
    init(sealedUnder fileKey: FileKey, headerLength: Int, in place: any InspectionPlace) throws {
        inspection = try place.begin(.sealed(under: fileKey, headerLength: headerLength))
    }

    /// Checks a stream that comes in clear, as `place` finds it, and seals it.
    init(sealingUnder fileKey: FileKey, in place: any InspectionPlace) throws {
        inspection = try place.begin(.clear)
        sealer = Sealer(fileKey: fileKey)
    }

    /// Takes bytes as they arrive and hands the ciphertext to `keep` before it is looked into, so that what is kept is
    /// what was received.
    ///
    /// - Throws: `bad-encryption` or `bad-recording`, with the offset in the age file or in the Ogg stream.
    func consume(_ bytes: UnsafeRawBufferPointer, keep: (UnsafeRawBufferPointer) throws -> Void) throws {
        if let sealer {
            try sealer.seal(bytes, into: &sealed)
            try storeSealed(keep)
            try look(bytes)
        } else if bytes.count < Self.worthTwoThreads {
            try store(bytes, keep)
            try look(bytes)
        } else {
            // Writing waits for the kernel's copy about as long as opening takes; neither touches what the other does.
            try twoAtOnce({ try store(bytes, keep) }, { try look(bytes) })
        }
    }

    /// Pieces shorter than this are done before a second thread has begun.
    private static let worthTwoThreads = 128 << 10

    private func look(_ bytes: UnsafeRawBufferPointer) throws {
        var output: [UInt8] = []
        try inspection.consume(bytes, into: &output)
    }

    /// What was heard so far: seconds, and the comments once they have come.
    var progress: (seconds: Double, tags: Tags?)? {
        (try? inspection.progress()).map { ($0.seconds, $0.tags) }
    }

    /// What a whole stream turned out to be.
    struct Outcome {
        let validated: ValidatedStream
        let nonce: PayloadNonce
        let digest: Data
    }

    /// Ends the stream; `keep` gets what sealing it here still has to write.
    ///
    /// - Throws: as ``consume(_:keep:)``, and `truncated` where the end is missing.
    func finish(keep: (UnsafeRawBufferPointer) throws -> Void) throws -> Outcome {
        if sealer != nil { try closeSeal(keep: keep) }
        var output: [UInt8] = []
        let result = try inspection.finish(into: &output)
        guard let nonce = try sealer?.nonce ?? result.nonce.map({ try PayloadNonce(bytes: $0) }),
            let validated = result.validated
        else { throw ArchiveError(.truncated, "the payload has no nonce") }
        return Outcome(validated: validated, nonce: nonce, digest: Data(digest.finalize()))
    }

    /// Ends what is being sealed here, so that it opens as far as it came; `keep` gets the rest. Does nothing to a payload
    /// that the sender sealed, nor a second time.
    func closeSeal(keep: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard let sealer, !sealer.isClosed else { return }
        try sealer.finish(into: &sealed)
        try storeSealed(keep)
    }

    private func storeSealed(_ keep: (UnsafeRawBufferPointer) throws -> Void) throws {
        try sealed.withUnsafeBytes { try store($0, keep) }
        sealed.removeAll(keepingCapacity: true)
    }

    private func store(_ sealed: UnsafeRawBufferPointer, _ keep: (UnsafeRawBufferPointer) throws -> Void) throws {
        digest.update(bufferPointer: sealed)
        try keep(sealed)
    }
}
