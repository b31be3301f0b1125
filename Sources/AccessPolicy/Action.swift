import ArchiveCore

/// What a principal can ask to do; the policy file gives each role its actions (DESIGN.md section 6).
///
/// Requests about the caller itself (who am I, which recipients are there, my uploads, enrolling) need no action.
public enum Action: String, Sendable, Codable, CaseIterable {
    /// Sends recordings.
    case send
    /// Lists and searches recordings.
    case find
    /// Sees what describes one recording.
    case show
    /// Opens a recording or its transcript.
    case open
    /// Announces meetings, so that their absence shows.
    case expect
    /// Changes what describes a recording; corrects its transcript.
    case describe
    /// Changes a recording's label.
    case relabel
    /// Corrects what a recording is filed under: series, unit, start and meeting.
    case correct
    /// Puts recordings on hold and takes holds off.
    case hold
    /// Gives a recording an earlier date to count its retention from (invariant 9).
    case backDate = "back-date"
    /// Puts recordings on a destruction list or a transfer.
    case propose
    /// Decides accesses, grants, destructions and transfers that somebody else asked for.
    case approve
    /// Reads and verifies the log, its texts and its directory.
    case readLog = "read-log"
    /// Takes transcription jobs.
    case transcribe
    /// Enrols principals over the network; a user of the host does so without.
    case enrol
}

extension Action {
    /// What of a recording has to fit before the action is allowed on it.
    enum Reach {
        /// Nothing: the action is about no recording.
        case none
        /// Its unit. Who sends reads nothing back, so that a recording may be labelled above its sender's clearance
        /// (Bell and LaPadula's *-property); what it is labelled at least is the sender's floor.
        case unit
        /// Its unit, level and compartments.
        case all
    }

    var reach: Reach {
        switch self {
        case .readLog, .enrol: .none
        case .send: .unit
        case .find, .show, .open, .expect, .describe, .relabel, .correct, .hold, .backDate, .propose, .approve,
            .transcribe:
            .all
        }
    }

    /// Whether it is always done to one recording, or to one announcement: without one there is nothing to decide.
    ///
    /// Finding, approving and transcribing can also be asked in general: may this principal at all?
    var needsObject: Bool {
        switch self {
        case .show, .open, .expect, .describe, .relabel, .correct, .hold, .backDate, .propose: true
        case .send, .find, .approve, .readLog, .transcribe, .enrol: false
        }
    }

    /// Whether a role with it must have `show` too: who acts on a recording must be able to see which.
    var needsShow: Bool { needsObject && self != .show || self == .approve }
}

extension Role {
    /// All that a policy can allow this role; the rows of DESIGN.md section 1 with their “never”.
    var possibleActions: [Action] {
        switch self {
        case .recorder: [.send]
        case .archivist: [.send, .find, .show, .open, .expect, .describe]
        case .recordsManager:
            [
                .send, .find, .show, .open, .expect, .describe, .relabel, .correct, .hold, .backDate, .propose,
                .approve,
            ]
        case .auditor: [.readLog]
        case .transcriber: [.transcribe]
        case .administrator: [.enrol]
        }
    }
}
