/// Cuts the header off the front of an age file that arrives in pieces of any size.
///
/// What it accepts, and the error it throws, depend on the bytes alone and never on how they were cut.
public struct HeaderCutter: Sendable {
    /// A first line longer than this is no version line; so noise is refused long before the limit of a header.
    private static let longestVersionLine = 256

    private let limits: Header.Limits
    private var parser: HeaderParser
    /// The line that has begun and not ended.
    private var line: [UInt8] = []
    private var failure: AgeError?

    /// A cutter at the first byte of a file.
    public init(limits: Header.Limits = Header.defaultLimits) {
        self.limits = limits
        parser = HeaderParser(maximumStanzas: limits.maximumStanzas)
    }

    /// The header, once it is complete.
    public var header: Header? { parser.header }

    /// How many bytes of the header have arrived; when it is complete, its length, which is where the payload starts.
    public var length: Int { parser.length + line.count }

    /// Takes the next bytes of the file and returns how many of them belong to the header.
    ///
    /// Fewer than all means that the header is complete and the rest is payload; so does zero, once it is.
    ///
    /// - Throws: ``AgeError``; the same again on every later call.
    public mutating func consume(_ bytes: UnsafeRawBufferPointer) throws(AgeError) -> Int {
        if let failure { throw failure }
        do throws(AgeError) {
            var position = 0
            while header == nil, position < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
                let end = rest.firstIndex(of: UInt8(ascii: "\n"))
                let piece = UnsafeRawBufferPointer(rebasing: rest[..<(end ?? rest.count)])
                try check(adding: piece.count)
                position += piece.count
                guard end != nil else {
                    line.append(contentsOf: piece)
                    break
                }
                if line.isEmpty {
                    try parser.accept(piece)
                } else {
                    line.append(contentsOf: piece)
                    let whole = line
                    line.removeAll(keepingCapacity: true)
                    try whole.withLine { (buffer) throws(AgeError) in try parser.accept(buffer) }
                }
                position += 1
            }
            return position
        } catch {
            failure = error
            throw error
        }
    }

    /// Takes the next bytes, as ``consume(_:)-(UnsafeRawBufferPointer)`` does.
    public mutating func consume(_ bytes: [UInt8]) throws(AgeError) -> Int {
        try bytes.withLine { (buffer) throws(AgeError) in try consume(buffer) }
    }

    /// Says that the file has ended.
    ///
    /// - Throws: ``AgeError`` `malformed-header` where the header is not complete.
    public func finish() throws(AgeError) {
        if let failure { throw failure }
        guard header != nil else {
            throw AgeError(code: .malformedHeader, message: "the file ends within the header", offset: length)
        }
    }

    /// Checks the limits for a line that grows by `count` bytes, its line feed not counted.
    private func check(adding count: Int) throws(AgeError) {
        let grown = line.count + count
        if parser.expectsVersion, grown > Self.longestVersionLine {
            throw AgeError(code: .malformedHeader, message: "this is not an age file", offset: 0)
        }
        guard parser.length + grown < limits.maximumLength else {
            throw AgeError(
                code: .headerTooLarge,
                message: "the header is longer than \(limits.maximumLength) bytes",
                offset: limits.maximumLength
            )
        }
    }
}

extension [UInt8] {
    /// `withUnsafeBytes` that keeps the type of the error.
    fileprivate func withLine<Result>(
        _ body: (UnsafeRawBufferPointer) throws(AgeError) -> Result
    ) throws(AgeError) -> Result {
        try withUnsafeBufferPointer { (buffer) throws(AgeError) in try body(UnsafeRawBufferPointer(buffer)) }
    }
}
