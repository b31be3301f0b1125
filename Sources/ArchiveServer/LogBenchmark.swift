import ArchiveCore
import ArchiveInterface
import AuditLog
import Auditing
import Catalogue
import Crypto
import Foundation
import TransparencyLog

/// How fast a long log is verified, proved, read and opened.
///
/// An archive is made for it in the folder for temporary files. Its entries are those of accesses and deliveries by a hundred
/// principals to a thousand recordings, each tenth with a purpose.
public struct LogBenchmark: Sendable {
    /// What was found; times in seconds.
    public struct Report: Codable, Sendable {
        /// Entries of the log.
        public var entries: Int
        /// Bytes of their leaves.
        public var bytes: Int
        /// Hashing the same leaves, in memory, into an RFC 6962 tree, on one processor.
        public var hashing: Double
        /// Verifying all of it: leaves, columns, hashes, texts, head.
        public var verifying: Double
        /// Proving an entry drawn by lot, the mean of a thousand.
        public var proof: Double
        /// Reading the newest fifty entries of a recording, the mean of a thousand.
        public var newest: Double
        /// Opening the archive.
        public var opening: Double
        /// Verifying an auditor's copy of the log.
        public var copyVerifying: Double
        /// Reading the newest fifty entries of a recording in that copy, the mean of ten.
        public var copyNewest: Double
        /// A month's report over that copy.
        public var reporting: Double
    }

    private static let principals = (0..<100).map { _ in PrincipalID() }
    private static let recordings = (0..<1000).map { _ in RecordingID().description }

    private let entries: Int

    /// A log of so many entries.
    public init(entries: Int) { self.entries = entries }

    /// Makes the archive, measures, and removes it.
    public func run() async throws -> Report {
        try await BenchmarkArchive.measuring { root in
            try await BenchmarkArchive.opened(root) { try await fill($0) }
            var opened: Archive?
            let opening = try await BenchmarkArchive.seconds { opened = try await Archive.open(root: root) }
            guard let opened else { throw ArchiveError(.unexpected, "the archive of the benchmark did not open") }
            do {
                var report = try await measure(opened)
                report.opening = opening
                try await measure(opened, copying: root + "/copy", into: &report)
                try opened.close()
                return report
            } catch {
                try? opened.close()
                throw error
            }
        }
    }

    private func fill(_ archive: Archive) async throws {
        var done = try await archive.catalogue.read { try $0.logSize() }
        while done < entries {
            let stretch = done..<min(done + 1000, entries)
            try await archive.catalogue.write { writer in
                for number in stretch { try Self.append(number, to: writer, archive.log) }
            }
            done = stretch.upperBound
        }
    }

    private static func append(_ number: Int, to writer: CatalogueWriter, _ log: AuditLog) throws {
        let principal = Principal(
            id: principals[number % principals.count],
            role: .archivist,
            clearance: Label(Level("rahasia")),
            unit: "umum",
            state: .active
        )
        try log.append(
            to: writer,
            actor: .principal(principal, certificate: String(repeating: "ab", count: 32)),
            action: number % 2 == 0 ? "access.open" : "access.deliver",
            object: recordings[number / 7 % recordings.count],
            label: Label(Level("rahasia")),
            details: [
                "access": principals[number / 3 % principals.count].description, "recipient": "x25519", "state": "open",
                "label-version": "1", "expires": "2026-11-21T10:00:00.000Z",
            ],
            texts: number % 10 == 0 ? ["purpose": "Notulen rapat pleno nomor \(number)"] : [:]
        )
    }

