/// What went wrong, in a form that callers match by `code` and people read by `message` and `hint`.
public struct ArchiveError: Error, Sendable, CustomStringConvertible {
    /// Stable names of what can go wrong; they are the `code` of problem documents and of `--json` errors.
    public enum Code: String, Sendable, Codable, CaseIterable {
        /// The request itself cannot be understood.
        case badRequest = "bad-request"
        /// A level, unit, series, role, compartment or field that the configuration does not have.
        case unknownName = "unknown-name"
        /// Metadata that is too long, not UTF-8 or contradicts itself.
        case badMetadata = "bad-metadata"
        /// The bytes are no age file that this archive can open.
        case badEncryption = "bad-encryption"
        /// No identity of this archive opens the header.
        case wrongRecipient = "wrong-recipient"
        /// What is inside is no acceptable Ogg Opus stream.
        case badRecording = "bad-recording"
        /// The stream ends before its end.
        case truncated
        /// More bytes than the limit or the announced length allow.
        case tooLarge = "too-large"
        /// A payload that was seen before from another sender, or that cannot become a recording.
        case quarantined
        /// Not the offset at which the upload stands.
        case wrongOffset = "wrong-offset"
        /// Bytes that are not what their checksum says; they were forgotten.
        case checksumMismatch = "checksum-mismatch"
        /// Another request owns this now.
        case conflict
        /// What the caller looked at has changed since.
        case stale
        /// No certificate where one is needed, or one that does not count.
        case unauthenticated
        /// Visible, and refused by the policy.
        case refused
        /// Absent, or not the caller's to know.
        case notFound = "not-found"
        /// Was there and is gone by its schedule.
        case gone
        /// An invite that was used, has expired or never was.
        case badInvite = "bad-invite"
        /// A range that the resource does not have.
        case badRange = "bad-range"
        /// A protocol in a version that is not spoken here.
        case unsupportedVersion = "unsupported-version"
        /// The media type is not taken here.
        case unsupportedMedia = "unsupported-media"
        /// The log, or the database behind it, is not what it was.
        case logMismatch = "log-mismatch"
        /// Configuration that does not hold together.
        case configuration
        /// Storage of another version, in use by another process, or damaged.
        case storage
        /// The disk, or the kernel, refused.
        case inputOutput = "input-output"
        /// No room on the disk.
        case exhausted
        /// More at once than the caller, or everybody together, may use.
        case quotaSpent = "quota-spent"
        /// Witnesses have to cosign the log first.
        case awaitingWitness = "awaiting-witness"
        /// The other side cannot be reached.
        case unreachable
        /// A mistake of ours.
        case unexpected
    }

    /// What kind of error this is.
    public let code: Code
    /// What, and where; one line, lower case.
    public let message: String
    /// What to do about it, where that is known.
    public let hint: String?
    /// Byte offset in the input, where the error has one.
    public let offset: Int64?

    /// An error of kind `code`.
    public init(_ code: Code, _ message: String, hint: String? = nil, offset: Int64? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.offset = offset
    }

    /// Message and hint.
    public var description: String {
        let place = offset.map { " (byte \($0))" } ?? ""
        return hint.map { "\(message)\(place); \($0)" } ?? "\(message)\(place)"
    }

    /// The answer for what is absent and for what the caller may not know of: always the same (invariant 4).
    public static let notFound = ArchiveError(.notFound, "there is no such thing, or it is not yours to know")
}
