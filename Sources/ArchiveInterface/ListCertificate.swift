public import ArchiveCore
public import Foundation

/// What became of a list, for people and courts: the *berita acara pemusnahan*, of a transfer *penyerahan*.
///
/// Its canonical JSON has a SHA-256, which an entry of the log names; ``SignedCertificate/proof`` shows that entry under a
/// checkpoint that the archive has signed.
public struct ListCertificate: Codable, Sendable {
    /// The form of this document.
    public static let version = 1

    /// The list.
    public struct List: Codable, Sendable {
        /// Its name.
        public var id: ListID
        /// What it was for.
        public var kind: ListKind
        /// The series of its recordings; absent where it withdrew.
        public var series: String?
        /// Where it stands: `done`, or `cancelled` while it ran.
        public var state: ListState
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
        /// How many persons had witnessed it.
        public var witnesses: Int
        /// When it was frozen.
        public var frozen: Date
        /// From when it could be executed.
        public var executable: Date
        /// When it was recorded that another archive has it.
        public var recorded: Date?
        /// When it ended.
        public var ended: Date
        /// What was frozen: SHA-256, hex, over its items.
        public var digest: String

        /// A list with these fields.
        public init(
            id: ListID,
            kind: ListKind,
            series: String?,
            state: ListState,
            proposed: Date,
            witnesses: Int,
            frozen: Date,
            executable: Date,
            ended: Date,
            digest: String
        ) {
            self.id = id
            self.kind = kind
            self.series = series
            self.state = state
            self.proposed = proposed
            self.witnesses = witnesses
            self.frozen = frozen
            self.executable = executable
            self.ended = ended
            self.digest = digest
        }
    }

    /// Somebody who had received a recording, or a part of it, before it went.
    public struct Copy: Codable, Sendable, Equatable {
        /// Who.
        public var principal: PrincipalID
        /// What they are called.
        public var name: String?
        /// When they opened it.
        public var opened: Date
        /// `sealed`, `opened` or both: in which forms it left.
        public var forms: [String]

        /// A copy with these fields.
        public init(principal: PrincipalID, name: String?, opened: Date, forms: [String]) {
            self.principal = principal
            self.name = name
            self.opened = opened
            self.forms = forms
        }
    }

    /// A recording that stood on the list.
    public struct Item: Codable, Sendable {
        /// Its name.
        public var recording: RecordingID
        /// Its series when the list was made.
        public var series: String
        /// When its time was over.
        public var due: Date
        /// SHA-256 of its payload, hex.
        public var digest: String
        /// `destroyed`, `transferred`, `skipped` or `saved`.
        public var outcome: String
        /// Why it was left as it is.
        public var reason: String?
        /// Under which rule it went.
        public var rule: String?
        /// When it was gone.
        public var gone: Date?
        /// The entry of the intent.
        public var intent: Int?
        /// Its label.
        public var label: Label
        /// The unit it belonged to.
        public var unit: String
        /// Who had received copies of it, which no archive can take back.
        public var copies: [Copy]
        /// What it was called, where its series keeps that beyond its end.
        public var title: String?

        /// An item with these fields.
        public init(
            recording: RecordingID,
            series: String,
            due: Date,
            digest: String,
            outcome: String,
            reason: String?,
            rule: String?,
            gone: Date?,
            intent: Int?,
            label: Label,
            unit: String,
            copies: [Copy],
            title: String? = nil
        ) {
            self.recording = recording
            self.series = series
            self.due = due
            self.digest = digest
            self.outcome = outcome
            self.reason = reason
            self.rule = rule
            self.gone = gone
            self.intent = intent
            self.label = label
            self.unit = unit
            self.copies = copies
            self.title = title
        }
    }

    /// An entry of the log on the list, with its C2SP tlog-proof.
    public struct Entry: Codable, Sendable {
        /// Its place in the log.
        public var seq: Int
        /// What was done.
        public var action: String
        /// That it is in the log, with its bytes.
        public var proof: String

        /// An entry with these fields.
        public init(seq: Int, action: String, proof: String) {
            self.seq = seq
            self.action = action
            self.proof = proof
        }
    }

    /// The form of this document: ``ListCertificate/version``.
    public var version: Int
    /// The name of the archive.
    public var archive: String
    /// The origin of its log.
    public var origin: String
    /// The time zone in which people read its times.
    public var timezone: String
    /// The join of the labels of what stood on the list.
    public var classification: Label
    /// The list.
    public var list: List
    /// What was said of it, the earliest first.
    public var statements: [StatementReport]
    /// What stood on it when it was frozen, by recording.
    public var items: [Item]
    /// SHA-256, hex, over what became of them, as the entry of the end has it.
    public var outcomes: String
    /// What was decided about it, and its end.
    public var entries: [Entry]
    /// When every copy of the deleted keys in Storage was made noise; absent where that is still to come. Nothing from within
    /// Storage brings anything of it back from then on. Of copies of Storage made before, the archive knows nothing.
    public var scrubbed: Date?
    /// When this was made.
    public var made: Date

    /// A certificate with these fields.
    public init(
        archive: String,
        origin: String,
        timezone: String,
        classification: Label,
        list: List,
        statements: [StatementReport],
        items: [Item],
        outcomes: String,
        entries: [Entry],
        scrubbed: Date?,
        made: Date
    ) {
        version = Self.version
        self.archive = archive
        self.origin = origin
        self.timezone = timezone
        self.classification = classification
        self.list = list
        self.statements = statements
        self.items = items
        self.outcomes = outcomes
        self.entries = entries
        self.scrubbed = scrubbed
        self.made = made
    }
}

/// A ``ListCertificate`` and what shows that the archive made it: `GET …/{id}/certificate`.
public struct SignedCertificate: Codable, Sendable {
    /// What became of the list.
    public var certificate: ListCertificate
    /// That the log has the entry with the SHA-256 of the certificate's canonical JSON (C2SP tlog-proof).
    public var proof: String

    /// A certificate with its proof.
    public init(certificate: ListCertificate, proof: String) {
        self.certificate = certificate
        self.proof = proof
    }
}
