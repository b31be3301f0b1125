public import ArchiveCore
public import Auditing
internal import Foundation

extension ClientHome {
    /// Where an auditor's copy of the log is.
    public var auditFolder: String { "\(path)/audit" }

    /// Where receipts of accesses are kept.
    public var receiptsFolder: String { "\(path)/receipts" }

    /// The key of the log on a line, where whoever enrolled got it another way than from the archive.
    public var logKeyFile: String { "\(path)/log.vkey" }

    /// The copy of the log.
    public var auditCopy: LogCopy { LogCopy(path: auditFolder) }

    /// Keeps what shows later that the log had the opening of an access, 0600; one that is there stays.
    ///
    /// - Returns: its path.
    @discardableResult
    public func keep(_ receipt: AccessEvidence, in files: some FileSystem = LocalFileSystem()) throws -> String {
        try files.makeFolder(receiptsFolder, label: "receipt.folder")
        let path = "\(receiptsFolder)/\(receipt.access).json"
        guard try files.length(path) == nil else { return path }
        try files.replace(path, with: CanonicalJSON.encode(receipt) + Data("\n".utf8), label: "receipt.write")
        return path
    }
}
