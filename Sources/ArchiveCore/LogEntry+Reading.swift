import struct Foundation.Data
import struct Foundation.Date

extension LogEntry {
    /// Reads what ``plainLeaf`` writes, and nothing else: nil for every other leaf, whether it is an entry or not.
    ///
    /// Foundation takes fifty times as long, and an auditor reads a million.
    init?(plainLeaf bytes: Data) {
        guard bytes.count <= Self.maximumLength,
            let entry = bytes.withUnsafeBytes({ buffer -> LogEntry? in
                var reader = PlainReader(rest: buffer)
                return reader.entry()
            })
        else { return nil }
        self = entry
    }
}

/// Goes through a leaf once, from its first byte to its last.
private struct PlainReader {
    /// What is not read yet.
    var rest: UnsafeRawBufferPointer

    mutating func entry() -> LogEntry? {
        guard skip("{\"action\":"), let action = text(), skip(",\"actor\":"), let actor = text() else { return nil }
        var certificate: String?
        if skip(",\"certificate\":") {
            guard let found = text() else { return nil }
            certificate = found
        }
        guard skip(",\"commitments\":"), let commitments = texts(), skip(",\"decision\":"),
            let decision = text().flatMap(LogEntry.Decision.init(rawValue:)), skip(",\"details\":"),
            let details = texts()
        else { return nil }
        var label: String?
        if skip(",\"label\":") {
            guard let found = text() else { return nil }
            label = found
        }
        var object: String?
        if skip(",\"object\":") {
            guard let found = text() else { return nil }
            object = found
        }
        guard skip(",\"role\":"), let role = text(), skip(",\"time\":"), let time = text(), skip("}"), rest.isEmpty,
            let milliseconds = Timestamp.canonicalTime(time)
        else { return nil }
        return LogEntry(
            time: Date(timeIntervalSince1970: Double(milliseconds) / 1000),
            actor: actor,
            role: role,
            certificate: certificate,
            action: action,
            object: object,
            label: label,
            decision: decision,
            details: details,
            commitments: commitments
        )
    }

    /// Whether `expected` comes next; then it is read.
    private mutating func skip(_ expected: StaticString) -> Bool {
        let count = expected.utf8CodeUnitCount
        guard rest.count >= count else { return false }
        for index in 0..<count where rest[index] != expected.utf8Start[index] { return false }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        return true
    }

    /// The bytes of a text that needs no escape.
    private mutating func plain() -> UnsafeRawBufferPointer? {
        guard rest.first == UInt8(ascii: "\"") else { return nil }
        var end = 1
        while end < rest.count {
            let byte = rest[end]
            if byte == UInt8(ascii: "\"") {
                let found = UnsafeRawBufferPointer(rebasing: rest[1..<end])
                rest = UnsafeRawBufferPointer(rebasing: rest[(end + 1)...])
                return found
            }
            guard (0x20...0x7E).contains(byte), byte != UInt8(ascii: "\\") else { return nil }
            end += 1
        }
        return nil
    }

    private mutating func text() -> String? { plain().map { String(decoding: $0, as: UTF8.self) } }

    private mutating func texts() -> [String: String]? {
        guard skip("{") else { return nil }
        var found: [String: String] = [:]
        if skip("}") { return found }
        var last: UnsafeRawBufferPointer?
        repeat {
            guard let name = plain(), skip(":"), let value = text() else { return nil }
            // In the order of their bytes, each once.
            if let last, !last.lexicographicallyPrecedes(name) { return nil }
            last = name
            found[String(decoding: name, as: UTF8.self)] = value
        } while skip(",")
        return skip("}") ? found : nil
    }
}
