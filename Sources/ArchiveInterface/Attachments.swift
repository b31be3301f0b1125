public import ArchiveCore
public import Foundation

/// One attachment of a recording, as `GET /v1/recordings/{id}` shows it.
public struct AttachmentReport: Codable, Sendable {
    /// What it belongs to.
    public var recording: RecordingID
    /// From 0.
    public var number: Int
    /// What it is called: the name of a file, without folders.
    public var name: String
    /// What it is, as whoever attached it said: a media type (RFC 6838).
    public var mediaType: String
    /// Bytes of it.
    public var bytes: Int
    /// SHA-256 of those, in hexadecimal digits.
    public var sha256: String
    /// When it was attached.
    public var made: Date
    /// Who attached it.
    public var principal: PrincipalID
    /// What they are called.
    @ExplicitNull public var by: String?

    /// A report with these fields.
    public init(
        recording: RecordingID,
        number: Int,
        name: String,
        mediaType: String,
        bytes: Int,
        sha256: String,
        made: Date,
        principal: PrincipalID,
        by: String?
    ) {
        self.recording = recording
        self.number = number
        self.name = name
        self.mediaType = mediaType
        self.bytes = bytes
        self.sha256 = sha256
        self.made = made
        self.principal = principal
        self.by = by
    }
}

extension AttachmentReport {
    /// What it is called, fit to end the name of a file: without folders and control characters, of 200 bytes at most, its ending kept.
    public var fileName: String {
        let scalars = name.unicodeScalars.map { scalar -> UnicodeScalar in
            let isPlain = scalar != "/" && ![.control, .format].contains(scalar.properties.generalCategory)
            return isPlain ? scalar : "_"
        }
        let plain = String(String.UnicodeScalarView(scalars))
        guard plain.utf8.count > Self.longestFileName else { return plain }
        let ending = plain.lastIndex(of: ".").map { plain[$0...] } ?? ""
        var kept = ending.utf8.count > 32 ? plain : String(plain.dropLast(ending.count))
        let room = Self.longestFileName - (ending.utf8.count > 32 ? 0 : ending.utf8.count)
        while kept.utf8.count > room { kept.removeLast() }
        return ending.utf8.count > 32 ? kept : kept + ending
    }

    private static let longestFileName = 200
}
