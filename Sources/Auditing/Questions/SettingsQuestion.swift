public import ArchiveInterface

/// Which settings have been in force, as the entries of their loading have them: nobody else's word is taken for the time
/// zone and the office hours by which the rest is measured.
public struct SettingsQuestion: AuditQuestion {
    /// The newest that were loaded; nil where the log has none.
    public private(set) var newest: LoadedSettings?

    /// Asks which are the newest.
    public init() {}

    /// See ``AuditQuestion/read(_:)``.
    public mutating func read(_ entry: AuditedEntry) {
        newest = LoadedSettings(entry.entry) ?? newest
    }
}
