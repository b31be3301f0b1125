import Age

/// What every run uses; secret to nobody.
private enum Fixture {
    static let fileKey = known { try FileKey(bytes: Array("YELLOW SUBMARINE".utf8)) }
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
}

/// One run: the first byte says which part of the module gets the others.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAgeHeader(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var reader = Reader(rest: UnsafeRawBufferPointer(start: start, count: count))
    switch reader.byte() % 4 {
    case 0: fuzzFile(&reader)
    case 1: fuzzStanzas(&reader)
    case 2: fuzzKeys(&reader)
    default: fuzzArmor(&reader)
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
    precondition(cutter.length <= Header.defaultLimits.maximumLength)
    precondition(header.stanzas.count <= Header.defaultLimits.maximumStanzas)
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

/// Any text as a key: what is read is written back.
private func fuzzKeys(_ reader: inout Reader) {
    let text = String(decoding: reader.rest, as: UTF8.self)
    if let recipient = try? Recipient(parsing: text) { precondition(recipient.description == text) }
    if let identity = try? Identity(parsing: text) { precondition(identity.secretString == text) }
    if let file = try? IdentityFile(parsing: text) { precondition(!file.identities.isEmpty) }
}

/// Any bytes as an armored file: the same in pieces, and what comes out goes in again.
private func fuzzArmor(_ reader: inout Reader) {
    let size = reader.byte() + 1
    let text = reader.rest
    func takeOff(_ bytes: UnsafeRawBufferPointer, _ size: Int) -> ([UInt8], AgeError?) {
        var decoder = ArmorDecoder()
        var output: [UInt8] = []
        do throws(AgeError) {
            for start in stride(from: 0, to: bytes.count, by: size) {
                let piece = bytes[start..<min(start + size, bytes.count)]
                try decoder.update(UnsafeRawBufferPointer(rebasing: piece), into: &output)
            }
            try decoder.finish(into: &output)
            return (output, nil)
        } catch {
            return (output, error)
        }
    }
    let (bytes, error) = takeOff(text, max(text.count, 1))
    let (other, otherError) = takeOff(text, size)
    precondition(bytes == other && error == otherError)
    precondition(bytes.count <= text.count)
    guard error == nil else { return }
    var (encoder, armored) = (ArmorEncoder(), [UInt8]())
    bytes.withUnsafeBytes { encoder.update($0, into: &armored) }
    encoder.finish(into: &armored)
    let (again, againError) = armored.withUnsafeBytes { takeOff($0, size) }
    precondition(againError == nil && again == bytes)
}
