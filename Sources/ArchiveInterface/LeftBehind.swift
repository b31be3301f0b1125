public import ArchiveCore
public import Foundation

/// An access that a principal has open.
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

/// What a principal that was closed leaves behind.
public struct DisabledPrincipal: Codable, Sendable {
    /// The principal.
    public var principal: PrincipalID
    /// Accesses that were open and are closed.
    public var accesses: [HeldAccess]
    /// Uploads that nobody will go on with: they are closed as far as they came.
    public var uploads: [HeldUpload]
    /// Payloads in quarantine.
    public var quarantined: Int
    /// Certificates that counted.
    public var certificates: Int
    /// A change that waited, and is forgotten.
    public var waiting: WaitingGrant?
    /// Where the keys were lost: accesses that were ever delivered to them.
    public var delivered: Int?

    /// A report with these fields.
    public init(
        principal: PrincipalID,
        accesses: [HeldAccess],
        uploads: [HeldUpload],
        quarantined: Int,
        certificates: Int,
        waiting: WaitingGrant?,
        delivered: Int?
    ) {
        self.principal = principal
        self.accesses = accesses
        self.uploads = uploads
        self.quarantined = quarantined
        self.certificates = certificates
        self.waiting = waiting
        self.delivered = delivered
    }
}
