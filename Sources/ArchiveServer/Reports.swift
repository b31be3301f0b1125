import AccessPolicy
import Age
import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue
import Foundation
import Ingest
import Retention
import Retrieval
import Vault

extension Archive {
    /// What a client reads of a recording.
    func report(_ view: Retrieval.View) -> RecordingReport {
        let (row, fields) = (view.row, view.fields)
        let series = schedule.series.first { $0.code == row.series }
        return RecordingReport(
            id: row.id,
            state: RecordingState(row.state),
            label: row.visibility.label,
            unit: row.visibility.unit,
            series: row.series,
            title: fields.title,
            meeting: fields.meeting,
            participants: fields.participants,
            description: fields.description,
            started: row.started,
            received: row.received,
            duration: row.duration,
            captured: view.fields.captured,
            loss: row.loss,
            findings: fields.findings.map(FindingReport.init),
            channels: fields.channels,
            bitrate: fields.bitrate,
            size: row.size,
            digest: row.digest.hexadecimal,
            retention: RetentionReport(
                due: row.due,
                then: series?.then.rawValue ?? "review",
                rule: series?.rule ?? row.series
            ),
            expected: view.announced.map { $0.upperBound.timeIntervalSince($0.lowerBound) },
            late: view.late,
            revision: row.revision,
            needsApproval: row.needsApproval,
            holds: view.holds,
            source: fields.source
        )
    }

    /// What an auditor reads of an entry: its texts and the name behind its actor resolved.
    func report(_ row: EntryRow, names: [String: String]) throws -> EntryReport {
        guard let entry = LogEntry(leaf: row.leaf) else {
            throw ArchiveError(.logMismatch, "entry \(row.seq) is not canonical", hint: "run `risalahd audit verify`")
        }
        let texts = try row.texts.reduce(into: [:]) { $0[$1.field] = try log.open($1) }
        return EntryReport(seq: row.seq, entry, texts: texts, name: names[entry.actor])
    }

    /// Name of every principal, by id.
    func names() async throws -> [String: String] {
        let directory = try Directory(vault: vault)
        return try await catalogue.read { try $0.principals() }.reduce(into: [:]) { names, row in
            names[row.principal.id.description] = try directory.entry(of: row).name
        }
    }

    /// To whom recordings are sealed, lowest level first.
    func recipients() throws -> Recipients {
        Recipients(
            levels: try policy.levels.map { rules in
                guard let pair = try vault.recipients(of: rules.level) else {
                    throw ArchiveError(.storage, "level \(rules.level) has no identities")
                }
                return Recipients.Entry(
                    level: rules.level,
                    x25519: rules.recipients == .hybrid ? nil : pair.x25519.description,
                    hybrid: pair.hybrid.description,
                    sealedOnly: rules.sealedOnly
                )
            }
        )
    }

    /// Throws `bad-request` where the age recipients of an enrolment are not what they should be.
    static func checkRecipients(x25519: String, hybrid: String) throws(ArchiveError) {
        guard let x25519 = try? Recipient(parsing: x25519), x25519.kind == .x25519 else {
            throw ArchiveError(.badRequest, "x25519 is not an age recipient age1…")
        }
        guard let hybrid = try? Recipient(parsing: hybrid), hybrid.kind == .hybrid else {
            throw ArchiveError(.badRequest, "hybrid is not an age recipient age1pq1…")
        }
    }
}

extension FindingReport {
    init(_ finding: DescribingFields.Finding) {
        self.init(code: finding.code, offset: finding.offset, message: finding.message)
    }
}

extension StoredRecording {
    init(_ receipt: Ingest.Receipt) {
        self.init(
            id: receipt.recording,
            state: RecordingState(receipt),
            duration: receipt.duration,
            loss: receipt.loss,
            findings: receipt.findings.map(FindingReport.init)
        )
    }
}

extension Archive {
    /// What is coming in and the caller may see.
    func receiving(_ caller: Caller) async throws -> ReceivingList {
        ReceivingList(
            receiving: try await ingest.receiving(by: caller).map { one in
                ReceivingReport(
                    id: one.recording,
                    sender: one.sender,
                    unit: one.unit,
                    title: one.title,
                    meeting: one.meeting,
                    began: one.began,
                    silentSince: one.silentSince,
                    bytes: one.bytes,
                    captured: one.captured
                )
            }
        )
    }
}

extension RecordingState {
    /// The state of a row of the catalogue.
    init(_ state: RecordingRow.State) {
        self =
            switch state {
            case .stored: .stored
            case .incomplete: .incomplete
            case .destroying: .destroying
            case .destroyed: .destroyed
            case .transferred: .transferred
            }
    }

    /// What an upload has become.
    init(_ receipt: Ingest.Receipt) { self.init(receipt.state) }
}
