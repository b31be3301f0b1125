import Age
import Testing

struct PayloadTests {
    static let lengths = [0, 1, 15, 16, 17, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 200_000]
    let fileKey = FileKey()
    let nonce = PayloadNonce()

    private func opened(_ payload: [UInt8], sizes: [Int] = []) -> (plaintext: [UInt8], error: AgeError?) {
        var decryptor = PayloadDecryptor(fileKey: fileKey)
        var output: [UInt8] = []
        do throws(AgeError) {
            for piece in pieces(of: payload, sizes: sizes) {
                try payload[piece].withUnsafeBufferPointer { (buffer) throws(AgeError) in
                    try decryptor.update(UnsafeRawBufferPointer(buffer), into: &output)
                }
            }
            try decryptor.finish(into: &output)
            return (output, nil)
        } catch {
            return (output, error)
        }
    }

    @Test(arguments: lengths)
    func whatIsSealedIsOpened(_ length: Int) throws {
        let plaintext = pattern(length)
        let whole = try sealed(plaintext, fileKey: fileKey, nonce: nonce)
        #expect(whole.count == (try PayloadLayout.payloadLength(plaintextLength: length)))
        #expect(Array(whole[..<16]) == nonce.bytes)
        for sizes in [[1], [65_536], [65_535, 1], [65_537], [131_072], [3, 70_001]] {
            #expect(try sealed(plaintext, fileKey: fileKey, nonce: nonce, sizes: sizes) == whole, "\(sizes)")
            let result = opened(whole, sizes: sizes)
            #expect(result.error == nil)
            #expect(result.plaintext == plaintext)
        }
    }

    /// Wherever a payload is cut, only whole chunks come out and the end is noticed.
    @Test func everyCutIsNoticed() throws {
        let plaintext = pattern(131_072)
        let payload = try sealed(plaintext, fileKey: fileKey)
        let lengths = Array(0...40) + Array(65_560...65_600) + Array(131_100...131_119)
        for length in lengths where length < payload.count {
            let result = opened(Array(payload[..<length]))
            let chunks = max(0, length - 16) / 65_552
            #expect(result.plaintext == Array(plaintext[..<(chunks * 65_536)]), "\(length)")
            switch length - 16 - chunks * 65_552 {
            case ..<0: #expect(result.error?.code == .nonceMissing)
            case ..<16: #expect(result.error?.code == .payloadTruncated)
            case 16 where chunks > 0: #expect(result.error?.code == .payloadEmptyLastChunk)
            default: #expect(result.error?.code == .payloadAuthentication)
            }
        }
    }

    @Test func everyChangedRegionIsNoticed() throws {
        let plaintext = pattern(140_000)
        let payload = try sealed(plaintext, fileKey: fileKey)
        for position in [0, 15, 16, 17, 65_551, 65_567, 65_568, 131_119, 131_120, payload.count - 1] {
            var changed = payload
            changed[position] ^= 0x10
            let result = opened(changed)
            let chunk = max(0, position - 16) / 65_552
            #expect(result.error?.code == .payloadAuthentication)
            #expect(result.error?.offset == 16 + chunk * 65_552)
            #expect(result.plaintext == Array(plaintext[..<(chunk * 65_536)]))
        }
        #expect(opened(payload + [0]).error?.code == .payloadAuthentication)
        // Chunks in another order.
        let swapped = payload[..<16] + payload[65_568..<131_120] + payload[16..<65_568] + payload[131_120...]
        #expect(opened(Array(swapped)).plaintext.isEmpty)
    }

    @Test func anotherKeyOpensNothing() throws {
        let payload = try sealed(pattern(10), fileKey: FileKey())
        #expect(opened(payload).error?.code == .payloadAuthentication)
    }

    @Test func anEncryptorEndsOnce() throws {
        var encryptor = PayloadEncryptor(fileKey: fileKey)
        var output: [UInt8] = []
        try encryptor.update(pattern(70_000), into: &output)
        try encryptor.finish(into: &output)
        let complete = output
        var codes: [AgeError.Code] = []
        do { try encryptor.finish(into: &output) } catch { codes.append(error.code) }
        do { try encryptor.update([1], into: &output) } catch { codes.append(error.code) }
        #expect(codes == [.streamFinished, .streamFinished])
        #expect(output == complete)
        #expect(opened(output).plaintext == pattern(70_000))
    }

    @Test func aDecryptorEndsOnceAndKeepsItsError() throws {
        let payload = try sealed(pattern(100), fileKey: fileKey)
        var decryptor = PayloadDecryptor(fileKey: fileKey)
        var output: [UInt8] = []
        try payload.withUnsafeBytes { try decryptor.update($0, into: &output) }
        #expect(decryptor.nonce?.bytes == Array(payload[..<16]))
        #expect(decryptor.plaintextLength == 0)
        try decryptor.finish(into: &output)
        #expect(decryptor.plaintextLength == 100)
        #expect(#expect(throws: AgeError.self) { try decryptor.finish(into: &output) }?.code == .streamFinished)
        #expect(output == pattern(100))

        var broken = PayloadDecryptor(fileKey: FileKey())
        let first = #expect(throws: AgeError.self) {
            try payload.withUnsafeBytes { try broken.update($0, into: &output) }
            try broken.finish(into: &output)
        }
        #expect(first?.code == .payloadAuthentication)
        #expect(#expect(throws: AgeError.self) { try broken.finish(into: &output) } == first)
    }

    private struct Full: Error {}

    @Test func aFailingReceiverEndsTheStream() throws {
        let payload = try sealed(pattern(200_000), fileKey: fileKey)
        var decryptor = PayloadDecryptor(fileKey: fileKey)
        var calls = 0
        _ = payload.withUnsafeBytes { bytes in
            #expect(throws: Full.self) {
                try decryptor.update(bytes) { (_) throws(Full) in
                    calls += 1
                    if calls == 2 { throw Full() }
                }
            }
        }
        #expect(calls == 2)
        let error = #expect(throws: AgeError.self) { try decryptor.finish { _ in calls += 1 } }
        #expect(error?.code == .streamFinished)
        #expect(calls == 2)
    }

    @Test func theClosureSeesWhatIsAppended() throws {
        let plaintext = pattern(200_000)
        let payload = try sealed(plaintext, fileKey: fileKey)
        var decryptor = PayloadDecryptor(fileKey: fileKey)
        var output: [UInt8] = []
        for piece in pieces(of: payload, sizes: [40_000]) {
            try payload[piece].withUnsafeBytes { bytes in
                try decryptor.update(bytes) { output.append(contentsOf: $0) }
            }
        }
        try decryptor.finish { output.append(contentsOf: $0) }
        #expect(output == plaintext)
    }
}
