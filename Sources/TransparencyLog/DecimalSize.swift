/// The size of a tree as the C2SP formats write it: ASCII decimal without leading zeroes.
public enum DecimalSize {
    /// The size that `digits` stand for, or nil where they are not its one spelling.
    public static func read(_ digits: some Collection<UInt8>) -> Int? {
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        guard digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }
}
