public import ArchiveCore
import AuditLog
public import Catalogue
import Foundation

/// Every path of a backup. Nothing else joins path components below it.
public struct BackupLayout: Sendable, Hashable {
    /// What `VERSION` says; anything else is refused.
    public static let version = "risalah-backup 1"

    /// The folder of the backup.
    public let root: String

    /// The layout below `root`.
    public init(root: String) {
        self.root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
    }

    /// The version of everything below.
    public var versionFile: String { "\(root)/VERSION" }
    /// Held by whoever writes.
    public var lock: String { "\(root)/lock" }
    /// Whose backup it is: the origin that the log of the archive began under.
    public var archive: String { "\(root)/archive" }
    /// Copies of the catalogue.
    public var catalogues: String { "\(root)/catalogues" }
    /// The newest checkpoint that was seen here.
    public var checkpoint: String { "\(root)/checkpoint" }
    /// What was in Config with each copy of the catalogue.
    public var configurations: String { "\(root)/config" }
    /// Payloads, which all copies of the catalogue share.
    public var payloads: String { "\(root)/payloads" }
    /// The journal of destructions.
    public var destructions: String { "\(root)/destructions" }

    private static let catalogueSuffix = ".sqlite"

    /// The copy of the catalogue called `name`.
    public func catalogue(_ name: String) -> String { "\(catalogues)/\(name)\(Self.catalogueSuffix)" }

    /// The name of a copy of the catalogue; nil for another file.
    public static func name(ofCatalogue file: String) -> String? {
        file.hasSuffix(catalogueSuffix) ? String(file.dropLast(catalogueSuffix.count)) : nil
    }

    /// What was in Config with the copy called `name`.
    public func configuration(_ name: String) -> String { "\(configurations)/\(name)" }

    /// The payloads of the recordings whose ids begin with `prefix`, one of ``RecordingID/prefixes``.
    public func payloads(beginningWith prefix: String) -> String { "\(payloads)/\(prefix)" }

    /// The payload of a recording.
    public func payload(_ recording: RecordingID) -> String {
        let folder = payloads(beginningWith: String(recording.description.prefix(2)))
        return "\(folder)/\(recording)\(StorageLayout.payloadSuffix)"
    }

    /// What follows recordings, of one kind, which all copies of the catalogue share.
    public func companions(_ kind: Companion.Kind) -> String {
        switch kind {
        case .transcript: "\(root)/transcripts"
        case .attachment: "\(root)/attachments"
        }
    }

    /// The same, of the recordings whose ids begin with `prefix`, one of ``RecordingID/prefixes``.
    public func companions(_ kind: Companion.Kind, beginningWith prefix: String) -> String {
        "\(companions(kind))/\(prefix)"
    }

    /// What follows a recording. An archive that was restored from an older copy numbers as it did before: the digest keeps
    /// apart what is of one number.
    public func companion(_ file: CompanionFile) -> String {
        let folder = companions(file.companion.kind, beginningWith: String(file.recording.description.prefix(2)))
        let name = "\(file.recording).\(file.companion.number).\(file.digest.prefix(8).hexadecimal)"
        return "\(folder)/\(name)\(StorageLayout.payloadSuffix)"
    }

    /// The folders of what follows recordings, that are there.
    func companionFolders(_ files: any FileSystem) throws(ArchiveError) -> [String] {
        var folders: [String] = []
        for kind in Companion.Kind.allCases {
            for prefix in try files.names(in: companions(kind)) {
                folders.append(companions(kind, beginningWith: prefix))
            }
        }
        return folders
    }

    /// The recording that a file follows; nil for another file.
    static func recording(ofCompanion file: String) -> RecordingID? {
        let parts = file.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, file.hasSuffix(StorageLayout.payloadSuffix) else { return nil }
        return RecordingID(String(parts[0]))
    }

    /// What ends so is not to be kept over a crash.
    static let temporarySuffix = ".tmp"
    /// Where a file is written before it gets its name.
    static func temporary(_ path: String) -> String { path + temporarySuffix }
}
