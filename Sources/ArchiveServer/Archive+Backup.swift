import ArchiveCore
import ArchiveInterface
import Catalogue
import Foundation
import Preservation
import Vault

/// Copies of everything on other disks.
extension Archive {
    func beginBackup(_ request: BackupRequest, by actor: Actor) async throws -> BackupBeginning {
        let beginning = try await backup(to: request.destination).begin(
            isNew: request.isNew,
            configuration: configurationFiles(),
            by: actor
        )
        let bytes = try await catalogue.read { try $0.totals().bytes }
        return BackupBeginning(name: beginning.name, entries: beginning.entries, bytes: bytes)
    }

    func copyPayloads(_ request: PayloadCopyRequest, by actor: Actor) async throws -> PayloadCopyReport {
        let slice = try await backup(to: request.destination).copyPayloads(
            after: request.after,
            for: .seconds(max(0, min(request.seconds, 60))),
            isVerifying: request.verify,
            by: actor
        )
        return PayloadCopyReport(
            recordings: slice.recordings,
            bytes: slice.bytes,
            copied: slice.copied,
            mended: slice.mended,
            faults: slice.faults.map(StorageFaultReport.init),
            last: slice.last
        )
    }

    func endBackup(_ request: BackupEndRequest, by actor: Actor) async throws -> BackupReport {
        let ending = try await backup(to: request.destination).end(request.name, by: actor)
        return BackupReport(
            name: request.name,
            standing: BackupStanding(ending.row),
            recordings: ending.recordings,
            bytes: ending.bytes,
            transcripts: ending.transcripts,
            attachments: ending.attachments,
            missing: ending.missing,
            destructions: ending.destructions,
            vault: ending.vault,
            vaultRows: ending.vaultRows,
            damagedRows: ending.damagedRows.named,
            damagedRowsOmitted: ending.damagedRows.omitted
        )
    }

    private func backup(to destination: String) throws -> Backup {
        guard let settings = settings.backup else {
            throw ArchiveError(
                .configuration,
                "\(layout.settings) names no custodians, and without the vault nothing of a backup opens",
                hint: "let each custodian run `age-keygen -o custodian.key` on a machine of theirs, say "
                    + "backup: { custodians: [age1…], vault: /another/disk } there, and start the service anew"
            )
        }
        return Backup(
            of: preservation,
            to: destination,
            custody: BackupCustody(
                recipients: settings.recipients,
                folder: settings.vault,
                lifetime: settings.vaultKeep.seconds(from: clock.now),
                catalogues: settings.catalogues
            )
        )
    }

    /// Config without its secrets.
    private func configurationFiles() throws -> [(name: String, text: [UInt8])] {
        try Self.configurationNames.compactMap { name in
            try files.contents("\(layout.config)/\(name)").map { (name: name, text: $0) }
        }
    }

    /// The files of Config that are no secrets.
    static let configurationNames = ["risalah.yaml", "policy.yaml", "retention.yaml", "log.vkey", "ca.pem"]

    /// The newest backup to each destination.
    func backupStandings() async throws -> [BackupStanding] {
        try await catalogue.read { try $0.backups() }.map(BackupStanding.init)
    }
}

extension BackupStanding {
    fileprivate init(_ row: BackupRow) {
        self.init(destination: row.destination, taken: row.taken, entries: row.entries, ended: row.ended)
    }
}
