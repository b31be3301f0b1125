/// Numbers as a person writes them in decimal, one spelling for one number.
enum Decimal {
    /// `text` as a number: digits without leading zeroes, with a minus sign where it is negative.
    static func integer(_ text: some StringProtocol) -> Int? {
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        let isZero = text == "0"
        guard isZero || digits.first != UInt8(ascii: "0") else { return nil }
        return Int(text)
    }
}
