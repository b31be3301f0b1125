internal import ArchiveCore
internal import Auditing
internal import Foundation

/// Something that happened to a recording, as PREMIS 3 has it.
struct PremisEvent {
    /// What names it: the number of an entry, or what was done here.
    var identifier: String
    /// A word of the vocabulary of the Library of Congress (id.loc.gov/vocabulary/preservation/eventType).
    var type: String
    var time: Date
    /// What of it, in words of the log.
    var detail: String
    /// `success` or `fail`.
    var outcome = "success"
    /// Where it is proved.
    var note: String?
    var agent: PremisAgent
    /// What came of it, where that is another object than the one that it happened to.
    var result: String?

    /// What an entry of the log tells; one that was received was also examined.
    ///
    /// - Parameter proof: the file that proves it.
    static func events(of found: AuditedEntry, in origin: String, proof: String) -> [PremisEvent] {
        let entry = found.entry
        let facts = entry.details.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        var event = PremisEvent(
            identifier: "\(origin)/\(found.seq)",
            type: type(of: entry.action),
            time: entry.time,
            detail: ([entry.action] + facts).joined(separator: "; "),
            note: "entry \(found.seq) of \(origin), proved by \(proof)",
            agent: PremisAgent(entry)
        )
        if entry.action == "storage.damage" { event.outcome = "fail" }
        guard entry.action == "recording.store", entry.details["again"] == nil else { return [event] }
        var validation = event
        validation.identifier += "/validation"
        validation.type = "validation"
        validation.agent = .archive
        validation.detail =
            "Ogg (RFC 3533) with Opus (RFC 7845), while it was received; findings: "
            + (entry.details["findings"] ?? "unknown")
        return [event, validation]
    }

    private static func type(of action: String) -> String {
        switch action {
        case "recording.store", "attachment.store": "ingestion"
        // Each revision is an object of its own.
        case "transcript.store": "creation"
        case "recording.describe", "recording.correct": "metadata modification"
        case "storage.damage", "storage.mended": "fixity check"
        case "access.open", "access.approve": "dissemination"
        case "destruction.intent": "deaccession"
        // Labels, holds, and what is decided about keeping.
        default: "policy assignment"
        }
    }

    func write(to document: inout XMLDocument, about object: String) {
        document.element("premis:event") { document in
            document.element("premis:eventIdentifier") { document in
                document.element("premis:eventIdentifierType", "risalah event")
                document.element("premis:eventIdentifierValue", identifier)
            }
            document.element("premis:eventType", type)
            document.element("premis:eventDateTime", Timestamp.text(time))
            document.element("premis:eventDetailInformation") { $0.element("premis:eventDetail", detail) }
            document.element("premis:eventOutcomeInformation") { document in
                document.element("premis:eventOutcome", outcome)
                if let note {
                    document.element("premis:eventOutcomeDetail") { document in
                        document.element("premis:eventOutcomeDetailNote", note)
                    }
                }
            }
            document.element("premis:linkingAgentIdentifier") { agent.writeIdentifier(to: &$0, .linking) }
            link(object, as: result == nil ? nil : "source", in: &document)
            if let result { link(result, as: "outcome", in: &document) }
        }
    }

    /// - Parameter role: a word of id.loc.gov/vocabulary/preservation/eventRelatedObjectRole.
    private func link(_ object: String, as role: String?, in document: inout XMLDocument) {
        document.element("premis:linkingObjectIdentifier") { document in
            document.element("premis:linkingObjectIdentifierType", PremisDocument.objectType)
            document.element("premis:linkingObjectIdentifierValue", object)
            document.element("premis:linkingObjectRole", role)
        }
    }
}

/// Who or what did something.
struct PremisAgent: Hashable {
    /// The archive's own service.
    static let archive = PremisAgent(identifier: "service", role: "service")

    /// As the log says it.
    var identifier: String
    /// In which role.
    var role: String
    /// What they are called, where that is known here.
    var name: String?

    init(identifier: String, role: String, name: String? = nil) {
        self.identifier = identifier
        self.role = role
        self.name = name
    }

    init(_ entry: LogEntry) { self.init(identifier: entry.actor, role: entry.role) }

    /// PREMIS 3 knows persons, organizations, software and hardware.
    private var type: String {
        role == "service" || role == "recorder" || role == "transcriber" ? "software" : "person"
    }

    func writeIdentifier(to document: inout XMLDocument, _ kind: Kind) {
        switch kind {
        case .own:
            document.element("premis:agentIdentifierType", "risalah principal")
            document.element("premis:agentIdentifierValue", identifier)
        case .linking:
            document.element("premis:linkingAgentIdentifierType", "risalah principal")
            document.element("premis:linkingAgentIdentifierValue", identifier)
        }
    }

    /// Where an identifier stands.
    enum Kind { case own, linking }

    func write(to document: inout XMLDocument) {
        document.element("premis:agent") { document in
            document.element("premis:agentIdentifier") { writeIdentifier(to: &$0, .own) }
            document.element("premis:agentName", name ?? (identifier == role ? role : "\(role) \(identifier)"))
            document.element("premis:agentType", type)
            document.element("premis:agentNote", "role: \(role)")
        }
    }
}
