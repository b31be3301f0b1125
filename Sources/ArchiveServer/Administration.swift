public import ArchiveCore
public import ArchiveInterface
import AuditLog
import Catalogue
import Foundation
import Ingest
import Preservation
import Retention
import Retrieval

extension Archive {
    /// Does what a user of the host asks for, whether over the socket of a running service or by taking the lock itself:
    /// the same work and the same entries (DESIGN.md invariant 13).
    ///
    /// - Parameter address: where the service serves, where it does.
    public func administer(
        _ request: AdministrationRequest,
        by actor: Actor,
        address: String? = nil
    ) async throws -> AdministrationResponse {
        switch request {
        case .addPrincipal(let new): try await add(new, by: actor)
        case .confirmPrincipal(let id, let digest): .changed(try await confirm(id, digest: digest, by: actor))
        case .setPrincipal(let change): .changed(try await set(change, by: actor))
        case .listPrincipals: .principals(try await principals(for: actor))
        case .showPrincipal(let id): .principal(try await detail(of: id, for: actor))
        case .disablePrincipal(let id, let lost): .disabled(try await disable(id, lost: lost, by: actor))
        case .renewPrincipal(let id, let lost): .invited(try await renew(id, lost: lost, by: actor))
        case .verifyLog: .verified(try await verification(for: actor))
        case .exportLog: .exporting(try await beginExport(by: actor))
        case .logFile(let path): .file(try await logFile(path))
        case .proposeDestruction: .destruction(Self.report(try await retention.propose(by: actor)))
        case .runDestruction: .destruction(Self.report(try await destroyDue(by: actor)))
        case .explainRetention(let id): .retention(RetentionExplanation(try await desk.explain(id, for: actor)))
        case .listQuarantine: .quarantine(try await quarantine(for: actor))
        case .releaseQuarantined(let release): .released(try await self.release(release, by: actor))
        case .dropQuarantined(let upload): try await drop(upload, by: actor)
        case .forget(let forgetting): .forgotten(try await forget(forgetting, by: actor))
        case .checkStorage: .checkedStorage(try await checkStorage(by: actor))
        case .checkContents(let request): .checkedContents(try await checkContents(request, by: actor))
        case .countUncheckedPayloads(let time): .uncheckedPayloads(try await uncheckedPayloads(since: time))
        case .checkPayloads(let request): .checkedPayloads(try await checkPayloads(request, by: actor))
        case .reindex: .indexing(try await reindex(by: actor))
        case .indexSome: .indexing(try await indexSome())
        case .beginBackup(let request): .beganBackup(try await beginBackup(request, by: actor))
        case .copyPayloads(let request): .copiedPayloads(try await copyPayloads(request, by: actor))
        case .endBackup(let request): .endedBackup(try await endBackup(request, by: actor))
        case .listKeys: .keys(try await keys())
        case .rotateKey(let rotation): .changedKey(try await rotate(rotation, by: actor))
        case .retireKey(let retirement): .changedKey(try await retire(retirement, by: actor))
        case .status: .status(try await status(address: address))
        }
    }

    // MARK: Quarantine

    private func quarantine(for actor: Actor) async throws -> [QuarantineReport] {
        let rows = try await ingest.quarantined()
        try await log.record(actor: actor, action: "quarantine.list", details: ["count": String(rows.count)])
        return rows.map { row in
            QuarantineReport(
                upload: row.upload,
                principal: row.principal,
                reason: row.reason,
                bytes: row.bytes,
                since: row.since,
                expires: row.expires
            )
        }
    }

    private func release(_ release: QuarantineRelease, by actor: Actor) async throws -> StoredRecording {
        let additions = release.additions.map { (name: $0.name, value: $0.value) }
        return StoredRecording(try await ingest.release(release.upload, adding: additions, by: actor))
    }

    private func drop(_ upload: UploadID, by actor: Actor) async throws -> AdministrationResponse {
        try await ingest.dropQuarantined(upload, by: actor)
        return .done
    }

    // MARK: Destruction

    /// Executes what is due, with the room that is kept for it.
    func destroyDue(by actor: Actor) async throws -> [Retention.Outcome] {
        try await releaseReserveForDestruction()
        let outcomes: [Retention.Outcome]
        do {
            outcomes = try await retention.run(by: actor)
        } catch {
            // Others may have been destroyed all the same.
            _ = try? await preservation.noteDestructions()
            throw error
        }
        // What fails here is made up with the next backup to that destination.
        _ = try await preservation.noteDestructions()
        try await keepReserve()
        return outcomes
    }

    // MARK: Reports

    /// Rebuilds the log from its entries, for `actor`.
    private func verification(for actor: Actor) async throws -> LogVerification {
        let verdict = try await verification()
        // After it: what is verified is what the actor found.
        try await log.record(actor: actor, action: "audit.verify", details: ["whole": String(verdict.whole)])
        return verdict
    }

    /// Rebuilds the log from its entries.
    func verification() async throws -> LogVerification {
        Self.report(try await log.verify())
    }

    private func beginExport(by actor: Actor) async throws -> LogHead {
        try await log.record(actor: actor, action: "audit.export")
        guard let checkpoint = try await catalogue.read({ try $0.headCheckpoint() }) else {
            throw ArchiveError(.storage, "the log has no checkpoint")
        }
        return LogHead(checkpoint: checkpoint, verificationKey: try log.verificationKey(of: checkpoint))
    }

    private func logFile(_ path: String) async throws -> Data {
        guard let file = try await log.file(path) else {
            throw ArchiveError(.notFound, "the log has no \(path.prefix(80).debugDescription)")
        }
        return file
    }

    private func status(address: String?) async throws -> StatusReport {
        let over = clock.now.addingTimeInterval(-Retrieval.grace)
        let (totals, missing, entries, checks, doubt) = try await catalogue.read { reader in
            (
                try reader.totals(), try reader.missingMeetings(endedBy: over), try reader.logSize(),
                try reader.payloadChecks(), try reader.clockDoubt()
            )
        }
        // Only the service asks them.
        let isAsking = address != nil && !settings.log.witnesses.isEmpty
        let known = await witnesses.standings
        return StatusReport(
            name: settings.name,
            address: address,
            recordings: totals.recordings,
            bytes: totals.bytes,
            uploads: totals.uploads,
            missing: missing,
            damaged: checks.damaged,
            checkedSince: checks.oldest,
            clockStep: doubt?.seconds,
            entries: entries,
            solo: isSolo,
            witnesses: isAsking ? known : nil,
            backups: try await backupStandings()
        )
    }

    private static func report(_ outcomes: [Retention.Outcome]) -> DestructionReport {
        DestructionReport(
            items: outcomes.map { outcome in
                DestructionReport.Item(
                    recording: outcome.item.recording,
                    list: outcome.item.list,
                    series: outcome.item.series,
                    due: outcome.item.due,
                    executable: outcome.item.executable,
                    outcome: outcome.kind.rawValue,
                    reason: outcome.reason
                )
            }
        )
    }
}
