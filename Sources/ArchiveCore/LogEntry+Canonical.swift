extension LogEntry {
    /// The bytes of ``CanonicalJSON`` written straight, where no text in the entry needs an escape; nil elsewhere.
    ///
    /// Every decision writes one on the thread that all of them share, and nearly every entry has plain texts only.
    var plainLeaf: [UInt8]? {
        var writer = PlainJSON()
        writer.open()
        writer.field("action", action)
        writer.field("actor", actor)
        if let certificate { writer.field("certificate", certificate) }
        writer.field("commitments", commitments)
        writer.field("decision", decision.rawValue)
        writer.field("details", details)
        if let label { writer.field("label", label) }
        if let object { writer.field("object", object) }
        writer.field("role", role)
        writer.field("time", Timestamp.text(time))
        writer.close()
        return writer.isPlain ? writer.bytes : nil
    }
}

/// JSON of texts that need no escape.
private struct PlainJSON {
    private(set) var bytes: [UInt8] = []
    private(set) var isPlain = true
    private var needsComma = false

    init() { bytes.reserveCapacity(768) }

    mutating func open() {
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
    }

    mutating func close() {
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    mutating func field(_ name: String, _ value: String) {
        key(name)
        text(value)
    }

    mutating func field(_ name: String, _ values: [String: String]) {
        key(name)
        open()
        // By bytes, as the encoder sorts keys.
        for (name, value) in values.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            field(name, value)
        }
        close()
    }

    private mutating func key(_ name: String) {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        text(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = true
    }

    private mutating func text(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            // Printable ASCII but the quote and the backslash (RFC 8259 §7).
            isPlain =
                isPlain && (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
