import Age
import Testing

struct RandomAccessTests {
    let fileKey = FileKey()

    /// An opener for `payload`, as someone who has the file would make it.
    private func opener(_ payload: [UInt8]) throws -> ChunkOpener {
        let layout = try PayloadLayout(payloadLength: payload.count)
        let last = try layout.payloadRange(ofChunk: layout.lastChunk)
        let nonce = try PayloadNonce(bytes: payload[..<16])
        return try payload[last].withUnsafeBytes {
            try ChunkOpener(fileKey: fileKey, nonce: nonce, layout: layout, lastChunk: $0)
        }
    }

    private func read(_ range: Range<Int>, of payload: [UInt8], with opener: ChunkOpener) throws -> [UInt8] {
        var output: [UInt8] = []
        let chunks = try opener.layout.chunks(covering: range)
        for index in chunks {
            let place = try opener.layout.payloadRange(ofChunk: index)
            try payload[place].withUnsafeBytes { try opener.open(chunk: index, bytes: $0, into: &output) }
        }
        guard let first = chunks.first else { return [] }
        let start = range.lowerBound - (try opener.layout.plaintextRange(ofChunk: first).lowerBound)
        return Array(output[start..<start + range.count])
    }

    @Test(arguments: [0, 1, 2, 65_534, 65_535, 65_536, 65_537, 65_538, 131_071, 131_072, 131_073, 196_608, 196_609])
    func equalsSequentialReading(_ length: Int) throws {
        let plaintext = pattern(length)
        let payload = try sealed(plaintext, fileKey: fileKey)
        let opener = try opener(payload)
        #expect(opener.layout.plaintextLength == length)
        let marks = [0, 1, 65_535, 65_536, 65_537, 131_072, length - 1, length].filter { (0...length).contains($0) }
        for from in marks {
            for to in marks where from <= to {
                #expect(try read(from..<to, of: payload, with: opener) == Array(plaintext[from..<to]))
            }
        }
    }

