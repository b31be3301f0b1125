public import Auditing

extension ClientHome {
    /// Where an auditor's copy of the log is.
    public var auditFolder: String { "\(path)/audit" }

    /// Where receipts of accesses are kept.
    public var receiptsFolder: String { "\(path)/receipts" }

    /// The key of the log on a line, where whoever enrolled got it another way than from the archive.
    public var logKeyFile: String { "\(path)/log.vkey" }

    /// The copy of the log.
    public var auditCopy: LogCopy { LogCopy(path: auditFolder) }
}
