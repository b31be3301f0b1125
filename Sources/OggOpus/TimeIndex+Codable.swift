internal import Foundation

/// One compact field: LEB128 numbers, as base64 in JSON: step, how many links, then for each link and after them
/// for each entry the differences to the one before.
extension TimeIndex: Codable {
    /// Reads what ``encode(to:)`` wrote.
    ///
    /// - Throws: `DecodingError` for bytes that are not an index.
    public init(from decoder: any Swift.Decoder) throws {
        let container = try decoder.singleValueContainer()
        let data = try container.decode(Data.self)
        guard let index = TimeIndex(encoded: data) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a time index")
        }
        self = index
    }

    /// Writes the index as one `Data`.
    public func encode(to encoder: any Swift.Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(encoded)
    }

    /// The index as bytes: about five for each entry.
    var encoded: Data {
        var data = Data()
        func append(_ value: Int64) {
            var rest = UInt64(bitPattern: value)
            while rest >= 0x80 {
                data.append(UInt8(rest & 0x7F) | 0x80)
                rest >>= 7
            }
            data.append(UInt8(rest))
        }
        append(step)
        append(Int64(links.count))
        for places in [links, entries] {
            var last = Entry(position: 0, offset: 0)
            for entry in places {
                // Both rise and are not negative, so the differences have no sign.
                append(entry.position - last.position)
                append(entry.offset - last.offset)
                last = entry
            }
        }
        return data
    }

    /// Reads ``encoded``; nil where it is anything else.
    init?(encoded data: Data) {
        var rest = data[...]
        func number() -> Int64? {
            var value: UInt64 = 0
            for shift in stride(from: UInt64(0), to: 63, by: 7) {
                guard let byte = rest.popFirst() else { return nil }
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return Int64(value) }
            }
            return nil
        }
        func entry(after last: Entry?) -> Entry? {
            guard let position = number(), let offset = number() else { return nil }
            let (nextPosition, overflow) = (last?.position ?? 0).addingReportingOverflow(position)
            let (nextOffset, otherOverflow) = (last?.offset ?? 0).addingReportingOverflow(offset)
            guard !overflow, !otherOverflow else { return nil }
            return Entry(position: nextPosition, offset: nextOffset)
        }
        guard let step = number(), step > 0, let count = number() else { return nil }
        var links: [Entry] = []
        while links.count < count {
            guard let link = entry(after: links.last) else { return nil }
            links.append(link)
        }
        var entries: [Entry] = []
        while !rest.isEmpty {
            guard let next = entry(after: entries.last) else { return nil }
            entries.append(next)
        }
        self.init(links: links, entries: entries, step: step)
    }
}

extension TimeIndex {
    /// Whether both have the same links, entries and step.
    public static func == (one: TimeIndex, other: TimeIndex) -> Bool {
        one.step == other.step && one.links == other.links && one.entries == other.entries
    }
}
