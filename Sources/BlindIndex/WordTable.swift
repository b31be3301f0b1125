/// Gives words numbers, the same number for the same bytes, without an allocation for each.
struct WordTable {
    /// Numbers by hash, open addressing; -1 where there is none.
    private var slots: [Int32]
    private var hashes: [UInt64] = []
    /// Where each word ends in ``bytes``; it begins where the one before ends.
    private var ends: [Int32] = []
    private var bytes: [UInt8] = []
    /// Texts come from outside: nobody shall know which words collide.
    private let seed = UInt64.random(in: .min ... .max)

    init() { slots = [Int32](repeating: -1, count: 256) }

    /// How many words have numbers.
    var count: Int { ends.count }
    /// How many bytes they have together.
    var byteCount: Int { bytes.count }

    /// The bytes of a word.
    func withBytes<Value>(of number: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        let start = number == 0 ? 0 : Int(ends[Int(number) - 1])
        let end = Int(ends[Int(number)])
        return bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[start..<end])) }
    }

    /// The number of `word`: a new one where it has none yet.
    mutating func number(of word: UnsafeBufferPointer<UInt8>) -> Int32 {
        let hash = hash(word)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] >= 0 {
            let number = slots[slot]
            if hashes[Int(number)] == hash, isEqual(number, word) { return number }
            slot = (slot + 1) & (slots.count - 1)
        }
        let number = Int32(ends.count)
        slots[slot] = number
        hashes.append(hash)
        bytes.append(contentsOf: word)
        ends.append(Int32(bytes.count))
        if ends.count * 2 > slots.count { grow() }
        return number
    }

    private func isEqual(_ number: Int32, _ word: UnsafeBufferPointer<UInt8>) -> Bool {
        withBytes(of: number) { own in
            guard own.count == word.count else { return false }
            for index in 0..<own.count where own[index] != word[index] { return false }
            return true
        }
    }

    private mutating func grow() {
        var larger = [Int32](repeating: -1, count: slots.count * 2)
        for number in ends.indices {
            var slot = Int(truncatingIfNeeded: hashes[number]) & (larger.count - 1)
            while larger[slot] >= 0 { slot = (slot + 1) & (larger.count - 1) }
            larger[slot] = Int32(number)
        }
        slots = larger
    }

    private func hash(_ word: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash = seed ^ UInt64(word.count)
        var chunk: UInt64 = 0
        for index in 0..<word.count {
            chunk = (chunk << 8) | UInt64(word[index])
            if index & 7 == 7 {
                hash = Self.mix(hash ^ chunk)
                chunk = 0
            }
        }
        return Self.mix(hash ^ chunk)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        let (high, low) = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return high ^ low
    }
}
