import AccessPolicy
import Age
import ArchiveCore
import AuditLog
import Catalogue
import Crypto
import Foundation
import Preservation
import Retention
import Search
import Vault

/// How an archive with many recordings opens, is checked, is dated anew, and destroys.
///
/// The archive is made for it in the folder for temporary files. Each recording is a second of silence with keys, a payload, what
/// describes it and an entry of its own; what a client and the validation of its stream would take is left out.
public struct HoldingsBenchmark: Sendable {
    /// What was found; times in seconds.
    public struct Report: Codable, Sendable {
        /// Recordings of the archive.
        public var recordings: Int
        /// Bytes of a payload.
        public var payload: Int
        /// Bytes of catalogue and vault, for each recording.
        public var facts: Int
        /// Making them all.
        public var filling: Double
        /// Opening the archive.
        public var opening: Double
        /// Comparing catalogue, vault, payloads and log.
        public var checking: Double
        /// Dating all anew but those that were destroyed, after their schedule has changed; the service goes on meanwhile.
        public var dating: Double
        /// Recordings that were destroyed.
        public var destroyed: Int
        /// Destroying them, with the entries, and with what makes noise of every copy of their keys.
        public var destroying: Double
    }

    private static let batch = 2000

    private let recordings: Int
    private let destroyed: Int

    /// An archive of so many recordings, of which `destroyed` have come to their end.
    public init(recordings: Int, destroyed: Int) {
        self.recordings = recordings
        self.destroyed = destroyed
    }

    /// Makes the archive, measures, and removes it.
    public func run() async throws -> Report {
        try await BenchmarkArchive.measuring { root in
            let schedule = StorageLayout(root: root).schedule
            // What has no approval is destroyed as soon as it is on a list.
            try Self.replace("cooling: P14D\n    nonrecord", by: "cooling: P0D\n    nonrecord", in: schedule)
            var payload = 0
            let filling = try await BenchmarkArchive.seconds {
                payload = try await BenchmarkArchive.opened(root) { archive in
                    let payload = try await fill(archive)
                    while try await archive.index.step().changes > 0 {}
                    return payload
                }
            }
            let layout = StorageLayout(root: root)
            let facts =
                try [layout.archiveDatabase, layout.vaultDatabase].reduce(0) { sum, path in
                    sum + (try LocalFileSystem().length(path) ?? 0)
                } / recordings
            let opening = try await Self.opening(root)
            var report = try await BenchmarkArchive.opened(root) { try await measure($0) }
            (report.payload, report.filling, report.opening) = (payload, filling, opening)
            report.facts = facts
            try Self.replace("active: P2Y", by: "active: P3Y", in: schedule)
            report.dating = try await BenchmarkArchive.opened(root) { archive in
                try await BenchmarkArchive.seconds {
                    let dated = try await archive.retention.date(by: .service)
                    guard dated == ["rapat": recordings - destroyed] else {
                        throw ArchiveError(.unexpected, "other recordings were dated than all: \(dated)")
                    }
                }
            }
            return report
        }
    }

    private static func opening(_ root: String) async throws -> Double {
        var opened: Archive?
        let seconds = try await BenchmarkArchive.seconds { opened = try await Archive.open(root: root) }
        try opened?.close()
        return seconds
    }

    private static func replace(_ text: String, by other: String, in path: String) throws {
        let file = URL(filePath: path)
        let before = try String(contentsOf: file, encoding: .utf8)
        let after = before.replacing(text, with: other)
        guard after != before else { throw ArchiveError(.unexpected, "\(path) does not say \(text)") }
        try after.write(to: file, atomically: true, encoding: .utf8)
    }

    // MARK: Making it

    /// Makes the recordings; returns the bytes of a payload.
    func fill(_ archive: Archive) async throws -> Int {
        let sender = try await archive.addMember(.recorder)
        let silence = try BenchmarkArchive.silence()
        var (done, length) = (0, 0)
        while done < recordings {
            let count = min(Self.batch, recordings - done)
            let made = try (done..<done + count).map { try FilledRecording($0, silence, archive.layout, archive.files) }
            try archive.vault.putBack(made.map(\.vaultRow))
            let seals = try archive.vault.seals(of: made.map(\.id))
            let rows = try made.enumerated().map { offset, made in
                guard let seal = seals[made.id] else {
                    throw ArchiveError(.unexpected, "the vault has no keys of \(made.id)")
                }
                return try row(of: made, seal, isDue: done + offset < destroyed, archive, sender)
            }
            try await archive.catalogue.write { [log = archive.log] writer in
                for row in rows {
                    try writer.insert(row, timeIndex: Data(count: 64))
                    try log.append(
                        to: writer,
                        actor: sender.actor,
                        action: "recording.store",
                        object: row.id.description,
                        label: row.visibility.label,
                        details: ["bytes": String(row.size), "digest": row.digest.hexadecimal, "series": row.series]
                    )
                }
            }
            (done, length) = (done + count, made[0].length)
        }
        return length
    }

