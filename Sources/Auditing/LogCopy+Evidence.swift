import ArchiveCore
public import Foundation
import TransparencyLog

extension LogCopy {
    private static let checkpointName = "checkpoint-received"

    private struct Report: Codable {
        var entry: Int?
        var kind: LogFault.Kind
        var message: String
        var time: Date
        var vkey: String?
    }

    /// Where evidence is kept, a folder for each contradiction.
    public var evidenceFolder: String { "\(path)/evidence" }

    /// Keeps both sides of a contradiction in a folder of its own, and gives back the fault with its place.
    ///
    /// Evidence is never overwritten. What is seen a second time, the same kind about the same checkpoint, stays as it
    /// was kept the first time: a client that asks every hour does not fill the disk.
    ///
    /// - Parameters:
    ///   - received: the checkpoint, or what came in its stead.
    ///   - attachments: further files, by name.
    public func keep(_ fault: LogFault, received: Data, attachments: [String: Data] = [:]) throws -> LogFault {
        var kept = fault
        let time = clock.now
        for name in try files.names(in: evidenceFolder) where name.hasSuffix("-\(fault.kind.rawValue)") {
            let folder = "\(evidenceFolder)/\(name)"
            guard try files.contents("\(folder)/\(Self.checkpointName)").map({ Data($0) }) == received,
                try report(in: folder)?.message == fault.message
            else { continue }
            kept.evidence = folder
            return kept
        }
        let folder = try newFolder(Timestamp.text(time).replacing(":", with: "."), fault.kind)
        var contents = attachments
        contents[Self.checkpointName] = received
        if let held = try storedNote() { contents["checkpoint-held"] = held }
        for (name, bytes) in contents.sorted(by: { $0.key < $1.key }) {
            try files.replace("\(folder)/\(name)", with: bytes, label: "copy.evidence")
        }
        // Last: a folder without it is one that a crash left behind.
        let report = Report(
            entry: fault.entry,
            kind: fault.kind,
            message: fault.message,
            time: time,
            vkey: try key()?.vkey
        )
        try files.replace("\(folder)/report.json", with: CanonicalJSON.encode(report), label: "copy.evidence")
        kept.evidence = folder
        return kept
    }

    private func report(in folder: String) throws -> Report? {
        try files.contents("\(folder)/report.json").map { try CanonicalJSON.decode(Report.self, from: Data($0)) }
    }

    /// A folder that nothing is in yet.
    private func newFolder(_ time: String, _ kind: LogFault.Kind) throws -> String {
        var number = 1
        while true {
            let folder = "\(evidenceFolder)/\(time)\(number == 1 ? "" : "-\(number)")-\(kind.rawValue)"
            guard try files.length(folder) != nil else {
                try files.makeFolder(folder, label: "copy.evidence")
                return folder
            }
            number += 1
        }
    }
}
