import ArchiveCore

/// Who opened a recording, got it and was refused it; or all that some principals did of that. In the order of the log.
public struct WhoQuestion: AccessQuestion {
    /// About what or whom.
    public enum Subject: Sendable, Hashable {
        /// A recording.
        case recording(String)
        /// Principals, by their ids: those of one person.
        case principals(Set<String>)
    }

    private let subject: Subject
    private let period: Period
    private var reader: AccessReader

    /// Asks about `subject` within `period`.
    public init(_ subject: Subject, within period: Period = Period()) {
        self.subject = subject
        self.period = period
        reader = AccessReader { entry in
            switch subject {
            case .recording(let id): entry.entry.object == id
            case .principals(let ids): ids.contains(entry.entry.actor)
            }
        }
    }

    /// See ``AccessQuestion/answer(_:)``.
    public mutating func answer(_ entry: AuditedEntry) -> AccessEvent? {
        if case .recording(let id) = subject, entry.entry.object != id { return nil }
        guard let event = reader.read(entry), period.contains(event.time) else { return nil }
        if case .principals(let ids) = subject, !ids.contains(event.actor) { return nil }
        return event
    }
}
