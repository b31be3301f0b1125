import ArchiveCore
import CLinux
import Foundation

/// Finds out from its bytes that a leaf cannot be asked for. It may let one through that is not, never the other way:
/// leaves are canonical JSON, so each value has one spelling.
struct LeafSearch: Sendable {
    let query: EntryQuery
    private let actors: [[UInt8]]
    private let object: [UInt8]?
    private let decision: [UInt8]?
    /// How the leaf begins: its first key in the order of keys is `action`.
    private let beginning: [UInt8]?
    private let since: [UInt8]?
    private let until: [UInt8]?

    init(_ query: EntryQuery) throws {
        self.query = query
        actors = try query.actors.map { try Self.field("actor", $0) }
        object = try query.object.map { try Self.field("object", $0) }
        decision = try query.decision.map { try Self.field("decision", $0.rawValue) }
        // Without the closing quote: an action below it begins the same.
        beginning = try query.action.map { Array("{".utf8) + (try Self.field("action", $0)).dropLast() }
        since = query.since.map { Array(Timestamp.text($0).utf8) }
        until = query.until.map { Array(Timestamp.text($0).utf8) }
    }

    private static func field(_ name: String, _ value: String) throws -> [UInt8] {
        Array("\"\(name)\":".utf8) + (try CanonicalJSON.encode(value))
    }

    /// Whether any leaf of a bundle may be asked for.
    func mayInclude(_ list: LeafList) -> Bool {
        list.bytes.withUnsafeBytes { mayInclude($0) }
    }

    /// Whether the leaf at `index` may be asked for.
    func mayInclude(_ list: LeafList, _ index: Int) -> Bool {
        list.bytes.withUnsafeBytes { bytes in
            let leaf = UnsafeRawBufferPointer(rebasing: bytes[list.ranges[index]])
            if let beginning, !leaf.starts(with: beginning) { return false }
            return mayInclude(leaf) && mayHaveTime(leaf)
        }
    }

    private func mayInclude(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if let object, !Self.contains(bytes, object) { return false }
        if let decision, !Self.contains(bytes, decision) { return false }
        return actors.isEmpty || actors.contains { Self.contains(bytes, $0) }
    }

    private func mayHaveTime(_ leaf: UnsafeRawBufferPointer) -> Bool {
        guard since != nil || until != nil else { return true }
        // The last key in the order of keys; a time that is not 24 bytes long is left to the decoder.
        let (length, mark) = (24, Array("\"time\":\"".utf8))
        let start = leaf.count - length - 2
        guard start >= mark.count else { return true }
        guard leaf[(start - mark.count)...].starts(with: mark) else { return true }
        let time = leaf[start..<start + length]
        // Texts of times sort as the times do.
        if let since, since.count == length, time.lexicographicallyPrecedes(since) { return false }
        if let until, until.count == length, until.lexicographicallyPrecedes(time) { return false }
        return true
    }

    private static func contains(_ bytes: UnsafeRawBufferPointer, _ needle: [UInt8]) -> Bool {
        guard let base = bytes.baseAddress else { return false }
        return needle.withUnsafeBytes { wanted in
            guard let start = wanted.baseAddress else { return true }
            return linux_contains(base, bytes.count, start, wanted.count) == 1
        }
    }
}
