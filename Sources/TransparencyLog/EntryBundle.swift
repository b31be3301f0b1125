public import Foundation

/// Entries as a log hands them out, up to 256 at a time: each after its length in 16 bits, big-endian (C2SP tlog-tiles, Log
/// entries).
public enum EntryBundle {
    /// The longest entry that its length can say.
    public static let maximumEntryLength = 65_535

    /// The bundle of these entries.
    ///
    /// - Throws: ``LogError/Code/tooLarge`` where an entry is longer than ``maximumEntryLength``.
    public static func encode(_ entries: some Sequence<Data>) throws(LogError) -> Data {
        var bundle = Data()
        for entry in entries {
            guard entry.count <= maximumEntryLength else {
                throw LogError(.tooLarge, "an entry of \(entry.count) bytes; at most \(maximumEntryLength) fit")
            }
            bundle.append(UInt8(entry.count >> 8))
            bundle.append(UInt8(entry.count & 0xFF))
            bundle.append(entry)
        }
        return bundle
    }

    /// The entries of a bundle of `width`, as slices of it.
    ///
    /// - Throws: ``LogError/Code/malformedBundle`` where it has more or fewer, or ends within one.
    public static func decode(_ bundle: Data, width: Int) throws(LogError) -> [Data] {
        var entries: [Data] = []
        entries.reserveCapacity(width)
        var start = bundle.startIndex
        while start < bundle.endIndex {
            guard entries.count < width else {
                throw LogError(.malformedBundle, "more than the \(width) entries asked for", offset: start)
            }
            guard bundle.endIndex - start >= 2 else {
                throw LogError(.malformedBundle, "it ends within a length", offset: start)
            }
            let length = Int(bundle[start]) << 8 | Int(bundle[start + 1])
            guard bundle.endIndex - start - 2 >= length else {
                throw LogError(.malformedBundle, "it ends within an entry of \(length) bytes", offset: start)
            }
            entries.append(bundle[start + 2..<start + 2 + length])
            start += 2 + length
        }
        guard entries.count == width else {
            throw LogError(.malformedBundle, "\(entries.count) entries instead of \(width)", offset: bundle.endIndex)
        }
        return entries
    }
}
