import ArchiveCore
public import Foundation
import TransparencyLog

extension LogCopy {
    private static let checkpointName = "checkpoint-received"

    private struct Report: Codable {
        var entry: Int?
        var kept: Int?
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
        if let (folder, report) = try before(fault, received: received) {
            kept.evidence = folder
            kept.kept = report.kept
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
            kept: fault.kept,
            kind: fault.kind,
            message: fault.message,
            time: time,
            vkey: try key()?.vkey
        )
        try files.replace("\(folder)/report.json", with: CanonicalJSON.encode(report), label: "copy.evidence")
        kept.evidence = folder
        return kept
    }

    /// Where the same was kept before.
    private func before(_ fault: LogFault, received: Data) throws -> (folder: String, report: Report)? {
        for name in try files.names(in: evidenceFolder) where name.hasSuffix("-\(fault.kind.rawValue)") {
            let folder = "\(evidenceFolder)/\(name)"
            guard try files.contents("\(folder)/\(Self.checkpointName)").map({ Data($0) }) == received,
                let report = try report(in: folder), report.message == fault.message
            else { continue }
            return (folder, report)
        }
        return nil
    }

    /// The fault with the number of first entries that the copy and the log have in common: what whoever put a database back
    /// has to know to go on in the open. Nil stays where the archive does not give them out.
    func counted(
        _ fault: LogFault,
        _ held: Head?,
        _ received: Data,
        by key: NoteVerifier,
        from source: some LogSource
    ) async throws -> LogFault {
        guard let held, fault.kind == .forked || fault.kind == .rolledBack,
            try before(fault, received: received) == nil,
            let size = try? Self.checkpoint(in: received, by: key).size
        else { return fault }
        var counted = fault
        counted.kept = try? await commonEntries(with: source, size, held.checkpoint.size)
        return counted
    }

    private func commonEntries(with source: some LogSource, _ size: Int, _ held: Int) async throws -> Int {
        let most = min(size, held)
        for first in stride(from: 0, to: most, by: Tile.fullWidth) {
            let number = first / Tile.fullWidth
            let (own, others) = (
                try leaves(ofBundle: number, in: held),
                LeafList(Array(try await source.bundle(Self.bundle(number, in: size))))
            )
            guard let others, others.count >= min(Tile.fullWidth, most - first) else { throw ArchiveError.notFound }
            for index in 0..<min(Tile.fullWidth, most - first) where own[index] != others[index] {
                return first + index
            }
        }
        return most
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
