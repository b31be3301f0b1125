import ArchiveCore
public import ArchiveInterface
import Crypto
import Foundation
public import TransparencyLog

/// What shows that a certificate is the archive's, and that the log says what it says; asks nobody.
public struct CertificateCheck: Sendable {
    /// The checkpoint that the entry with the digest of the certificate is under.
    public let checkpoint: Checkpoint
    /// The place of that entry.
    public let entry: Int

    /// Checks a certificate by the key of the log alone.
    ///
    /// - Throws: `log-mismatch` with what does not hold.
    public init(_ signed: SignedCertificate, trusting key: NoteVerifier) throws {
        let certificate = signed.certificate
        let list = certificate.list
        guard certificate.version == ListCertificate.version else {
            throw ArchiveError(.unsupportedVersion, "the certificate is of version \(certificate.version)")
        }
        let digest = SHA256.hash(data: try CanonicalJSON.encode(certificate)).hexadecimal
        let family = list.kind == .transfer ? "transfer" : "destruction"
        let proved = try ProvedEntry(signed.proof, by: key, "the proof of the certificate")
        let seal = proved.entry
        guard seal.action == "\(family).certificate", seal.object == list.id.description, seal.decision == .allow,
            seal.details["sha256"] == digest
        else { throw Self.fault("the log does not have this certificate, but another") }
        (checkpoint, entry) = (proved.checkpoint, proved.seq)

        var entries: [LogEntry] = []
        for named in certificate.entries {
            let proved = try ProvedEntry(named.proof, by: key, "the proof of entry \(named.seq)")
            let entry = proved.entry
            guard proved.seq == named.seq, entry.action == named.action, entry.object == list.id.description,
                entry.decision == .allow
            else { throw Self.fault("entry \(named.seq) is not what the certificate says") }
            entries.append(entry)
        }
        try Self.checkContent(certificate, entries, family)
        try Self.checkPeople(certificate, entries, family)
    }

    private static func fault(_ message: String) -> ArchiveError { ArchiveError(.logMismatch, message) }

    /// What was frozen is what was approved, and what became of it is what the end says.
    private static func checkContent(_ certificate: ListCertificate, _ entries: [LogEntry], _ family: String) throws {
        let list = certificate.list
        let content = ListContent(
            list: list.id,
            kind: list.kind.rawValue,
            items: certificate.items.map {
                .init(recording: $0.recording, series: $0.series, due: $0.due, digest: $0.digest)
            }
        )
        guard SHA256.hash(data: try content.bytes()).hexadecimal == list.digest else {
            throw fault("the items are not what has the digest of the list")
        }
        // Without people the schedule froze it as it proposed it.
        let deciding = list.approvedBy == nil ? "propose" : "approve"
        guard let decision = entries.last(where: { $0.action == "\(family).\(deciding)" }),
            decision.details["digest"] == list.digest
        else { throw fault("nobody approved what has the digest of the list") }
        let outcome = ListOutcome(
            list: list.id,
            items: certificate.items.map {
                .init(recording: $0.recording, outcome: $0.outcome, reason: $0.reason, intent: $0.intent, gone: $0.gone)
            }
        )
        guard SHA256.hash(data: try outcome.bytes()).hexadecimal == certificate.outcomes,
            entries.contains(where: {
                $0.action == "destruction.end" && $0.details["outcomes"] == certificate.outcomes
            })
        else { throw fault("what became of the items is not what the log says") }
        guard
            certificate.items.allSatisfy({
                ($0.gone ?? list.ended) >= list.executable && ($0.gone ?? list.ended) <= list.ended
            })
        else { throw fault("something was gone before the list could be executed") }
    }

    /// Each statement is an entry of the person who made it, and who approved is another than who proposed.
    private static func checkPeople(_ certificate: ListCertificate, _ entries: [LogEntry], _ family: String) throws {
        let list = certificate.list
        guard list.approvedBy == nil || list.approvedBy != list.proposedBy else {
            throw fault("the list was approved by who proposed it")
        }
        let verbs = [
            "opinion": "opine", "letter": "letter", "witness": "witness", "strike": "strike", "approval": "approve",
            "record": "record",
        ]
        for statement in certificate.statements {
            guard statement.kind != "proposal" else {
                guard let entry = entries.first(where: { $0.action == "\(family).propose" }),
                    entry.actor == statement.principal.description, entry.details["digest"] == statement.digest
                else { throw fault("the log does not have the proposal as it is here") }
                continue
            }
            let verb = verbs[statement.kind] ?? statement.kind
            guard
                let entry = entries.first(where: {
                    $0.action == "\(family).\(verb)" && $0.details["statement"] == String(statement.number)
                }), entry.actor == statement.principal.description, entry.details["digest"] == statement.digest
            else { throw fault("the log does not have statement \(statement.number) as it is here") }
        }
        let approval = entries.last { $0.action == "\(family).approve" }
        guard approval?.actor == list.approvedBy?.description else {
            throw fault("the log has another who approved the list")
        }
        let witnesses = certificate.statements.filter { $0.kind == "witness" && $0.digest == list.digest }
        guard Set(witnesses.map(\.principal)).count >= list.witnesses else {
            throw fault("fewer have witnessed the list than it says")
        }
    }
}
