import Age
import ArchiveClient
import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Foundation
import OggOpus

/// Somebody who works at the archive until it goes away: one random operation after the other.
///
/// Another operation is a case here, a method in an extension, and a line in ``Ledger`` for what it may be held to.
struct Worker {
    /// What somebody does.
    enum Operation: String, CaseIterable, Sendable {
        case put, tus, resume, open, describe, relabel, hold, unhold, list, destroy, backup, checkpoint, transcribe,
            attach,
            rotate, search

        var weight: Int {
            switch self {
            case .put, .tus: 5
            case .resume: 6
            case .open, .hold: 4
            case .describe, .list, .destroy, .transcribe, .attach, .rotate: 3
            case .relabel, .unhold, .checkpoint, .search: 2
            case .backup: 1
            }
        }
    }

    let scene: Scene
    let ledger: Ledger
    let clients: [Scene.Person: ArchiveClient]
    let admin: AdminClient
    /// `https://127.0.0.1:PORT`.
    let address: String
    let recipient: Recipient
    let tally: Tally
    var chance: SeededGenerator

    func client(_ person: Scene.Person) throws -> ArchiveClient {
        guard let client = clients[person] else { throw Found("nobody is \(person)") }
        return client
    }

    /// Works until `isOver`.
    ///
    /// - Parameters:
    ///   - first: what to begin with.
    ///   - isSound: whether nothing is made to fail, so that the archive has to do what it is asked.
    mutating func work(
        first: Operation?,
        isSound: Bool,
        until isOver: @Sendable () -> Bool
    ) async throws {
        let operations = Operation.allCases.flatMap { Array(repeating: $0, count: $0.weight) }
        var first = first
        while !isOver() {
            guard let operation = first ?? operations.randomElement(using: &chance) else { return }
            first = nil
            do {
                try await perform(operation)
                tally.count(operation)
            } catch let error as ArchiveError {
                // Whatever fails, nothing that was taken in may turn out to be something else.
                let isDamage: Set<ArchiveError.Code> = [.badEncryption, .badRecording, .truncated]
                let isFailure: Set<ArchiveError.Code> = [.unexpected, .storage, .inputOutput, .exhausted, .logMismatch]
                // What was cut off by the end shows as this, too.
                if isOver() { return }
                if isDamage.contains(error.code) || isSound && isFailure.contains(error.code) {
                    throw Found("\(operation): \(error.code.rawValue): \(error)")
                }
                tally.refused(operation, error.code)
                // The server may be dead or about to be: no operations are drawn a thousand times a second meanwhile.
                if error.code == .unreachable { try await Task.sleep(for: .milliseconds(5)) }
            }
        }
    }

    private mutating func perform(_ operation: Operation) async throws {
        switch operation {
        case .put: try await put()
        case .tus: try await beginUpload()
        case .resume: try await resumeUpload()
        case .open: try await open()
        case .describe: try await describe()
        case .relabel: try await relabel()
        case .hold: try await hold()
        case .unhold: try await unhold()
        case .list: try await proposeList()
        case .destroy: try await destroy()
        case .backup: try await backUp()
        case .transcribe: try await transcribe()
        case .attach: try await attach()
        case .rotate: try await rotate()
        case .search: try await search()
        case .checkpoint: ledger.keep(checkpoint: try await client(.auditor).checkpoint())
        }
    }

    /// A recording that was not seen to be destroyed.
    mutating func anyRecording(
        where isMeant: (Ledger.Recording) -> Bool = { _ in true }
    ) -> (id: RecordingID, recording: Ledger.Recording)? {
        ledger.recordings.filter { !$0.value.isGone && isMeant($0.value) }
            .sorted { $0.key.description < $1.key.description }
            .randomElement(using: &chance)
            .map { (id: $0.key, recording: $0.value) }
    }

    /// Refusals that are right only for what a list may have destroyed, or is about to.
    func allowing(_ recording: RecordingID, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as ArchiveError where [.notFound, .gone, .refused].contains(error.code) {
            // Asked again: it may have come onto a list meanwhile; or it has another label, which ends an access.
            let known = ledger.recordings[recording]
            guard known?.isDoomed == true || error.code == .gone && known?.askedLevels.isEmpty == false else {
                throw Found("recording \(recording), which is on no list: \(error)")
            }
            throw error
        }
    }
}
