public import ArchiveCore
public import Foundation

/// What a list is for.
public enum ListKind: String, Codable, Sendable, CaseIterable {
    /// Its recordings are destroyed by their schedule.
    case destroy
    /// Its recordings are handed to another archive.
    case transfer
    /// Its recordings came by mistake, and are destroyed outside their schedule.
    case withdraw
}

/// Where a list stands.
public enum ListState: String, Codable, Sendable, CaseIterable {
    /// People look at it.
    case proposed
    /// It is executed as it is when its cooling is over.
    case frozen
    /// All of it was executed or skipped.
    case done
    /// It was not agreed to.
    case refused
    /// It was taken back.
    case cancelled
}

/// `POST /v1/destructions` and `/v1/transfers`: proposes a list.
public struct ListBody: Codable, Sendable {
    /// The series whose due recordings come onto it; absent where recordings are named.
    public var series: String?
    /// These.
    public var recordings: [RecordingID]?
    /// Whether they came by mistake, and go outside their schedule; only of `/v1/destructions`.
    public var withdraw: Bool?
    /// Why.
    public var reason: String

    /// A body with these fields.
    public init(series: String? = nil, recordings: [RecordingID]? = nil, withdraw: Bool? = nil, reason: String) {
        self.series = series
        self.recordings = recordings
        self.withdraw = withdraw
        self.reason = reason
    }
}

/// `POST …/{id}/statements`: an opinion, a letter, or a witness.
public struct StatementBody: Codable, Sendable {
    /// A scan of a letter.
    public struct Scan: Codable, Sendable {
        /// `application/pdf`, `image/png` or `image/jpeg`.
        public var type: String
        /// Its bytes, base64; at most 4 MiB of them.
        public var data: Data

        /// A scan with these fields.
        public init(type: String, data: Data) {
            self.type = type
            self.data = data
        }
    }

    /// `opinion`, `letter` or `witness`.
    public var kind: String
    /// What is said.
    public var text: String?
    /// In whose name, where it is written down for others.
    public var by: String?
    /// The number of the letter.
    public var number: String?
    /// Its date, `YYYY-MM-DD`.
    public var date: String?
    /// What comes with it.
    public var scan: Scan?
    /// The digest of the list that a witness has seen.
    public var digest: String?

    /// A body with these fields.
    public init(
        kind: String,
        text: String? = nil,
        by: String? = nil,
        number: String? = nil,
        date: String? = nil,
        scan: Scan? = nil,
        digest: String? = nil
    ) {
        self.kind = kind
        self.text = text
        self.by = by
        self.number = number
        self.date = date
        self.scan = scan
        self.digest = digest
    }
}

/// The answer to a ``StatementBody``.
public struct StatementAnswer: Codable, Sendable {
    /// The number of the statement on its list.
    public var number: Int

    /// An answer with this number.
    public init(number: Int) { self.number = number }
}

/// `POST …/{id}/strikes`: takes items off a proposal.
public struct StrikeBody: Codable, Sendable {
    /// These.
    public var recordings: [RecordingID]
    /// Why.
    public var reason: String

    /// A body with these fields.
    public init(recordings: [RecordingID], reason: String) {
        self.recordings = recordings
        self.reason = reason
    }
}

/// `POST …/{id}/approval`: approves a proposal as it was seen.
public struct ListApprovalBody: Codable, Sendable {
    /// The digest of what was seen.
    public var digest: String
    /// Why, if anything is to be said.
    public var reason: String?

    /// A body with these fields.
    public init(digest: String, reason: String? = nil) {
        self.digest = digest
        self.reason = reason
    }
}

/// `POST /v1/transfers/{id}/record`: another archive has what stands on a frozen list.
public struct TransferRecordBody: Codable, Sendable {
    /// Which.
    public var archive: String
    /// The number of the record of transfer.
    public var number: String
    /// Its date, `YYYY-MM-DD`.
    public var date: String

    /// A body with these fields.
    public init(archive: String, number: String, date: String) {
        self.archive = archive
        self.number = number
        self.date = date
    }
}

/// What somebody said of a list, or decided about it.
public struct StatementReport: Codable, Sendable {
    /// A scan that can be fetched from `…/statements/{number}/scan`.
    public struct Scan: Codable, Sendable {
        /// Its media type.
        public var type: String
        /// How long it is.
        public var bytes: Int
        /// SHA-256, hex.
        public var sha256: String

        /// A scan with these fields.
        public init(type: String, bytes: Int, sha256: String) {
            self.type = type
            self.bytes = bytes
            self.sha256 = sha256
        }
    }

