import ArchiveClient
import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Foundation

/// What an archive has to be after every crash, once it is open again.
struct Examination {
    let scene: Scene
    let ledger: Ledger
    let server: ServerProcess
    let reader: Worker
    let tally: Tally

    /// - Parameter everything: whether every recording is opened, not only what is new and some others.
    func run(everything: Bool = false) async throws {
        if let trouble = server.troubles.first { throw Found("not recovered: \(trouble)") }
        try await renewEverybody()
        try await checkStorage()
        try await compareLog()
        try await compareRecordings()
        try await compareUploads()
        try await openRecordings(everything)
    }

    /// `check --deep`.
    private func checkStorage() async throws {
        guard case .checkedStorage(let check) = try await reader.admin.perform(.checkStorage) else {
            throw Found("check answers otherwise")
        }
        // What a crash may leave: a temporary file, and what was to follow a recording, and nobody was told of.
        let remainders = ["temporary-left", "transcript-unexpected", "attachment-unexpected"]
        for fault in check.faults where !(remainders.contains(fault.fault) && fault.repaired) {
            throw Found("check: \(fault.fault) \(fault.object): \(fault.message)\(fault.repaired ? ", repaired" : "")")
        }
        var step: Int? = 0
        while let first = step {
            let request = ContentsCheckRequest(step: first, seconds: 60, rate: nil)
            guard case .checkedContents(let contents) = try await reader.admin.perform(.checkContents(request)) else {
                throw Found("check --deep answers otherwise")
            }
            if let fault = contents.faults.first {
                throw Found("check --deep: \(fault.fault) \(fault.object): \(fault.message)")
            }
            step = contents.next
        }
        let since = Date()
        while true {
            let request = PayloadCheckRequest(since: since, seconds: 60, rate: nil)
            guard case .checkedPayloads(let check) = try await reader.admin.perform(.checkPayloads(request)) else {
                throw Found("check --deep answers otherwise")
            }
            if let fault = check.faults.first {
                throw Found("check --deep: \(fault.fault) \(fault.object): \(fault.message)")
            }
            tally.read(check.recordings)
            if check.recordings == 0 { return }
        }
    }

    /// Whoever was let in before is let in still, and has renewed what another CA than that of today issued.
    private func renewEverybody() async throws {
        try await reader.renew()
        guard case .keys(let keys) = try await reader.admin.perform(.listKeys) else {
            throw Found("keys are listed otherwise")
        }
        for key in keys where key.kind == "ca" && key.neededByCount > 0 {
            throw Found("after everybody has renewed, the CA before is needed by \(key.neededBy)")
        }
    }

    private func compareRecordings() async throws {
        var listed: [RecordingID: RecordingReport] = [:]
        var cursor: String?
        repeat {
            let page = try await reader.client(.proposer).recordings(RecordingFilter(), limit: 500, cursor: cursor)
            for report in page.recordings { listed[report.id] = report }
            cursor = page.next
        } while cursor != nil
        for (id, known) in ledger.recordings.sorted(by: { $0.key.description < $1.key.description }) {
            guard let report = listed[id] else {
                guard known.isDoomed else { throw Found("recording \(id) is lost") }
                guard known.holds.isEmpty else {
                    throw Found("recording \(id) was destroyed under \(known.holds.count) holds")
                }
                if !known.isGone { try await requireDestroyed(id) }
                continue
            }
            guard !known.isGone else { throw Found("recording \(id) was destroyed, and is back") }
            guard report.state == .stored else { throw Found("recording \(id) is \(report.state)") }
            let titles = [known.title] + known.asked.filter { $0.after >= known.revision }.map(\.title)
            guard titles.contains(report.title) else {
                throw Found("recording \(id) is called \(report.title), not one of \(titles)")
            }
            guard known.askedLevels.union([known.level]).contains(report.level.name),
                known.level == "biasa" || report.level.name == known.level
            else { throw Found("recording \(id) is \(report.level.name), and was made \(known.level)") }
            guard (report.holds ?? 0) >= known.holds.count else {
                throw Found("recording \(id) has \(report.holds ?? 0) holds, and \(known.holds.count) were placed")
            }
            if known.transcripts > 0 {
                let newest = try await reader.client(.archivist).transcripts(of: id, limit: 1).transcripts.first?
                    .revision
                guard let newest, newest + 1 >= known.transcripts else {
                    throw Found(
                        "of the transcript of \(id) \(known.transcripts) revisions were acknowledged, and the newest is \(newest ?? -1)"
                    )
                }
            }
            if !known.attachments.isEmpty {
                let there = try await reader.client(.archivist).recording(id).attachments ?? []
                guard known.attachments.isSubset(of: there.map(\.name)) else {
                    throw Found("of \(known.attachments.count) attachments of \(id) only \(there.count) are there")
                }
            }
            ledger.change(id) { recording in
                // What was asked and not answered is decided by now.
                recording.asked = []
                (recording.title, recording.revision) = (report.title, max(report.revision, recording.revision))
                recording.level = report.level.name
            }
        }
    }

    /// Neither keys nor payload are left of what is destroyed: `check` has compared that with the state.
    private func requireDestroyed(_ id: RecordingID) async throws {
        guard case .retention(let found) = try await reader.admin.perform(.explainRetention(id)) else {
            throw Found("retention answers otherwise")
        }
        guard found.state == .destroyed else { throw Found("recording \(id) is half destroyed: \(found.state)") }
        ledger.change(id) { $0.isGone = true }
    }

    private func compareUploads() async throws {
        for upload in ledger.uploads {
            let standing = try await reader.client(.recorder).standing(of: reader.address + upload.path)
            if let receipt = standing.receipt {
                ledger.finish(upload, as: receipt.id)
            } else if standing.offset < upload.offset {
                throw Found(
                    "of \(upload.path) \(upload.offset) bytes were acknowledged, and it stands at \(standing.offset)"
                )
            }
        }
    }

    private func openRecordings(_ everything: Bool) async throws {
        // In one order, so that a seed reads the same ones again.
        let present = ledger.recordings.filter { !$0.value.isGone }.sorted { $0.key.description < $1.key.description }
        let others = present.filter(\.value.isOpened)
        let read = present.filter { !$0.value.isOpened } + (everything ? others : Array(others.prefix(2)))
        for (id, recording) in read {
            do {
                try await reader.read(id, recording)
            } catch let error as ArchiveError where error.code == .refused && recording.isDoomed {
                // What is on a frozen list gets no new access; its payload was read by the check.
                continue
            }
        }
    }
}
