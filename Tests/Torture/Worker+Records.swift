import Age
import ArchiveClient
import ArchiveCore
import ArchiveInterface
import Auditing
import Crypto
import Foundation
import Transcription

extension Worker {
    mutating func open() async throws {
        guard let (id, recording) = anyRecording() else { return }
        try await allowing(id) { try await read(id, recording) }
    }

    /// Opens a recording, compares all of it, keeps the receipt, closes the access.
    func read(_ id: RecordingID, _ recording: Ledger.Recording) async throws {
        let archivist = try client(.archivist)
        let access = try await archivist.openAccess(to: id, purpose: "uji")
        guard let links = access.links, let receipt = access.receipt else {
            throw Found("access \(access.id) is \(access.state) without links or receipt")
        }
        ledger.keep(receipt: AccessEvidence(receipt, of: access.id, to: id))
        var opener = RecordingOpener(identities: try scene.home(.archivist).identities())
        var digest = SHA256()
        _ = try await archivist.fetch(links.sealed) { bytes in
            try opener.update(bytes) { digest.update(bufferPointer: $0) }
        }
        try opener.finish { digest.update(bufferPointer: $0) }
        guard Data(digest.finalize()) == recording.digest else {
            throw Found("recording \(id) is not what was sent")
        }
        ledger.change(id) { $0.isOpened = true }
        // What is open is not destroyed.
        try await archivist.closeAccess(access.id)
    }

    mutating func describe() async throws {
        guard let (id, _) = anyRecording() else { return }
        let title = ledger.newTitle()
        try await allowing(id) {
            let archivist = try client(.archivist)
            let revision = try await archivist.recording(id).revision
            ledger.change(id) { $0.asked.append((title: title, after: revision)) }
            let report = try await archivist.describe(id, DescriptionBody(title: title, revision: revision))
            ledger.change(id) { recording in
                recording.asked.removeAll { $0.title == title }
                guard report.revision > recording.revision else { return }
                (recording.title, recording.revision) = (title, report.revision)
            }
        }
    }

    /// Writes the next revision of a transcript.
    mutating func transcribe() async throws {
        guard let (id, _) = anyRecording() else { return }
        let text = ledger.newTitle()
        try await allowing(id) {
            let archivist = try client(.archivist)
            let newest = try await archivist.transcripts(of: id, limit: 1).transcripts.first?.revision
            let segment = try TranscriptSegment(start: .zero, end: .zero, text: text)
            let report = try await archivist.put(Transcript(language: "id", segments: [segment]), of: id, after: newest)
            ledger.change(id) { $0.transcripts = max($0.transcripts, report.revision + 1) }
        }
    }

    /// Attaches something; what was acknowledged is there, whatever comes.
    mutating func attach() async throws {
        guard let (id, _) = anyRecording() else { return }
        let name = "\(ledger.newTitle()).txt"
        try await allowing(id) {
            let report = try await client(.archivist).attach(
                AsyncStream { stream in
                    stream.yield(Array(name.utf8))
                    stream.finish()
                },
                length: Int64(name.utf8.count),
                named: name,
                to: id
            )
            ledger.change(id) { _ = $0.attachments.insert(report.name) }
        }
    }

    /// Looks for what a recording is called: what is gone is not found.
    mutating func search() async throws {
        guard let (_, recording) = anyRecording() else { return }
        let gone = Set(ledger.recordings.filter(\.value.isGone).map(\.key))
        let page = try await client(.archivist).search(
            SearchBody(query: "\"\(recording.title)\"", purpose: "uji", limit: 50),
            opening: scene.home(.archivist).identities()
        )
        if let found = page.results.first(where: { gone.contains($0.id) }) {
            throw Found("recording \(found.id) is gone, and is found")
        }
    }

    mutating func relabel() async throws {
        guard let (id, _) = anyRecording() else { return }
        // Only upwards, where nobody has to agree.
        let level = "terbatas"
        ledger.change(id) { $0.askedLevels.insert(level) }
        try await allowing(id) {
            let body = LabelBody(level: Level(level), reason: "uji")
            guard try await client(.proposer).relabel(id, body).state == .done else { return }
            ledger.change(id) { $0.level = level }
        }
    }

