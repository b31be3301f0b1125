import Foundation

/// Ascending numbers as LEB128 differences: what a document's terms are kept as, about 1.3 bytes each.
enum NumberList {
    /// The bytes of `numbers`, which ascend.
    static func encode(_ numbers: some Sequence<Int64>) -> Data {
        var bytes: [UInt8] = []
        var last: Int64 = 0
        for number in numbers {
            var rest = UInt64(number - last)
            while rest >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            bytes.append(UInt8(rest))
            last = number
        }
        return Data(bytes)
    }

    /// Calls `body` with every number of `data`.
    static func forEach(in data: Data, _ body: (Int64) throws -> Void) rethrows {
        var last: Int64 = 0
        var number: UInt64 = 0
        var shift: UInt64 = 0
        for byte in data {
            number |= UInt64(byte & 0x7F) << shift
            shift += 7
            guard byte < 0x80 else { continue }
            last &+= Int64(truncatingIfNeeded: number)
            try body(last)
            (number, shift) = (0, 0)
        }
    }
}
