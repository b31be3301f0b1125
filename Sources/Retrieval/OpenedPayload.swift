import Age
import ArchiveCore
package import BlobStore
import Foundation
package import Vault

/// The plaintext of a payload at any offset. The last chunk is authenticated before any other is served, so that a
/// payload that was cut never passes for a whole one.
package struct OpenedPayload: Sendable {
    private let reader: any BlobReader
    private let opener: ChunkOpener

    package init(_ reader: any BlobReader, _ keys: PayloadKeys) throws {
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

    /// Bytes of it.
    package var length: Int { opener.layout.plaintextLength }

    /// Fills as much of `buffer` as there is from `offset`; returns how much.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
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
