/// Bech32 (BIP 173) without its limit on length, as age writes keys (C2SP age.md, "Conventions").
enum Bech32 {
    private static let alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)
    private static let checksumLength = 6
    private static let separator = UInt8(ascii: "1")

    /// The bytes that `text` carries behind the human-readable part `prefix`; nil unless it is the one string that
    /// ``encode(_:prefix:)`` would give.
    ///
    /// `prefix` decides the case: BIP 173 allows all upper or all lower, and age writes each kind of key in one of them.
    static func decode(_ text: String, prefix: String) -> [UInt8]? {
        var characters = Array(text.utf8)
        let uppercase = prefix.utf8.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        let wrongCase = uppercase ? UInt8(ascii: "a")...UInt8(ascii: "z") : UInt8(ascii: "A")...UInt8(ascii: "Z")
        guard !characters.contains(where: { wrongCase.contains($0) }) else { return nil }
        // The separator is the last "1": the alphabet of the data has none, the prefix may have one (`age1pq`).
        guard let split = characters.lastIndex(of: separator), characters[..<split].elementsEqual(prefix.utf8) else {
            return nil
        }
        if uppercase { characters = characters.map(lowercased) }
        var values: [UInt8] = []
        values.reserveCapacity(characters.count - split)
        for character in characters[(split + 1)...] {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            values.append(UInt8(value))
        }
        guard values.count >= checksumLength, checksum(characters[..<split], values) == 1 else { return nil }
        return bytes(of: values.dropLast(checksumLength))
    }

    /// `bytes` behind the human-readable part `prefix`, in its case.
    static func encode(_ bytes: some Sequence<UInt8>, prefix: String) -> String {
        let uppercase = prefix.utf8.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        var values: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = (bits << 8 | UInt32(byte)) & 0xFFF
            count += 8
            while count >= 5 {
                count -= 5
                values.append(UInt8(bits >> UInt32(count) & 31))
            }
        }
        if count > 0 { values.append(UInt8(bits << UInt32(5 - count) & 31)) }
        let lowercasePrefix = prefix.utf8.map(lowercased)
        // BIP 173: the checksum is always that of the lower-case string.
        let sum = checksum(lowercasePrefix, values + [UInt8](repeating: 0, count: checksumLength)) ^ 1
        for place in 0..<checksumLength {
            values.append(UInt8(sum >> UInt32(5 * (checksumLength - 1 - place)) & 31))
        }
        let text = String(
            decoding: lowercasePrefix + [separator] + values.map { alphabet[Int($0)] },
            as: UTF8.self
        )
        return uppercase ? text.uppercased() : text
    }

    /// Five-bit groups to bytes; nil where the padding is a whole group or not zero.
    private static func bytes(of values: ArraySlice<UInt8>) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(values.count * 5 / 8)
        var bits: UInt32 = 0
        var count = 0
        for value in values {
            bits = bits << 5 | UInt32(value)
            count += 5
            if count >= 8 {
                count -= 8
                output.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
                bits &= 1 << UInt32(count) - 1
            }
        }
        return count < 5 && bits == 0 ? output : nil
    }

    /// The BCH code of BIP 173 over the prefix and the data.
    private static func checksum(_ prefix: some Collection<UInt8>, _ values: [UInt8]) -> UInt32 {
        let generators: [UInt32] = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3]
        var sum: UInt32 = 1
        func add(_ value: UInt8) {
            let top = sum >> 25
            sum = (sum & 0x1FF_FFFF) << 5 ^ UInt32(value)
            for (bit, generator) in generators.enumerated() where top >> UInt32(bit) & 1 == 1 {
                sum ^= generator
            }
        }
        for character in prefix { add(character >> 5) }
        add(0)
        for character in prefix { add(character & 31) }
        for value in values { add(value) }
        return sum
    }

    private static func lowercased(_ character: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(character) ? character | 0x20 : character
    }
}
