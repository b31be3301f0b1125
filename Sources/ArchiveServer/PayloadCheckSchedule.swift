public import ArchiveConfiguration

/// How often the service reads each payload from its first byte to its last, `check:` in risalah.yaml.
public struct PayloadCheckSchedule: Sendable, Hashable {
    /// No payload is unread for longer.
    public let interval: CalendarDuration
    /// Bytes a second at most.
    public let rate: Int

    /// Where the file does not say: each in a quarter of a year.
    static let shipped = PayloadCheckSchedule(interval: CalendarDuration(days: 90), rate: 20_000_000)

    private init(interval: CalendarDuration, rate: Int) {
        self.interval = interval
        self.rate = rate
    }

    init(_ value: ConfigurationValue) throws(ConfigurationError) {
        self = try value.mapping { check throws(ConfigurationError) in
            PayloadCheckSchedule(
                interval: try check.required("every").duration(),
                rate: try check.required("rate").byteCount(in: 1000...(1 << 40))
            )
        }
    }
}
