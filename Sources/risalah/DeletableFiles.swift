internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import CommandShell
internal import Foundation
internal import Importing

/// The two files of `risalah import --deletable`: what the archive has signed, and beside it a table of what lies where here.
struct DeletableFiles {
    private static let columns = ["path", "sha256", "bytes", "recording", "deletable", "code", "reason"]

    let originals: DeletableOriginals

    /// Checks the statements, where a key of the log is known, and writes both files; the signed one last.
    ///
    /// - Returns: where the signed one is.
    func write(to path: String, _ home: ClientHome) throws -> String {
        if let key = try AuditCopyOptions.enrolledKey(home) {
            for page in originals.pages { _ = try OriginalsCheck(page, trusting: key) }
        }
        let list = try OutputFile(path: path, name: "originals.json")
        let table = try OutputFile(path: "\(list.path).csv", name: "originals.json.csv")
        let rows = originals.rows.map { row in
            [
                row.path, row.source?.description ?? "", row.bytes.map { "\($0)" } ?? "",
                row.recording?.description ?? "", row.reason == nil ? "yes" : "no", row.reason?.code ?? "",
                row.reason?.message ?? "",
            ]
        }
        let lines = ([Self.columns] + rows).map { CSV.line($0) + "\r\n" }.joined()
        try Array(lines.utf8).withUnsafeBytes { try table.write($0) }
        let json = try CanonicalJSON.encode(OriginalsList(pages: originals.pages)) + Data("\n".utf8)
        try Array(json).withUnsafeBytes { try list.write($0) }
        try table.commit()
        try list.commit()
        return list.path
    }
}
