internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import CommandShell

extension UploadReceipt {
    /// Prints what the archive said.
    func print(json: Bool) throws {
        guard !json else { return try Console.print(json: self) }
        for line in TextTable.fields(fields) { try Console.print(line) }
    }

    /// What the archive said, for people.
    var fields: [(name: String, value: String?)] {
        let findings = findings.map { "\($0.code) (\($0.count))" }.joined(separator: ", ")
        return [
            (localized("recording", id: "rekaman"), id.description),
            (localized("state", id: "keadaan"), state.rawValue),
            (localized("duration", id: "lama"), LocalTimes.duration(duration)),
            (localized("loss", id: "hilang"), loss > 0 ? "\(loss) s" : nil),
            (localized("findings", id: "temuan"), findings.isEmpty ? nil : findings),
        ]
    }
}
