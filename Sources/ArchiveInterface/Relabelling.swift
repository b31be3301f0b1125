public import ArchiveCore
public import Foundation

/// `POST /v1/recordings/{id}/label`: gives a recording another label.
public struct LabelBody: Codable, Sendable {
    /// The new level.
    public var level: Level
    /// The new compartments; none where absent.
    public var compartments: [String]?
    /// Why.
    public var reason: String

    /// A body with these fields.
    public init(level: Level, compartments: [String]? = nil, reason: String) {
        self.level = level
        self.compartments = compartments
        self.reason = reason
    }
}

/// Where a change of label stands.
public enum RelabellingState: String, Codable, Sendable, CaseIterable {
    /// It waits for a second person.
    case pending
    /// The recording has the label.
    case done
    /// The second person did not agree.
    case refused
    /// Its time is over, or who asked withdrew it.
    case closed
}

/// The answer to a ``LabelBody``: 200 where the recording has the label, 202 where a second person has to agree.
public struct LabelAnswer: Codable, Sendable {
    /// The recording.
    public var recording: RecordingID
    /// Where the change stands.
    public var state: RelabellingState
    /// The change that waits; null where it is done.
    @ExplicitNull public var id: RelabellingID?
    /// From when that does not count; null where it is done.
    @ExplicitNull public var expires: Date?

    /// An answer with these fields.
    public init(recording: RecordingID, state: RelabellingState, id: RelabellingID?, expires: Date?) {
        self.recording = recording
        self.state = state
        self.id = id
        self.expires = expires
    }
}

/// A change of label, as who asked for it and those who decide it see it.
public struct RelabellingReport: Codable, Sendable {
    /// The change.
    public var id: RelabellingID
    /// Where it stands.
    public var state: RelabellingState
    /// Whose label changes.
    public var recording: RecordingID
    /// What that is called; null where it is no longer there.
    @ExplicitNull public var title: String?
    /// Its label.
    @ExplicitNull public var from: Label?
    /// The label asked for.
    public var to: Label
    /// Who asked.
    public var principal: PrincipalID
    /// The name of who asked.
    @ExplicitNull public var name: String?
    /// Why.
    @ExplicitNull public var reason: String?
    /// When it was asked for.
    public var asked: Date
    /// From when it does not count.
    public var expires: Date
    /// Why it was refused.
    @ExplicitNull public var refusal: String?

    /// A report with these fields.
    public init(
        id: RelabellingID,
        state: RelabellingState,
        recording: RecordingID,
        title: String?,
        from: Label?,
        to: Label,
        principal: PrincipalID,
        name: String?,
        reason: String?,
        asked: Date,
        expires: Date,
        refusal: String?
    ) {
        self.id = id
        self.state = state
        self.recording = recording
        self.title = title
        self.from = from
        self.to = to
        self.principal = principal
        self.name = name
        self.reason = reason
        self.asked = asked
        self.expires = expires
        self.refusal = refusal
    }
}

/// A page of `GET /v1/relabellings`.
public struct RelabellingPage: Codable, Sendable {
    /// The changes.
    public var relabellings: [RelabellingReport]
    /// Hand it back as `cursor` for what follows; absent at the end.
    public var next: String?

    /// A page with these fields.
    public init(relabellings: [RelabellingReport], next: String?) {
        self.relabellings = relabellings
        self.next = next
    }
}

/// The answer to `POST /v1/relabellings/{id}/approval` and `…/refusal`.
public struct RelabellingDecision: Codable, Sendable {
    /// The change.
    public var id: RelabellingID
    /// Where it stands now.
    public var state: RelabellingState

    /// A decision with these fields.
    public init(id: RelabellingID, state: RelabellingState) {
        self.id = id
        self.state = state
    }
}
