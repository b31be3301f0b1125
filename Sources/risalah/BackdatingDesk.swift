internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import CommandShell
internal import Crypto
internal import Foundation
internal import Importing

/// Asks that what an import brings count from when it began, and keeps the mark under which it asks: who repeats an import goes on with one
/// request, which a records manager decides as a whole.
struct BackdatingDesk {
    /// What is told of it at the end.
    private struct Told: Encodable { let backdating: End }
    private struct End: Encodable {
        var request: BackdatingReport?
        var passedOver: [AskedBackdating.PassedOver]
        var planned: Int?
        /// Recordings of which nobody said when they began.
        var withoutBeginning: Int
    }

    private static let atOnce = 1000

    private let reason: String
    private let path: String
    private let isRehearsal: Bool
    private var known: Set<RecordingID> = []
    private var waiting: [RecordingID] = []
    private var end: End

    /// A desk of the import of `sources`, by their absolute paths, under the enrolment in `home`.
    init(of sources: [String], because reason: String, home: ClientHome, isRehearsal: Bool) {
        self.reason = reason
        self.isRehearsal = isRehearsal
        let digest = SHA256.hash(data: Data(sources.joined(separator: "\0").utf8))
        path = "\(home.path)/imports/backdating-\(Base32.encode(Data(digest.prefix(10))))"
        end = End(passedOver: [], planned: isRehearsal ? 0 : nil, withoutBeginning: 0)
    }

    /// Takes note of what became of one source.
    mutating func note(_ report: ImportReport) {
        // Two sources can be one recording.
        guard report.id.map({ known.insert($0).inserted }) ?? (report.outcome == .planned) else { return }
        guard report.metadata?.started != nil else {
            end.withoutBeginning += 1
            return
        }
        if isRehearsal {
            end.planned? += 1
        } else if let id = report.id {
            waiting.append(id)
        }
    }

    /// Whether there is enough to be asked for at once.
    var isFull: Bool { waiting.count >= Self.atOnce }

    /// Asks for what was noted since the last time.
    mutating func ask(_ client: ArchiveClient) async throws {
        guard !waiting.isEmpty else { return }
        let mark = try mark()
        let recordings = waiting
        let asked: AskedBackdating
        do {
            asked = try await client.askBackdating(
                BackdatingBody(recordings: recordings, import: mark, reason: reason)
            )
        } catch let error as ArchiveError where error.code == .notFound {
            end.passedOver += recordings.map { .init(recording: $0, code: error.code.rawValue) }
            waiting = []
            return
        }
        end.request = asked.request
        end.passedOver += asked.passedOver
        waiting = []
    }

    /// The mark of this import: on stable storage before anything is asked under it.
    private func mark() throws -> BackdatingID {
        let files = LocalFileSystem()
        if let bytes = try files.contents(path, limit: 64) {
            guard let known = BackdatingID(String(decoding: bytes, as: UTF8.self)) else {
                throw ArchiveError(.storage, "\(path) is not what was written there", hint: "move it away")
            }
            return known
        }
        let made = BackdatingID()
        try files.replace(path, with: Array(made.description.utf8), label: "backdating.mark")
        return made
    }

    /// Tells what was asked for, or would be.
    func tell(json: Bool) throws {
        guard !json else { return try Console.print(json: Told(backdating: end)) }
        if let planned = end.planned {
            try Console.print(
                localized("would ask to back-date: \(planned)", id: "akan diminta dihitung sejak dimulai: \(planned)")
            )
        }
        if let request = end.request {
            try request.print(json: false)
            Console.note(
                localized(
                    "a records manager decides: risalah backdating grant \(request.id)",
                    id: "pengelola arsip memutuskan: risalah backdating grant \(request.id)"
                )
            )
        }
        let missing = end.withoutBeginning + end.passedOver.count
        guard missing > 0 else { return }
        try Console.print(
            localized(
                "counted from when they were received: \(missing)",
                id: "dihitung sejak diterima: \(missing)"
            )
        )
    }
}
