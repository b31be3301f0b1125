import ArchiveCore

/// Everything ever delivered to the keys of a principal: what whoever has its machine may know. In the order of the log.
public struct ExposureQuestion: AccessQuestion {
    private let principal: String
    private let certificate: String?
    private let period: Period
    private var reader: AccessReader

    /// Asks about a principal, or one certificate of it by its SHA-256 in hex.
    public init(of principal: String, certificate: String? = nil, within period: Period = Period()) {
        self.principal = principal
        self.certificate = certificate
        self.period = period
        reader = AccessReader { $0.entry.actor == principal }
    }

    /// See ``AccessQuestion/answer(_:)``.
    public mutating func answer(_ entry: AuditedEntry) -> AccessEvent? {
        // Agreements of others open what it asked for, and others close it.
        guard entry.entry.actor == principal || ["access.approve", "access.close"].contains(entry.entry.action),
            let event = reader.read(entry), event.kind == .delivered, event.actor == principal,
            period.contains(event.time)
        else { return nil }
        if let certificate, event.certificate != certificate { return nil }
        return event
    }
}
