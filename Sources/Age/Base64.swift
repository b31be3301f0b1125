/// Standard base64 without padding, and in its one canonical spelling (RFC 4648 §4 and §3.5; C2SP age.md, "Conventions").
///
/// Foundation's decoder accepts what the specification tells us to refuse: padding and stray bits in the last character.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: .max, count: 256)
        for (value, character) in alphabet.enumerated() {
            values[Int(character)] = UInt8(value)
        }
        return values
    }()

    /// Appends what `text` spells to `output`; false, with `output` as it was, where `text` is not canonical.
    static func decode(_ text: UnsafeRawBufferPointer, into output: inout [UInt8]) -> Bool {
        // One character alone carries 6 bits, never a byte.
        guard text.count % 4 != 1 else { return false }
        let start = output.count
        var bits: UInt32 = 0
        var count = 0
        for character in text {
            let value = values[Int(character)]
            guard value != .max else {
                output.removeSubrange(start...)
                return false
            }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                output.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
                bits &= 1 << UInt32(count) - 1
            }
        }
        // RFC 4648 §3.5: bits that spell no byte must be zero.
        guard bits == 0 else {
            output.removeSubrange(start...)
            return false
        }
        return true
    }

    /// What `text` spells, or nil where it is not canonical.
    static func decode(_ text: String) -> [UInt8]? {
        var output: [UInt8] = []
        let characters = Array(text.utf8)
        return characters.withUnsafeBytes({ decode($0, into: &output) }) ? output : nil
    }

    /// Appends the canonical spelling of `bytes` to `output`.
    static func encode(_ bytes: some Sequence<UInt8>, into output: inout [UInt8]) {
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                output.append(alphabet[Int(bits >> UInt32(count) & 63)])
                bits &= 1 << UInt32(count) - 1
            }
        }
        if count > 0 {
            output.append(alphabet[Int(bits << UInt32(6 - count) & 63)])
        }
    }

    /// The canonical spelling of `bytes`.
    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var output: [UInt8] = []
        encode(bytes, into: &output)
        return String(decoding: output, as: UTF8.self)
    }
}
