import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue
import Crypto
import Foundation
import Retention
import TransparencyLog
import Vault

extension Archive {
    /// The certificate of a list, and the proof of the entry that names its digest; that entry is made now.
    func certificate(of id: ListID, _ family: RecordsDesk.Family, by caller: Caller) async throws -> SignedCertificate {
        let facts = try await desk.certificateFacts(id, of: family, by: caller)
        let people =
            facts.view.people + facts.items.flatMap { $0.deliveries.map(\.principal) }
        let names = try await names(of: people)
        var entries: [ListCertificate.Entry] = []
        for (seq, action) in facts.entries {
            entries.append(ListCertificate.Entry(seq: seq, action: action, proof: try await provedEntry(seq)))
        }
        let certificate = ListCertificate(
            archive: settings.name,
            origin: try log.checkpointOrigin(),
            timezone: settings.timeZone.identifier,
            classification: facts.classification,
            list: try ListCertificate.List(facts.view.row, names),
            statements: facts.view.statements?.map { StatementReport($0, names) } ?? [],
            items: facts.items.map { ListCertificate.Item($0, names) },
            outcomes: facts.outcomes.hexadecimal,
            entries: entries,
            scrubbed: facts.scrubbed,
            made: clock.now
        )
        let digest = SHA256.hash(data: try CanonicalJSON.encode(certificate)).hexadecimal
        let action = family == .transfers ? "transfer.certificate" : "destruction.certificate"
        let seq = try await catalogue.write { [log] writer in
            try log.append(
                to: writer,
                actor: caller.actor,
                action: action,
                object: id.description,
                details: ["sha256": digest]
            )
        }
        return SignedCertificate(certificate: certificate, proof: try await provedEntry(seq))
    }

    /// The C2SP tlog-proof of an entry, with its bytes.
    func provedEntry(_ seq: Int) async throws -> String {
        guard let proof = try await log.proof(of: seq) else {
            throw ArchiveError(.storage, "the log has no proof of its entry \(seq)")
        }
        return proof.text
    }
}

extension AuditLog {
    /// The origin that the newest checkpoint names.
    func checkpointOrigin() throws -> String {
        guard let note = try checkpoint(), let line = note.split(separator: "\n").first else {
            throw ArchiveError(.storage, "the log has no checkpoint")
        }
        return String(line)
    }
}

extension ListCertificate.List {
    fileprivate init(_ row: ListRow, _ names: [PrincipalID: String]) throws {
        guard let frozen = row.frozen, let executable = row.executable, let ended = row.ended, let digest = row.digest
        else { throw ArchiveError(.storage, "list \(row.id) has ended and was never frozen") }
        self.init(
            id: row.id,
            kind: ListKind(row.kind),
            series: row.series,
            state: ListState(row.state),
            proposed: row.proposed,
            witnesses: row.witnesses,
            frozen: frozen,
            executable: executable,
            ended: ended,
            digest: digest.hexadecimal
        )
        proposedBy = row.proposedBy
        proposedByName = row.proposedBy.flatMap { names[$0] }
        approvedBy = row.approvedBy
        approvedByName = row.approvedBy.flatMap { names[$0] }
        recorded = row.recorded
    }
}

extension ListCertificate.Item {
    fileprivate init(_ facts: RecordsDesk.CertificateFacts.Item, _ names: [PrincipalID: String]) {
        let item = facts.item
        self.init(
            recording: item.recording,
            series: item.series,
            due: item.due,
            digest: item.digest.hexadecimal,
            outcome: item.outcome.rawValue,
            reason: item.reason,
            rule: facts.tombstone?.rule,
            gone: facts.tombstone?.gone,
            intent: facts.tombstone?.intent,
            label: facts.visibility.label,
            unit: facts.visibility.unit,
            copies: facts.deliveries.map { delivery in
                ListCertificate.Copy(
                    principal: delivery.principal,
                    name: names[delivery.principal],
                    opened: delivery.opened,
                    forms: delivery.forms.map(\.rawValue)
                )
            },
            title: facts.title
        )
    }
}