    // MARK: Holds

    mutating func hold() async throws {
        // Above all what may be destroyed at this moment.
        guard let (id, _) = anyRecording(where: \.isDoomed) ?? anyRecording() else { return }
        try await allowing(id) {
            let body = HoldsBody(recordings: [id], matter: "perkara", reason: "uji")
            for item in try await client(.approver).hold(body).holds {
                ledger.change(item.recording) { $0.holds.insert(item.id) }
            }
        }
    }

    mutating func unhold() async throws {
        guard let (id, recording) = anyRecording(where: { !$0.holds.isEmpty }),
            let hold = recording.holds.sorted(by: { $0.description < $1.description }).first
        else { return }
        ledger.change(id) { $0.holds.remove(hold) }
        _ = try await client(.approver).release(hold, because: "uji")
    }

    // MARK: Destruction

    /// Proposes a list; another person approves it, or refuses, or it is taken back.
    mutating func proposeList() async throws {
        let all = ledger.recordings.filter { $0.value.series == Scene.approved && !$0.value.isGone }
            .map(\.key).sorted { $0.description < $1.description }
        guard !all.isEmpty else { return }
        let some = Array(all.shuffled(using: &chance).prefix(Int.random(in: 1...4, using: &chance)))
        let body = ListBody(series: Scene.approved, recordings: some, reason: "uji")
        let list = try await client(.proposer).propose(body, .destructions)
        switch Int.random(in: 0..<6, using: &chance) {
        case 0:
            _ = try await client(.approver).refuse(list.id, .destructions, because: "uji")
        default:
            let seen = try await client(.approver).list(list.id, .destructions)
            guard let digest = seen.digest else { throw Found("list \(list.id) has no digest") }
            // From here on whoever runs what is due may destroy them.
            for id in some { ledger.change(id) { $0.isDoomed = true } }
            _ = try await client(.approver).approve(ListApprovalBody(digest: digest), list.id, .destructions)
        }
        if Int.random(in: 0..<6, using: &chance) == 0 {
            _ = try await client(.proposer).cancel(list.id, .destructions, because: "uji")
        }
    }

    mutating func destroy() async throws {
        if Bool.random(using: &chance) { _ = try await admin.perform(.proposeDestruction) }
        guard case .destruction(let report) = try await admin.perform(.runDestruction) else {
            throw Found("a run of destruction reports something else")
        }
        for item in report.items {
            tally.ended(item.outcome)
            guard item.outcome == "destroyed", let recording = ledger.recordings[item.recording] else { continue }
            if !recording.isDoomed { throw Found("recording \(item.recording) was destroyed, and is on no list") }
            ledger.change(item.recording) { $0.isGone = true }
        }
    }

    // MARK: Backup

    mutating func backUp() async throws {
        let request = BackupRequest(destination: scene.backup, isNew: false)
        let first = BackupRequest(destination: scene.backup, isNew: true)
        let isFirst = ledger.backups.isEmpty
        guard ledger.mayBackUp(at: Date()) else { return }
        guard case .beganBackup(let beginning) = try await admin.perform(.beginBackup(isFirst ? first : request)) else {
            throw Found("a backup begins otherwise")
        }
        var last: RecordingID?
        repeat {
            let copy = PayloadCopyRequest(destination: scene.backup, after: last, seconds: 60, verify: false)
            guard case .copiedPayloads(let slice) = try await admin.perform(.copyPayloads(copy)) else {
                throw Found("a backup goes on otherwise")
            }
            if let fault = slice.faults.first { throw Found("a backup finds \(fault.object): \(fault.message)") }
            last = slice.last
        } while last != nil
        let end = BackupEndRequest(destination: scene.backup, name: beginning.name)
        guard case .endedBackup(let report) = try await admin.perform(.endBackup(end)) else {
            throw Found("a backup ends otherwise")
        }
        guard report.missing == 0, report.damagedRows.isEmpty else {
            throw Found(
                "backup \(report.name) misses \(report.missing) payloads and has damaged rows \(report.damagedRows)"
            )
        }
        ledger.keep(backup: Ledger.Backup(taken: report.standing.taken))
    }
}