    private func measure(_ archive: Archive) async throws -> Report {
        let (size, leaves) = try await archive.catalogue.read { reader in
            let size = try reader.logSize()
            return (size, try reader.leaves(0..<size))
        }
        let checkpoint = try await archive.catalogue.read { try $0.headCheckpoint() }
        let hashing = try await BenchmarkArchive.seconds {
            var tree = TreeFrontier()
            for leaf in leaves { tree.append(leaf: .leaf(leaf)) }
            guard checkpoint?.contains(tree.root.description) == true else {
                throw ArchiveError(.logMismatch, "the log of the benchmark is not what was hashed")
            }
        }
        let verifying = try await BenchmarkArchive.seconds {
            guard try await archive.verification().whole else {
                throw ArchiveError(.logMismatch, "the log of the benchmark does not verify")
            }
        }
        let verifier = try NoteVerifier(vkey: archive.log.verificationKey)
        let proof = try await Self.mean(of: 1000) { _ in
            let seq = Int.random(in: 0..<size)
            let proof = try await archive.log.proof(of: seq)
            guard let proof, proof.inclusion.leafIndex == seq else {
                throw ArchiveError(.logMismatch, "there is no proof of entry \(seq)")
            }
            return { try proof.verify(leaf: .leaf(leaves[seq]), by: verifier) }
        }
        let newest = try await Self.mean(of: 1000) { number in
            var filter = EntryFilter()
            filter.object = Self.recordings[number % Self.recordings.count]
            filter.isNewestFirst = true
            let found = try await archive.catalogue.read { [filter] in try $0.entries(filter, limit: 50) }
            return {
                guard found.first?.columns.object == filter.object, found.map(\.seq) == found.map(\.seq).sorted(by: >)
                else {
                    throw ArchiveError(.unexpected, "other entries were found than were asked for")
                }
            }
        }
        return Report(
            entries: size,
            bytes: leaves.reduce(0) { $0 + $1.count },
            hashing: hashing,
            verifying: verifying,
            proof: proof,
            newest: newest,
            opening: 0,
            copyVerifying: 0,
            copyNewest: 0,
            reporting: 0
        )
    }

    /// What an auditor does with a copy.
    private func measure(_ archive: Archive, copying folder: String, into report: inout Report) async throws {
        guard let checkpoint = try await archive.catalogue.read({ try $0.headCheckpoint() }) else {
            throw ArchiveError(.unexpected, "the log of the benchmark has no checkpoint")
        }
        let export = LogExport(
            folder: folder,
            checkpoint: checkpoint,
            verificationKey: archive.log.verificationKey
        )
        _ = try await export.write { path in
            guard let file = try await archive.log.file(path) else {
                throw ArchiveError(.unexpected, "the log of the benchmark has no \(path)")
            }
            return file
        }
        let copy = LogCopy(path: folder)
        report.copyVerifying = try await BenchmarkArchive.seconds { _ = try copy.verify() }
        report.copyNewest = try await Self.mean(of: 10) { number in
            let query = EntryQuery(object: Self.recordings[number])
            let found = try copy.entries(query, newestFirst: true, limit: 50)
            return {
                guard found.first?.entry.object == Self.recordings[number] else {
                    throw ArchiveError(.unexpected, "other entries were found than were asked for")
                }
            }
        }
        let directory = try await archive.auditDirectory()
        let month = String(Timestamp.text(archive.clock.now).prefix(7))
        let period = Period(month: month, in: archive.settings.timeZone) ?? Period()
        report.reporting = try await BenchmarkArchive.seconds {
            var question = ReportQuestion(within: period, zone: archive.settings.timeZone)
            try copy.read { question.read(all: $0) }
            let page = ReportPage(
                question,
                directory,
                principals: try question.principals.rows(directory, before: report.entries, [], at: archive.clock.now),
                checkpoint: checkpoint,
                language: .english,
                made: archive.clock.now,
                purposes: [:]
            )
            guard question.size == report.entries, page.markup.contains("</html>") else {
                throw ArchiveError(.unexpected, "the report of the benchmark is not of the whole log")
            }
        }
    }

    /// The mean of `count`; what `body` returns checks its result and is not counted.
    private static func mean(
        of count: Int,
        _ body: (Int) async throws -> () throws -> Void
    ) async throws -> Double {
        var total = Duration.zero
        for number in 0..<count {
            let begin = ContinuousClock.now
            let check = try await body(number)
            total += ContinuousClock.now - begin
            try check()
        }
        return total / .seconds(1) / Double(count)
    }
}
