import Age
import Testing

/// Of a damaged payload every good chunk comes out, and every bad one is named.
@Suite struct PayloadSalvagerTests {
    private static let chunk = 65_536
    private static let sealedChunk = chunk + 16
    private let key = FileKey()
    private let plaintext: [UInt8]
    private let payload: [UInt8]

    init() throws {
        plaintext = (0..<(3 * Self.chunk + 100)).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
        var encryptor = PayloadEncryptor(fileKey: key)
        var sealed: [UInt8] = []
        try encryptor.update(plaintext, into: &sealed)
        try encryptor.finish(into: &sealed)
        payload = sealed
    }

    /// What comes out, in pieces of `step` bytes: the plaintext with holes of a chunk, the lost ones, and whether the end came.
    private func salvage(
        _ bytes: [UInt8],
        nonce: PayloadNonce? = nil,
        step: Int = 10_007
    ) throws -> (chunks: [[UInt8]?], lost: [Int], hasEnd: Bool) {
        var salvager = PayloadSalvager(fileKey: key, nonce: nonce)
        var chunks: [[UInt8]?] = []
        var lost: [Int] = []
        func take(_ piece: PayloadSalvager.Piece) {
            switch piece {
            case .chunk(let bytes): chunks.append(Array(bytes))
            case .lost(let index):
                chunks.append(nil)
                lost.append(index)
            }
        }
        for start in stride(from: 0, to: bytes.count, by: step) {
            try Array(bytes[start..<min(start + step, bytes.count)]).withUnsafeBytes { try salvager.update($0, take) }
        }
        try salvager.finish(take)
        #expect(salvager.chunkCount == chunks.count)
        return (chunks, lost, salvager.hasEnd)
    }

    private func expected(_ index: Int) -> [UInt8] {
        Array(plaintext[(index * Self.chunk)..<min((index + 1) * Self.chunk, plaintext.count)])
    }

    @Test(arguments: [1, 10_007, 65_552, 1 << 20]) func aWholePayloadComesOutWhole(step: Int) throws {
        let found = try salvage(payload, step: step)
        #expect(found.lost.isEmpty && found.hasEnd)
        #expect(found.chunks.compactMap { $0 }.flatMap { $0 } == plaintext)
    }

    @Test(arguments: 0..<4) func oneBadChunkCostsNoOther(bad: Int) throws {
        var bytes = payload
        bytes[16 + bad * Self.sealedChunk + 50] ^= 1
        let found = try salvage(bytes)
        #expect(found.lost == [bad])
        #expect(found.hasEnd == (bad != 3))
        for index in 0..<4 where index != bad { #expect(found.chunks[index] == expected(index)) }
    }

    @Test func aDamagedNonceCostsEverythingUnlessItIsKnown() throws {
        var bytes = payload
        bytes[3] ^= 1
        #expect(try salvage(bytes).lost == [0, 1, 2, 3])
        let known = try salvage(bytes, nonce: PayloadNonce(bytes: payload.prefix(16)))
        #expect(known.lost.isEmpty && known.hasEnd)
    }

    @Test func whatIsCutOffIsTold() throws {
        let atEdge = try salvage(Array(payload.prefix(16 + 2 * Self.sealedChunk)))
        #expect(atEdge.lost.isEmpty && !atEdge.hasEnd && atEdge.chunks.count == 2)
        let within = try salvage(Array(payload.prefix(16 + 2 * Self.sealedChunk + 700)))
        #expect(within.lost == [2] && !within.hasEnd)
        #expect(within.chunks[1] == expected(1))
    }

    /// Chunks of the same payload in each other's place, or of another payload, are not what was sealed there.
    @Test func aChunkCountsOnlyInItsPlace() throws {
        var bytes = payload
        let (first, second) = (16, 16 + Self.sealedChunk)
        let moved = Array(bytes[first..<second])
        bytes.replaceSubrange(first..<second, with: bytes[second..<(second + Self.sealedChunk)])
        bytes.replaceSubrange(second..<(second + Self.sealedChunk), with: moved)
        let found = try salvage(bytes)
        #expect(found.lost == [0, 1])
        #expect(found.chunks[2] == expected(2))
    }
}