    private func row(
        of made: FilledRecording,
        _ seal: RecordingSeal,
        isDue: Bool,
        _ archive: Archive,
        _ sender: Caller
    ) throws -> RecordingRow {
        let (series, age) = isDue ? ("sementara", 40.0) : ("rapat", Double(made.number % 300))
        let received = archive.clock.now.addingTimeInterval(-age * 86_400)
        guard let rule = archive.schedule[series] else {
            throw ArchiveError(.unexpected, "the shipped schedule has no series \(series)")
        }
        let fields = DescribingFields(
            title: "Rapat \(made.number)",
            meeting: nil,
            participants: ["Ani", "Budi"],
            description: nil,
            captured: 1,
            channels: 1,
            bitrate: 32_000,
            findings: []
        )
        return RecordingRow(
            id: made.id,
            visibility: VisibilityClass(label: Label(archive.policy.lowest), unit: archive.policy.units[0]),
            labelVersion: 1,
            series: series,
            state: .stored,
            sender: sender.principal.id,
            meeting: nil,
            started: nil,
            received: received,
            due: archive.schedule.due(rule, received: received, timeZone: archive.settings.timeZone),
            duration: 1,
            loss: 0,
            size: made.length,
            digest: made.digest,
            nonce: made.nonce,
            sealed: try seal.seal(CanonicalJSON.encode(fields), field: DescribingFields.field)
        )
    }

    // MARK: Measuring

    private func measure(_ archive: Archive) async throws -> Report {
        let checking = try await BenchmarkArchive.seconds {
            let check = try await archive.preservation.check(by: .service)
            guard check.faults.isEmpty, check.recordings == recordings else {
                throw ArchiveError(.storage, "the archive of the benchmark is not whole: \(check.faults.prefix(3))")
            }
        }
        let destroying = try await BenchmarkArchive.seconds {
            let listed = try await archive.retention.propose(by: .service)
            let outcomes = try await archive.destroyDue(by: .service)
            guard listed.count == destroyed, outcomes.count(where: { $0.kind == .destroyed }) == destroyed else {
                throw ArchiveError(.unexpected, "\(listed.count) were listed, \(outcomes.count) executed")
            }
        }
        return Report(
            recordings: recordings,
            payload: 0,
            facts: 0,
            filling: 0,
            opening: 0,
            checking: checking,
            dating: 0,
            destroyed: destroyed,
            destroying: destroying
        )
    }
}

/// A recording that no client has sent.
struct FilledRecording {
    /// A row of the vault, as Docs/format.md has it.
    private struct Keys: Encodable {
        var digest: Data
        var fileKey: Data
        var length: Int
        var nonce: Data
        var recordingKey: Data
    }

    let number: Int
    let id = RecordingID()
    let nonce: Data
    let digest: Data
    let length: Int
    let vaultRow: VaultRow

    /// Seals `plaintext` under a key of its own and writes it, for the moment: nobody needs it after a crash.
    init(_ number: Int, _ plaintext: [UInt8], _ layout: StorageLayout, _ files: any FileSystem) throws {
        self.number = number
        let (fileKey, nonce) = (FileKey(), PayloadNonce())
        var encryptor = PayloadEncryptor(fileKey: fileKey, nonce: nonce)
        var payload: [UInt8] = []
        try encryptor.update(plaintext, into: &payload)
        try encryptor.finish(into: &payload)
        self.nonce = Data(nonce.bytes)
        digest = Data(SHA256.hash(data: payload))
        length = payload.count
        let path = layout.payload(id)
        try files.makeFolder(path.parentFolder, label: "benchmark.make-folder")
        let file = try files.open(path, writing: true, create: true, label: "benchmark.open")
        try payload.withUnsafeBytes { try file.write($0, at: 0, label: "benchmark.write") }
        vaultRow = VaultRow(
            contents: try CanonicalJSON.encode(
                Keys(
                    digest: digest,
                    fileKey: fileKey.withUnsafeBytes { Data($0) },
                    length: length,
                    nonce: self.nonce,
                    recordingKey: Data(Random.bytes(32))
                )
            ),
            id: id.description,
            kind: "recording"
        )
    }
}
