import Foundation

/// The fields of a leaf in which no text needs an escape, where they lie: reading it allocates nothing, and who verifies the
/// log reads a million.
///
/// It reads what `LogEntry.plainLeaf` writes, and nothing else. All of it is valid as long as the bytes that it was read from.
public struct PlainLeaf {
    /// When.
    public let time: UnsafeRawBufferPointer
    /// Who.
    public let actor: UnsafeRawBufferPointer
    /// What was done or asked for.
    public let action: UnsafeRawBufferPointer
    /// On what.
    public let object: UnsafeRawBufferPointer?
    /// Whether it was done.
    public let decision: UnsafeRawBufferPointer
    /// Commitments by field.
    public let commitments: PlainTexts

    let milliseconds: Int
    let role: UnsafeRawBufferPointer
    let certificate: UnsafeRawBufferPointer?
    let label: UnsafeRawBufferPointer?
    let allows: Bool
    let details: PlainTexts

    /// Nil for every other leaf, whether it is an entry or not.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count <= LogEntry.maximumLength, bytes.needsNoEscape else { return nil }
        var reader = PlainReader(rest: bytes)
        guard reader.skip("{\"action\":"), let action = reader.text(), reader.skip(",\"actor\":"),
            let actor = reader.text()
        else { return nil }
        var certificate: UnsafeRawBufferPointer?
        if reader.skip(",\"certificate\":") {
            guard let found = reader.text() else { return nil }
            certificate = found
        }
        guard reader.skip(",\"commitments\":"), let commitments = reader.texts(), reader.skip(",\"decision\":"),
            let decision = reader.text(), reader.skip(",\"details\":"), let details = reader.texts()
        else { return nil }
        var label: UnsafeRawBufferPointer?
        if reader.skip(",\"label\":") {
            guard let found = reader.text() else { return nil }
            label = found
        }
        var object: UnsafeRawBufferPointer?
        if reader.skip(",\"object\":") {
            guard let found = reader.text() else { return nil }
            object = found
        }
        guard reader.skip(",\"role\":"), let role = reader.text(), reader.skip(",\"time\":"), let time = reader.text(),
            reader.skip("}"), reader.rest.isEmpty, let milliseconds = Timestamp.canonicalTime(time),
            let allows = Self.allows(decision)
        else { return nil }
        self.time = time
        self.actor = actor
        self.action = action
        self.object = object
        self.decision = decision
        self.commitments = commitments
        self.milliseconds = milliseconds
        self.role = role
        self.certificate = certificate
        self.label = label
        self.allows = allows
        self.details = details
    }

    private static func allows(_ decision: UnsafeRawBufferPointer) -> Bool? {
        if decision.hasSameBytes(as: "allow") { return true }
        return decision.hasSameBytes(as: "refuse") ? false : nil
    }
}

extension LogEntry {
    /// The same with its fields copied.
    init(_ leaf: PlainLeaf) {
        func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }
        self.init(
            time: Date(timeIntervalSince1970: Double(leaf.milliseconds) / 1000),
            actor: text(leaf.actor),
            role: text(leaf.role),
            certificate: leaf.certificate.map(text),
            action: text(leaf.action),
            object: leaf.object.map(text),
            label: leaf.label.map(text),
            decision: leaf.allows ? .allow : .refuse,
            details: leaf.details.dictionary,
            commitments: leaf.commitments.dictionary
        )
    }
}

/// Texts by name in a ``PlainLeaf``.
public struct PlainTexts {
    /// How many.
    public let count: Int
    private let bytes: UnsafeRawBufferPointer

    fileprivate init(count: Int, bytes: UnsafeRawBufferPointer) {
        self.count = count
        self.bytes = bytes
    }

    /// The text of this name; nil where there is none.
    public subscript(name: String) -> UnsafeRawBufferPointer? {
        var found: UnsafeRawBufferPointer?
        forEach { if $0.hasSameBytes(as: name) { found = $1 } }
        return found
    }

    var dictionary: [String: String] {
        var texts = [String: String](minimumCapacity: count)
        forEach { texts[String(decoding: $0, as: UTF8.self)] = String(decoding: $1, as: UTF8.self) }
        return texts
    }

    private func forEach(_ body: (_ name: UnsafeRawBufferPointer, _ text: UnsafeRawBufferPointer) -> Void) {
        var reader = PlainReader(rest: bytes)
        _ = reader.countTexts(body)
    }
}

/// Goes once through bytes that need no escape.
private struct PlainReader {
    /// What is not read yet.
    var rest: UnsafeRawBufferPointer

    /// Whether `expected` comes next; then it is read.
    mutating func skip(_ expected: StaticString) -> Bool {
        let count = expected.utf8CodeUnitCount
        guard rest.count >= count, let start = rest.baseAddress, memcmp(start, expected.utf8Start, count) == 0 else {
            return false
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        return true
    }

    /// The bytes of a text: up to the next quote, as nothing is escaped.
    mutating func text() -> UnsafeRawBufferPointer? {
        guard let start = rest.baseAddress, rest.first == UInt8(ascii: "\""),
            let quote = memchr(start + 1, Int32(UInt8(ascii: "\"")), rest.count - 1)
        else { return nil }
        let end = UnsafeRawPointer(quote) - start
        let found = UnsafeRawBufferPointer(rebasing: rest[1..<end])
        rest = UnsafeRawBufferPointer(rebasing: rest[(end + 1)...])
        return found
    }

    /// An object of texts.
    mutating func texts() -> PlainTexts? {
        let before = rest
        guard let count = countTexts({ _, _ in }) else { return nil }
        return PlainTexts(count: count, bytes: UnsafeRawBufferPointer(rebasing: before[..<(before.count - rest.count)]))
    }

    /// Gives `body` the texts of an object and counts them; nil where they are not in the order of their names' bytes, each once.
    mutating func countTexts(_ body: (_ name: UnsafeRawBufferPointer, _ text: UnsafeRawBufferPointer) -> Void) -> Int? {
        guard skip("{") else { return nil }
        if skip("}") { return 0 }
        var count = 0
        var last: UnsafeRawBufferPointer?
        repeat {
            guard let name = text(), skip(":"), let value = text() else { return nil }
            if let last, !last.lexicographicallyPrecedes(name) { return nil }
            last = name
            count += 1
            body(name, value)
        } while skip(",")
        return skip("}") ? count : nil
    }
}

extension UnsafeRawBufferPointer {
    /// Whether both have the same bytes.
    public func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let one = baseAddress, let two = other.baseAddress else { return true }
        return memcmp(one, two, count) == 0
    }

    /// Whether these are the bytes of `text`.
    public func hasSameBytes(as text: String) -> Bool {
        var text = text
        return text.withUTF8 { hasSameBytes(as: UnsafeRawBufferPointer($0)) }
    }

    /// Whether all are printable ASCII and none is a backslash (RFC 8259 §7). There is no way out of the loop before its end, so
    /// that it goes by vectors.
    fileprivate var needsNoEscape: Bool {
        var others: UInt8 = 0
        for index in indices {
            let byte = self[index]
            others |= (byte &- 0x20 > 0x7E - 0x20 ? 1 : 0) | (byte == UInt8(ascii: "\\") ? 1 : 0)
        }
        return others == 0
    }
}
