public import ArchiveCore
import Foundation

/// What an entry `settings.load` says of risalah.yaml: its digest, and what auditors measure by.
public struct LoadedSettings: Sendable, Hashable {
    /// The action of the entry.
    public static let action = "settings.load"

    /// SHA-256 of the file, hex.
    public let digest: String
    /// The archive's name.
    public let name: String
    /// Its time zone, by its IANA name.
    public let timezone: String
    /// When people are at work; nil where the file does not say.
    public let office: OfficeHours?

    /// Settings of these fields.
    public init(digest: String, name: String, timezone: String, office: OfficeHours?) {
        self.digest = digest
        self.name = name
        self.timezone = timezone
        self.office = office
    }

    /// The settings that `entry` has put in force; nil for every other entry.
    public init?(_ entry: LogEntry) {
        guard entry.action == Self.action, entry.decision == .allow, let digest = entry.details["sha256"],
            let name = entry.details["name"], let timezone = entry.details["timezone"]
        else { return nil }
        var office: OfficeHours?
        if let text = entry.details["office"] {
            guard let hours = try? CanonicalJSON.decode(OfficeHours.self, from: Data(text.utf8)) else { return nil }
            office = hours
        }
        self.init(digest: digest, name: name, timezone: timezone, office: office)
    }

    /// The details of the entry; office hours as canonical JSON, in the form of risalah.yaml.
    public func details() throws -> [String: String] {
        var details = ["sha256": digest, "name": name, "timezone": timezone]
        details["office"] = try office.map { String(decoding: try CanonicalJSON.encode($0), as: UTF8.self) }
        return details
    }
}
