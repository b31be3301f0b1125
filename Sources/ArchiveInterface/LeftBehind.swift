public import ArchiveCore
public import Foundation

/// An access that a principal has open, or has asked for.
public struct HeldAccess: Codable, Sendable, Hashable {
    /// The access.
    public var access: AccessID
    /// What it opens.
    public var recording: RecordingID
    /// When it closes by itself.
    public var expires: Date
    /// Whether anything was delivered.
    public var delivered: Bool

    /// An access with these fields.
    public init(access: AccessID, recording: RecordingID, expires: Date, delivered: Bool) {
        self.access = access
        self.recording = recording
        self.expires = expires
        self.delivered = delivered
    }
}

/// An upload that a principal has not finished.
public struct HeldUpload: Codable, Sendable, Hashable {
    /// The upload.
    public var upload: UploadID
    /// When it was begun.
    public var began: Date
    /// Bytes that were acknowledged.
    public var bytes: Int

    /// An upload with these fields.
    public init(upload: UploadID, began: Date, bytes: Int) {
        self.upload = upload
        self.began = began
        self.bytes = bytes
    }
}

/// A change of a label that a principal has asked for and that waits for a second person.
public struct HeldRelabelling: Codable, Sendable, Hashable {
    /// The change.
    public var change: RelabellingID
    /// Of what.
    public var recording: RecordingID
    /// The new label.
    public var label: Label
    /// When its time is over.
    public var expires: Date

    /// A change with these fields.
    public init(change: RelabellingID, recording: RecordingID, label: Label, expires: Date) {
        self.change = change
        self.recording = recording
        self.label = label
        self.expires = expires
    }
}

/// An agreement that a principal has given to an access of somebody else which is open, or waits for more.
public struct HeldApproval: Codable, Sendable, Hashable {
    /// The access; whoever may approve it may close it, too.
    public var access: AccessID
    /// What it opens.
    public var recording: RecordingID
    /// Whose access it is.
    public var principal: PrincipalID
    /// Whether it is open; else it waits for others to agree.
    public var isOpen: Bool
    /// When it closes by itself.
    public var expires: Date

    /// An agreement with these fields.
    public init(access: AccessID, recording: RecordingID, principal: PrincipalID, isOpen: Bool, expires: Date) {
        self.access = access
        self.recording = recording
        self.principal = principal
        self.isOpen = isOpen
        self.expires = expires
    }
}

/// A delegation by or to a principal that has not ended.
public struct HeldDelegation: Codable, Sendable, Hashable {
    /// The delegation.
    public var delegation: DelegationID
    /// Who is stood in for.
    public var principal: PrincipalID
    /// Who stands in.
    public var delegate: PrincipalID
    /// From when.
    public var starts: Date
    /// Until when.
    public var ends: Date

    /// A delegation with these fields.
    public init(delegation: DelegationID, principal: PrincipalID, delegate: PrincipalID, starts: Date, ends: Date) {
        self.delegation = delegation
        self.principal = principal
        self.delegate = delegate
        self.starts = starts
        self.ends = ends
    }
}

/// What a principal has under way.
public struct UnderWay: Codable, Sendable {
    /// Accesses that are open.
    public var accesses: [HeldAccess]
    /// Accesses that wait for others to agree.
    public var requests: [HeldAccess]
    /// Changes of labels that wait for a second person.
    public var relabellings: [HeldRelabelling]
    /// Agreements to accesses of others that are open or wait.
    public var approvals: [HeldApproval]
    /// Delegations by and to it.
    public var delegations: [HeldDelegation]
    /// Uploads that are unfinished.
    public var uploads: [HeldUpload]

    /// All of these.
    public init(
        accesses: [HeldAccess],
        requests: [HeldAccess],
        relabellings: [HeldRelabelling],
        approvals: [HeldApproval],
        delegations: [HeldDelegation],
        uploads: [HeldUpload]
    ) {
        self.accesses = accesses
        self.requests = requests
        self.relabellings = relabellings
        self.approvals = approvals
        self.delegations = delegations
        self.uploads = uploads
    }
}

/// What a principal that was closed leaves behind.
public struct DisabledPrincipal: Codable, Sendable {
    /// The principal.
    public var principal: PrincipalID
    /// What it had under way. Its accesses and requests, its changes of labels that waited and its delegations ended with
    /// it. Its agreements stay, for others to look at. Its uploads are closed as far as they came.
    public var underWay: UnderWay
    /// Payloads in quarantine.
    public var quarantined: Int
    /// Certificates that counted.
    public var certificates: Int
    /// A change of its grant that waited, and is forgotten.
    public var waiting: WaitingGrant?
    /// Where the keys were lost: accesses that were ever delivered to them.
    public var delivered: Int?

    /// A report with these fields.
    public init(
        principal: PrincipalID,
        underWay: UnderWay,
        quarantined: Int,
        certificates: Int,
        waiting: WaitingGrant?,
        delivered: Int?
    ) {
        self.principal = principal
        self.underWay = underWay
        self.quarantined = quarantined
        self.certificates = certificates
        self.waiting = waiting
        self.delivered = delivered
    }
}
