import ArchiveCore
import Foundation
import Synchronization
import TransparencyLog

/// The entries of a copy that a query asks for, one bundle in memory at a time.
///
/// Bytes are searched before an entry is decoded: among a million entries those of one recording are found at the speed
/// of memory. It is made by ``LogCopy/read(_:newestFirst:_:)``, which says what went wrong on the way.
public struct EntryScan: Sequence, Sendable {
    private let copy: LogCopy
    private let size: Int
    /// The numbers of the entries that are looked at.
    private let numbers: Range<Int>
    private let isDescending: Bool
    private let search: LeafSearch
    private let failure: Failure

    /// The first error of all iterators.
    final class Failure: Sendable {
        private let first = Mutex<(any Error)?>(nil)
        func note(_ error: any Error) { first.withLock { $0 = $0 ?? error } }
        func check() throws { if let error = first.withLock({ $0 }) { throw error } }
    }

    init(_ copy: LogCopy, size: Int, _ query: EntryQuery, newestFirst: Bool, failure: Failure) throws {
        self.copy = copy
        self.size = size
        numbers = query.numbers(of: size)
        self.failure = failure
        isDescending = newestFirst
        search = try LeafSearch(query)
    }

    /// Begins at the first entry, or at the last where the newest come first.
    public func makeIterator() -> Iterator { Iterator(self) }

    /// Goes through the entries once.
    public struct Iterator: IteratorProtocol {
        private let scan: EntryScan
        /// The bundle that is looked at, counted in the order of the scan.
        private var step = 0
        private var list: LeafList?
        /// Places in ``list`` that are still to be looked at.
        private var rest = 0..<0

        init(_ scan: EntryScan) { self.scan = scan }

        /// The next entry that the query asks for.
        public mutating func next() -> AuditedEntry? {
            do {
                while true {
                    while let list, let index = popPlace() {
                        guard scan.search.mayInclude(list, index) else { continue }
                        let seq = number * Tile.fullWidth + index
                        guard let entry = LogEntry(leaf: Data(list[index])) else {
                            throw LogFault(.edited, "entry \(seq) is not a canonical entry", entry: seq)
                        }
                        if scan.search.query.includes(entry) { return AuditedEntry(seq: seq, entry: entry) }
                    }
                    guard try openNext() else { return nil }
                }
            } catch {
                scan.failure.note(error)
                (step, list, rest) = (.max, nil, 0..<0)
                return nil
            }
        }

        /// The number of the open bundle.
        private var number: Int { scan.isDescending ? bundles.upperBound - step : bundles.lowerBound + step - 1 }
        /// The bundles with entries that are looked at.
        private var bundles: Range<Int> {
            let numbers = scan.numbers
            guard !numbers.isEmpty else { return 0..<0 }
            return numbers.lowerBound / Tile.fullWidth..<(numbers.upperBound - 1) / Tile.fullWidth + 1
        }

        private mutating func popPlace() -> Int? { scan.isDescending ? rest.popLast() : rest.popFirst() }

        /// Opens the next bundle that may have anything; false after the last.
        private mutating func openNext() throws -> Bool {
            while step < bundles.count {
                step += 1
                let found = try scan.copy.leaves(ofBundle: number, in: scan.size)
                guard scan.search.mayInclude(found) else { continue }
                list = found
                let first = number * Tile.fullWidth
                let wanted = scan.numbers.clamped(to: first..<first + Tile.fullWidth)
                rest = wanted.lowerBound - first..<wanted.upperBound - first
                return true
            }
            (list, rest) = (nil, 0..<0)
            return false
        }
    }
}

extension LogCopy {
    /// Gives `body` the entries that `query` asks for, as far as the copy goes.
    ///
    /// - Throws: what `body` throws; `log-mismatch` where the copy is damaged; ``LogFault`` where an entry is none.
    ///   What `body` made of the entries before that is lost with it.
    public func read<Value>(
        _ query: EntryQuery = EntryQuery(),
        newestFirst: Bool = false,
        _ body: (EntryScan) throws -> Value
    ) throws -> Value {
        let failure = EntryScan.Failure()
        let size = try requiredHead().checkpoint.size
        let value = try body(EntryScan(self, size: size, query, newestFirst: newestFirst, failure: failure))
        try failure.check()
        return value
    }

    /// The same for a `body` that waits for something on the way.
    public func read<Value>(
        _ query: EntryQuery = EntryQuery(),
        newestFirst: Bool = false,
        _ body: (EntryScan) async throws -> Value
    ) async throws -> Value {
        let failure = EntryScan.Failure()
        let size = try requiredHead().checkpoint.size
        let value = try await body(EntryScan(self, size: size, query, newestFirst: newestFirst, failure: failure))
        try failure.check()
        return value
    }

    /// Up to `limit` entries that `query` asks for.
    public func entries(_ query: EntryQuery, newestFirst: Bool = false, limit: Int) throws -> [AuditedEntry] {
        try read(query, newestFirst: newestFirst) { Array($0.prefix(limit)) }
    }
}

extension Range<Int> {
    fileprivate mutating func popFirst() -> Int? {
        guard !isEmpty else { return nil }
        defer { self = lowerBound + 1..<upperBound }
        return lowerBound
    }

    fileprivate mutating func popLast() -> Int? {
        guard !isEmpty else { return nil }
        self = lowerBound..<upperBound - 1
        return upperBound
    }
}
