/// A body that comes in pieces, and breaks where it is told to.
public struct MadePieces: AsyncSequence, Sendable {
    /// A piece of it.
    public typealias Element = [UInt8]

    private let bytes: [UInt8]
    private let step: Int
    private let failure: (any Error)?

    /// All of `bytes`, `step` at a time; then `failure`, where there is one.
    public init(_ bytes: [UInt8], step: Int = 65_536, failingWith failure: (any Error)? = nil) {
        self.bytes = bytes
        self.step = step
        self.failure = failure
    }

    /// Goes through it.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let pieces: MadePieces
        var offset = 0

        /// The next piece; nil at the end.
        public mutating func next() async throws -> [UInt8]? {
            guard offset < pieces.bytes.count else {
                if let failure = pieces.failure { throw failure }
                return nil
            }
            let end = Swift.min(pieces.bytes.count, offset + pieces.step)
            defer { offset = end }
            return Array(pieces.bytes[offset..<end])
        }
    }

    /// From its beginning.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pieces: self) }
}
