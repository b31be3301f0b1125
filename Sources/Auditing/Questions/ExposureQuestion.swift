import ArchiveCore

/// Everything ever delivered to the keys of a principal: what whoever has its machine may know.
public struct ExposureQuestion: AuditQuestion {
    private let principal: String
    private let certificate: String?
    private let period: Period
    private var reader: AccessReader
    /// The deliveries, in the order of the log.
    public private(set) var deliveries: [AccessEvent] = []

    /// Asks about a principal, or one certificate of it by its SHA-256 in hex.
    public init(of principal: String, certificate: String? = nil, within period: Period = Period()) {
        self.principal = principal
        self.certificate = certificate
        self.period = period
        reader = AccessReader { $0.entry.actor == principal }
    }

    /// See ``AuditQuestion/read(_:)``.
    public mutating func read(_ entry: AuditedEntry) {
        // Agreements of others open what it asked for.
        guard entry.entry.actor == principal || entry.entry.action == "access.approve",
            let event = reader.read(entry), event.kind == .delivered, event.actor == principal,
            period.contains(event.time)
        else { return }
        if let certificate, event.certificate != certificate { return }
        deliveries.append(event)
    }
}
