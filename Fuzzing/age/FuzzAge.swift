import Age

/// What every run uses; secret to nobody.
private enum Fixture {
    static let fileKey = known { try FileKey(bytes: Array("YELLOW SUBMARINE".utf8)) }
    static let nonce = known { try PayloadNonce(bytes: Array("payload nonce 16".utf8)) }
    static let identity = Identity.generateX25519()
    static let stanzas = known { try Header(fileKey: fileKey, recipients: [identity.recipient]).stanzas }

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
public func fuzzAge(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var reader = Reader(rest: UnsafeRawBufferPointer(start: start, count: count))
    switch reader.byte() % 5 {
    case 0: fuzzFile(&reader)
    case 1: fuzzStanzas(&reader)
    case 2: fuzzPayload(&reader)
    case 3: fuzzStrangePayload(&reader)
    default: fuzzKeys(&reader)
    }
    return 0
}

/// Any bytes as a file, whole and in pieces: the same verdict, and a header that parses is written back.
private func fuzzFile(_ reader: inout Reader) {
    let size = reader.byte() + 1
    let bytes = Array(reader.rest)
    func cut(_ size: Int) -> (HeaderCutter, AgeError?) {
        var cutter = HeaderCutter()
        do throws(AgeError) {
            var position = 0
            while position < bytes.count, cutter.header == nil {
                position += try cutter.consume(Array(bytes[position..<min(position + size, bytes.count)]))
            }
            try cutter.finish()
            return (cutter, nil)
        } catch {
            return (cutter, error)
        }
    }
    let (cutter, error) = cut(max(bytes.count, 1))
    let (other, otherError) = cut(size)
    precondition(error == otherError && cutter.header == other.header)
    guard let header = cutter.header else { return }
    precondition(cutter.length == other.length)
    precondition(header.serialized == Array(bytes[..<cutter.length]))
    precondition((try? header.open(with: [Fixture.identity])) == nil)
}

/// Stanzas under a true MAC: what the grammar allows and the types may forbid.
private func fuzzStanzas(_ reader: inout Reader) {
    var stanzas = reader.byte() % 2 == 0 ? Fixture.stanzas : []
    let types = ["X25519", "mlkem768x25519", "scrypt", "x"]
    for _ in 0..<(reader.byte() % 4) {
        let type = types[reader.byte() % types.count]
        let lengths = (reader.byte(), reader.byte())
        let argument = String(decoding: reader.rest.prefix(lengths.0), as: UTF8.self)
        reader.rest = UnsafeRawBufferPointer(rebasing: reader.rest.dropFirst(lengths.0))
        let body = Array(reader.rest.prefix(lengths.1))
        reader.rest = UnsafeRawBufferPointer(rebasing: reader.rest.dropFirst(lengths.1))
        if let stanza = try? Stanza(type: type, arguments: [argument], body: body) { stanzas.append(stanza) }
    }
    guard let header = try? Header(fileKey: Fixture.fileKey, stanzas: stanzas) else { return }
    precondition((try? Header(parsing: header.serialized)) == header)
    if let fileKey = try? header.open(with: [Fixture.identity]) { precondition(fileKey == Fixture.fileKey) }
}

/// A sealed payload with one byte changed and its end moved: what comes out is a beginning of what went in.
private func fuzzPayload(_ reader: inout Reader) {
    let plaintext = [UInt8](repeating: UInt8(reader.byte()), count: reader.number() % 200_000)
    let size = reader.number() % 140_000 + 1
    var payload: [UInt8] = []
    var encryptor = PayloadEncryptor(fileKey: Fixture.fileKey, nonce: Fixture.nonce)
    var released: [UInt8] = []
    do {
        try encryptor.update(plaintext, into: &payload)
        try encryptor.finish(into: &payload)
    } catch { fatalError("\(error)") }
    let whole = payload
    payload[reader.number() % payload.count] ^= UInt8(reader.byte())
    payload.removeLast(reader.number() % (payload.count + 1) / (reader.byte() + 1))
    payload += Array(reader.rest)
    var failure: AgeError?
    do throws(AgeError) {
        var decryptor = PayloadDecryptor(fileKey: Fixture.fileKey)
        var position = 0
        while position < payload.count {
            let end = min(position + size, payload.count)
            try payload[position..<end].withUnsafeBufferPointer { (piece) throws(AgeError) in
                try decryptor.update(UnsafeRawBufferPointer(piece), into: &released)
            }
            position = end
        }
        try decryptor.finish(into: &released)
    } catch { failure = error }
    precondition(plaintext.starts(with: released))
    precondition((failure == nil) == (payload == whole))
    precondition(failure != nil || released == plaintext)
    randomAccess(payload, expecting: payload == whole ? plaintext : nil)
}

/// Any bytes as a payload: nothing comes out.
private func fuzzStrangePayload(_ reader: inout Reader) {
    let payload = Array(reader.rest)
    var decryptor = PayloadDecryptor(fileKey: Fixture.fileKey)
    var released: [UInt8] = []
    var failure: AgeError?
    do throws(AgeError) {
        try payload.withUnsafeBufferPointer { (bytes) throws(AgeError) in
            try decryptor.update(UnsafeRawBufferPointer(bytes), into: &released)
        }
        try decryptor.finish(into: &released)
    } catch { failure = error }
    precondition(failure != nil && released.isEmpty)
    randomAccess(payload, expecting: nil)
}

/// Opens chunk by chunk, from the last to the first; a payload that lost its true end opens nowhere.
private func randomAccess(_ payload: [UInt8], expecting plaintext: [UInt8]?) {
    guard let layout = try? PayloadLayout(payloadLength: payload.count) else {
        precondition(plaintext == nil)
        return
    }
    var pieces: [[UInt8]] = []
    do {
        let nonce = try PayloadNonce(bytes: payload[..<16])
        let last = try layout.payloadRange(ofChunk: layout.lastChunk)
        let opener = try payload[last].withUnsafeBytes {
            try ChunkOpener(fileKey: Fixture.fileKey, nonce: nonce, layout: layout, lastChunk: $0)
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

/// Any text as a key: what is read is written back.
private func fuzzKeys(_ reader: inout Reader) {
    let text = String(decoding: reader.rest, as: UTF8.self)
    if let recipient = try? Recipient(parsing: text) { precondition(recipient.description == text) }
    if let identity = try? Identity(parsing: text) { precondition(identity.secretString == text) }
    if let file = try? IdentityFile(parsing: text) { precondition(!file.identities.isEmpty) }
}
