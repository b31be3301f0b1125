public import ArchiveCore
public import Foundation

/// What could not become a recording, as an administrator sees it.
public struct QuarantineReport: Codable, Sendable {
    /// The upload that brought it.
    public var upload: UploadID
    /// Who sent it.
    public var principal: PrincipalID
    /// The code of what was wrong.
    public var reason: String
    /// Bytes of the payload.
    public var bytes: Int
    /// Since when it is there.
    public var since: Date
    /// When it is destroyed.
    public var expires: Date

    /// A report with these fields.
    public init(upload: UploadID, principal: PrincipalID, reason: String, bytes: Int, since: Date, expires: Date) {
        self.upload = upload
        self.principal = principal
        self.reason = reason
        self.bytes = bytes
        self.since = since
        self.expires = expires
    }
}

/// What is to be tried once more, with what its sender did not say of it.
public struct QuarantineRelease: Codable, Sendable {
    /// A field and its value; lists come several times.
    public struct Addition: Codable, Sendable {
        /// Like `title`.
        public var name: String
        /// Its text.
        public var value: String

        /// An addition.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The upload that brought it.
    public var upload: UploadID
    /// What is added.
    public var additions: [Addition]

    /// A release of `upload`.
    public init(upload: UploadID, additions: [Addition]) {
        self.upload = upload
        self.additions = additions
    }
}
