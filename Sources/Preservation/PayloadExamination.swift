import Age
import ArchiveCore
import BlobStore
import Crypto
import Foundation
import Vault

/// Reads one payload from its first byte to its last: is it what was received, and do its keys open all of it?
struct PayloadExamination {
    private let payload: any BlobReader
    private let keys: PayloadKeys

    /// Bytes read at a time.
    private static let step = 1 << 20
    /// Bytes read at a time of a payload that is damaged: what a disk says of one is not said of its neighbours.
    private static let block = 4096

    init(of payload: any BlobReader, with keys: PayloadKeys) {
        self.payload = payload
        self.keys = keys
    }

    /// The chunks of it, as the vault knows how long it was, that are not what was received; none where it is whole.
    ///
    /// - Parameter read: is told how many bytes were read, and may wait.
    func damagedChunks(_ read: (Int) async throws -> Void) async throws -> [Int] {
        if payload.length == keys.length, try await isWhole(read) { return [] }
        return try await badChunks(read)
    }

    private func isWhole(_ read: (Int) async throws -> Void) async throws -> Bool {
        var digest = SHA256()
        var decryptor = PayloadDecryptor(fileKey: keys.fileKey)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.step, alignment: 16)
        defer { buffer.deallocate() }
        var position = 0
        do {
            while position < keys.length {
                let count = try payload.read(into: buffer, at: position)
                guard count > 0 else { return false }
                let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                digest.update(bufferPointer: bytes)
                try decryptor.update(bytes) { _ in }
                position += count
                try await read(count)
            }
            try decryptor.finish { _ in }
        } catch is AgeError {
            return false
        } catch let error as ArchiveError where error.code == .inputOutput {
            return false
        }
        return Data(digest.finalize()) == keys.digest && decryptor.nonce == keys.nonce
    }

    /// Each chunk by itself: what follows a bad one is as good as before. What cannot be read counts as zeros.
    private func badChunks(_ read: (Int) async throws -> Void) async throws -> [Int] {
        var bad: [Int] = []
        func note(_ piece: PayloadSalvager.Piece) {
            if case .lost(let index) = piece { bad.append(index) }
        }
        var salvager = PayloadSalvager(fileKey: keys.fileKey, nonce: keys.nonce)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.block, alignment: 16)
        defer { buffer.deallocate() }
        for position in stride(from: 0, to: keys.length, by: Self.block) {
            let wanted = min(Self.block, keys.length - position)
            let place = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
            place.initializeMemory(as: UInt8.self, repeating: 0)
            _ = try? payload.read(into: place, at: position)
            try salvager.update(UnsafeRawBufferPointer(place), note)
            try await read(wanted)
        }
        try salvager.finish(note)
        // Every chunk opens, and yet it is not what was received: the nonce, or what follows the end.
        return bad.isEmpty ? [max(0, salvager.chunkCount - 1)] : bad
    }
}