    /// Chunks sealed in any order are those of the sequential payload.
    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 131_072, 200_001])
    func sealsAnyChunk(_ length: Int) throws {
        let plaintext = pattern(length)
        let payload = try sealed(plaintext, fileKey: fileKey)
        let layout = try PayloadLayout(plaintextLength: length)
        let sealer = ChunkSealer(fileKey: fileKey, nonce: try PayloadNonce(bytes: payload[..<16]), layout: layout)
        for index in (0..<layout.chunkCount).reversed() {
            var chunk: [UInt8] = []
            let range = try layout.plaintextRange(ofChunk: index)
            try plaintext[range].withUnsafeBytes { try sealer.seal(chunk: index, plaintext: $0, into: &chunk) }
            let place = try layout.payloadRange(ofChunk: index)
            #expect(chunk == Array(payload[place]))
            for offset in [place.lowerBound, place.upperBound - 1] {
                #expect(layout.chunk(atPayloadOffset: offset) == index)
            }
        }
        #expect(layout.chunk(atPayloadOffset: 0) == 0)
        var output: [UInt8] = []
        let wrong = pattern(length + 1)
        for index in [-1, 0, layout.chunkCount] {
            let error = #expect(throws: AgeError.self) {
                try wrong.withUnsafeBytes { try sealer.seal(chunk: index, plaintext: $0, into: &output) }
            }
            #expect(error?.code == .outOfRange)
        }
        #expect(output.isEmpty)
    }

    @Test func nothingOpensBehindACorruptEnd() throws {
        let payload = try sealed(pattern(200_000), fileKey: fileKey)
        var changed = payload
        changed[changed.count - 1] ^= 1
        #expect(#expect(throws: AgeError.self) { try opener(changed) }?.code == .payloadAuthentication)
        // Cut at a chunk: the new last chunk is authentic, but not final.
        let cut = Array(payload[..<(16 + 2 * 65_552)])
        #expect(#expect(throws: AgeError.self) { try opener(cut) }?.code == .payloadAuthentication)
        // Lengthened by a chunk.
        let longer = payload[..<65_568] + payload[16...]
        #expect(#expect(throws: AgeError.self) { try opener(Array(longer)) }?.code == .payloadAuthentication)
    }

    @Test func aChunkOpensOnlyInItsPlace() throws {
        let payload = try sealed(pattern(200_000), fileKey: fileKey)
        let opener = try opener(payload)
        var output: [UInt8] = []
        for (claimed, actual) in [(0, 1), (1, 0), (2, 1)] {
            let place = try opener.layout.payloadRange(ofChunk: actual)
            let error = #expect(throws: AgeError.self) {
                try payload[place].withUnsafeBytes { try opener.open(chunk: claimed, bytes: $0, into: &output) }
            }
            #expect(error?.code == .payloadAuthentication)
            #expect(error?.offset == 16 + claimed * 65_552)
        }
        for index in [-1, 4, .max, .min] {
            let error = #expect(throws: AgeError.self) {
                try payload[16..<65_568].withUnsafeBytes { try opener.open(chunk: index, bytes: $0, into: &output) }
            }
            #expect(error?.code == .outOfRange)
        }
        let short = #expect(throws: AgeError.self) {
            try payload[16..<65_567].withUnsafeBytes { try opener.open(chunk: 0, bytes: $0, into: &output) }
        }
        #expect(short?.code == .outOfRange)
        #expect(output.isEmpty)
        let count = try payload[16..<65_568].withUnsafeBytes { bytes in
            try opener.open(chunk: 0, bytes: bytes) { $0.count }
        }
        #expect(count == 65_536)
    }

    @Test func layoutsAgreeBothWays() throws {
        for length in Array(0...40) + Array(65_500...65_600) + Array(131_000...131_200) + [1 << 40, 1 << 40 + 7] {
            let layout = try PayloadLayout(plaintextLength: length)
            #expect(try PayloadLayout(payloadLength: layout.payloadLength) == layout)
            // Chunks follow each other without gap, in the payload and in the plaintext.
            var payloadEnd = 16
            var plaintextEnd = 0
            if layout.chunkCount < 10 {
                for index in 0..<layout.chunkCount {
                    let place = try layout.payloadRange(ofChunk: index)
                    let content = try layout.plaintextRange(ofChunk: index)
                    #expect(place.lowerBound == payloadEnd)
                    #expect(content.lowerBound == plaintextEnd)
                    #expect(place.count == content.count + 16)
                    payloadEnd = place.upperBound
                    plaintextEnd = content.upperBound
                }
                #expect(payloadEnd == layout.payloadLength)
                #expect(plaintextEnd == length)
            }
        }
    }

    /// Every payload length is either what some plaintext gives or refused.
    @Test func impossibleLengthsAreRefused() throws {
        let lengths = Array(-2...80) + Array(65_550...65_620) + Array(131_100...131_170)
        let possible = Set(try (0...131_200).map { try PayloadLayout.payloadLength(plaintextLength: $0) })
        for length in lengths {
            if possible.contains(length) {
                #expect(try PayloadLayout(payloadLength: length).payloadLength == length)
            } else {
                #expect(throws: AgeError.self, "\(length)") { try PayloadLayout(payloadLength: length) }
            }
        }
        for length in [Int.min, -1, 0, 15] {
            #expect(
                #expect(throws: AgeError.self) { try PayloadLayout(payloadLength: length) }?.code == .nonceMissing
            )
        }
        #expect(try PayloadLayout(payloadLength: .max).plaintextLength < .max)
        for length in [Int.min, -1, .max, .max - 16] {
            let error = #expect(throws: AgeError.self) { try PayloadLayout.payloadLength(plaintextLength: length) }
            #expect(error?.code == .outOfRange)
        }
        let layout = try PayloadLayout(plaintextLength: 10)
        for range in [-1..<3, 5..<11, 11..<11, 0..<Int.max] {
            #expect(#expect(throws: AgeError.self) { try layout.chunks(covering: range) }?.code == .outOfRange)
        }
    }
}