    /// From 1.
    public var number: Int
    /// `proposal`, `opinion`, `letter`, `witness`, `strike`, `approval`, `refusal`, `cancellation` or `record`.
    public var kind: String
    /// Who made it.
    public var principal: PrincipalID
    /// What they are called.
    public var name: String?
    /// When.
    public var made: Date
    /// The digest of the list as it stood then.
    public var digest: String
    /// What it says.
    public var text: String?
    /// In whose name.
    public var by: String?
    /// The number of the letter, or of the record of transfer.
    public var letter: String?
    /// Its date.
    public var date: String?
    /// The archive that has what was handed over.
    public var archive: String?
    /// What was struck off.
    public var struck: [RecordingID]?
    /// What came with it.
    public var scan: Scan?

    /// A report with these fields.
    public init(number: Int, kind: String, principal: PrincipalID, name: String?, made: Date, digest: String) {
        self.number = number
        self.kind = kind
        self.principal = principal
        self.name = name
        self.made = made
        self.digest = digest
    }
}

/// A list: `GET /v1/destructions/{id}` and `/v1/transfers/{id}`. Digest, statements and witnesses are left out of pages.
public struct ListReport: Codable, Sendable {
    /// Persons who have to witness a list, and have.
    public struct Witnesses: Codable, Sendable {
        /// As many as its series wants.
        public var needed: Int
        /// As many as have witnessed it as it stands.
        public var given: Int

        /// Witnesses of these numbers.
        public init(needed: Int, given: Int) {
            self.needed = needed
            self.given = given
        }
    }

    /// The list.
    public var id: ListID
    /// What it is for.
    public var kind: ListKind
    /// The series of its recordings; absent where it withdraws.
    public var series: String?
    /// Where it stands.
    public var state: ListState
    /// How many items have come to what: `listed`, `frozen`, `destroyed`, `transferred`, `skipped`, `struck`, `saved`.
    public var items: [String: Int]
    /// When it was proposed.
    public var proposed: Date
    /// By whom; absent where the schedule itself did.
    public var proposedBy: PrincipalID?
    /// What they are called.
    public var proposedByName: String?
    /// Who approved it.
    public var approvedBy: PrincipalID?
    /// What they are called.
    public var approvedByName: String?
    /// When it was frozen.
    public var frozen: Date?
    /// From when it is executed.
    public var executable: Date?
    /// When it was recorded that another archive has it.
    public var recorded: Date?
    /// When it ended.
    public var ended: Date?
    /// What stands on it, in one number; hex.
    public var digest: String?
    /// Who has to witness it.
    public var witnesses: Witnesses?
    /// What was said of it, the earliest first.
    public var statements: [StatementReport]?

    /// A report with these fields.
    public init(
        id: ListID,
        kind: ListKind,
        series: String?,
        state: ListState,
        items: [String: Int],
        proposed: Date
    ) {
        self.id = id
        self.kind = kind
        self.series = series
        self.state = state
        self.items = items
        self.proposed = proposed
    }
}

/// A page of `GET /v1/destructions` or `/v1/transfers`.
public struct ListPage: Codable, Sendable {
    /// The newest first.
    public var lists: [ListReport]
    /// Hand it back as `cursor` for what follows; absent at the end.
    public var next: String?

    /// A page with these fields.
    public init(lists: [ListReport], next: String?) {
        self.lists = lists
        self.next = next
    }
}

/// A recording on a list.
public struct ListItemReport: Codable, Sendable {
    /// The recording.
    public var recording: RecordingID
    /// What it is called; absent once it is gone.
    public var title: String?
    /// Its series when the list was made.
    public var series: String
    /// When its time was over.
    public var due: Date
    /// SHA-256 of its payload, hex.
    public var digest: String
    /// `listed`, `frozen`, `destroyed`, `transferred`, `skipped`, `struck` or `saved`.
    public var outcome: String
    /// Why it was left as it is.
    public var reason: String?

    /// A report with these fields.
    public init(
        recording: RecordingID,
        title: String?,
        series: String,
        due: Date,
        digest: String,
        outcome: String,
        reason: String?
    ) {
        self.recording = recording
        self.title = title
        self.series = series
        self.due = due
        self.digest = digest
        self.outcome = outcome
        self.reason = reason
    }
}

/// A page of `GET …/{id}/items`.
public struct ListItemPage: Codable, Sendable {
    /// By recording.
    public var items: [ListItemReport]
    /// Hand it back as `cursor` for what follows; absent at the end.
    public var next: String?

    /// A page with these fields.
    public init(items: [ListItemReport], next: String?) {
        self.items = items
        self.next = next
    }
}
