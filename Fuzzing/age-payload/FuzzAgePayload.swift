import Age

/// What every run uses; secret to nobody.
private enum Fixture {
    static let fileKey = known { try FileKey(bytes: Array("YELLOW SUBMARINE".utf8)) }
    static let nonce = known { try PayloadNonce(bytes: Array("payload nonce 16".utf8)) }

    private static func known<Value>(_ make: () throws -> Value) -> Value {
        do { return try make() } catch { fatalError("\(error)") }
    }
}

/// Reads numbers off the front of the fuzzer's bytes; zeros behind their end.
private struct Reader {
    var rest: UnsafeRawBufferPointer

    mutating func byte() -> Int {
        guard let first = rest.first else { return 0 }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst())
        return Int(first)
    }

    mutating func number() -> Int { byte() << 16 | byte() << 8 | byte() }
}

/// One run: the first byte says which part of the module gets the others.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAgePayload(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var reader = Reader(rest: UnsafeRawBufferPointer(start: start, count: count))
    if reader.byte() % 2 == 0 { fuzzPayload(&reader) } else { fuzzStrangePayload(&reader) }
    return 0
}

/// A sealed payload with one byte changed and its end moved: what comes out is a beginning of what went in.
private func fuzzPayload(_ reader: inout Reader) {
    let plaintext = [UInt8](repeating: UInt8(reader.byte()), count: reader.number() % 200_000)
    let size = reader.number() % 140_000 + 1
    var payload = seal(plaintext, under: Fixture.fileKey, Fixture.nonce)
    let whole = payload
    payload[reader.number() % payload.count] ^= UInt8(reader.byte())
    payload.removeLast(reader.number() % (payload.count + 1) / (reader.byte() + 1))
    payload += Array(reader.rest)
    let (released, failure) = open(payload, under: Fixture.fileKey, pieces: size)
    precondition(plaintext.starts(with: released))
    precondition((failure == nil) == (payload == whole))
    precondition(failure != nil || released == plaintext)
    randomAccess(payload, under: Fixture.fileKey, expecting: payload == whole ? plaintext : nil)
}

/// Any bytes as a payload under a key that they name: the same however it is cut, and what comes out, sealed again, is
/// what went in.
private func fuzzStrangePayload(_ reader: inout Reader) {
    let size = reader.number() % 140_000 + 1
    let key = Array(reader.rest.prefix(16))
    guard let fileKey = try? FileKey(bytes: key) else { return }
    let payload = Array(reader.rest.dropFirst(16))
    let (released, failure) = open(payload, under: fileKey, pieces: max(payload.count, 1))
    let (other, otherFailure) = open(payload, under: fileKey, pieces: size)
    precondition(released == other && failure == otherFailure)
    randomAccess(payload, under: fileKey, expecting: failure == nil ? released : nil)
    guard failure == nil || !released.isEmpty, let nonce = try? PayloadNonce(bytes: payload.prefix(16)) else { return }
    let whole = seal(released, under: fileKey, nonce)
    if failure == nil {
        precondition(whole == payload)
    } else {
        // Chunks that are not the last, or the last with something behind it.
        let chunks = seal(released + [0], under: fileKey, nonce).prefix(16 + released.count / 65_536 * 65_552)
        precondition(payload.starts(with: chunks) && released.count % 65_536 == 0 || payload.starts(with: whole))
    }
}

private func seal(_ plaintext: [UInt8], under fileKey: FileKey, _ nonce: PayloadNonce) -> [UInt8] {
    var payload: [UInt8] = []
    var encryptor = PayloadEncryptor(fileKey: fileKey, nonce: nonce)
    do {
        try encryptor.update(plaintext, into: &payload)
        try encryptor.finish(into: &payload)
    } catch { fatalError("\(error)") }
    return payload
}

private func open(_ payload: [UInt8], under fileKey: FileKey, pieces size: Int) -> ([UInt8], AgeError?) {
    var decryptor = PayloadDecryptor(fileKey: fileKey)
    var released: [UInt8] = []
    do throws(AgeError) {
        var position = 0
        while position < payload.count {
            let end = min(position + size, payload.count)
            try payload[position..<end].withUnsafeBufferPointer { (piece) throws(AgeError) in
                try decryptor.update(UnsafeRawBufferPointer(piece), into: &released)
            }
            position = end
        }
        try decryptor.finish(into: &released)
        return (released, nil)
    } catch {
        return (released, error)
    }
}

/// Opens chunk by chunk, from the last to the first; a payload that lost its true end opens nowhere.
private func randomAccess(_ payload: [UInt8], under fileKey: FileKey, expecting plaintext: [UInt8]?) {
    guard let layout = try? PayloadLayout(payloadLength: payload.count) else {
        precondition(plaintext == nil)
        return
    }
    var pieces: [[UInt8]] = []
    do {
        let nonce = try PayloadNonce(bytes: payload[..<16])
        let last = try layout.payloadRange(ofChunk: layout.lastChunk)
        let opener = try payload[last].withUnsafeBytes {
            try ChunkOpener(fileKey: fileKey, nonce: nonce, layout: layout, lastChunk: $0)
        }
        for index in (0..<layout.chunkCount).reversed() {
            var piece: [UInt8] = []
            let place = try layout.payloadRange(ofChunk: index)
            try payload[place].withUnsafeBytes { try opener.open(chunk: index, bytes: $0, into: &piece) }
            pieces.append(piece)
        }
    } catch {
        precondition(plaintext == nil)
        return
    }
    // A payload that opens in every place is the one that was sealed.
    precondition(plaintext == Array(pieces.reversed().joined()))
}
