/// What looking at all of Storage found.
public struct StorageCheck: Sendable {
    /// Recordings that were looked at.
    public internal(set) var recordings = 0
    /// Bytes of their payloads.
    public internal(set) var bytes = 0
    /// Entries of the log.
    public internal(set) var entries = 0
    /// What was found, up to ``limit``.
    public private(set) var faults: [StorageFault] = []
    /// Faults beyond those.
    public private(set) var omitted = 0

    /// Faults that are named one by one: a check of a disk that is gone is bounded too (DESIGN.md invariant 14).
    public static let limit = 1000

    mutating func add(_ fault: StorageFault) {
        if faults.count < Self.limit { faults.append(fault) } else { omitted += 1 }
    }

    /// Adds faults that are counted only.
    mutating func omit(_ count: Int) { omitted += count }

    mutating func add(_ other: StorageCheck) {
        recordings += other.recordings
        bytes += other.bytes
        omitted += other.omitted
        for fault in other.faults { add(fault) }
    }
}
