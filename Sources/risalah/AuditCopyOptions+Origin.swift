internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import Auditing
internal import CommandShell
internal import Foundation
internal import TransparencyLog

/// A log that goes on under another origin: shown first, and followed only by who wants to.
extension AuditCopyOptions {
    /// Shows what the archive says and what the entries show of it, and throws where it is not accepted.
    func accept(_ compared: ComparedSuccession, by client: ArchiveClient) async throws {
        try await show(compared, by: client)
        guard acceptOrigin else {
            throw ArchiveError(
                .logMismatch,
                compared.fault.error.message,
                hint: compared.isRotation
                    ? "the key of the log was changed, and nothing is lost: where the new key is on the archive's paper, go on "
                        + "with --accept-origin"
                    : "where a restore explains this, and the new key is on the archive's paper, go on with --accept-origin"
            )
        }
        try requireGivenKey(compared.succession.newKey)
        guard try compared.succession.isVouchedFor || givenKey() != nil else {
            throw ArchiveError(
                .logMismatch,
                "no key that this copy leads to has signed for the one that signs now",
                hint: "give the new key, as it stands on the archive's paper, with --vkey"
            )
        }
    }

    /// Says on stderr how the archive can go on in the open, where a database was put back that it did not miss.
    func showWayOut(of fault: LogFault) {
        guard let kept = fault.kept, let evidence = fault.evidence else { return }
        for line in [
            localized(
                "If a database was put back, the archive can go on in the open under another origin. With this file",
                id:
                    "Jika basis data dipulihkan dari cadangan, arsip dapat meneruskan secara terbuka dengan asal lain. Dengan "
                    + "berkas"
            ),
            "  \(evidence)/checkpoint-held",
            localized(
                "its administrator runs, with the service stopped,",
                id: "pengelolanya menjalankan, dengan layanan berhenti,"
            ),
            "  risalahd audit restart --root ROOT --checkpoint checkpoint-held --kept \(kept) --reason WHY",
        ] { Console.note(Console.clean(line)) }
    }

    private func show(_ compared: ComparedSuccession, by client: ArchiveClient) async throws {
        var lines = [
            localized(
                "the log that this copy is of has ended, and the archive goes on with another:",
                id: "log dari salinan ini telah berakhir, dan arsip melanjutkan dengan log lain:"
            ),
            "",
        ]
        lines += Self.indented(String(decoding: compared.note, as: UTF8.self))
        for step in compared.succession.steps { lines += try await describe(step, compared, by: client) }
        lines.append("")
        lines += comparison(compared)
        for line in lines { Console.note(Console.clean(line)) }
    }

    private static func indented(_ note: String) -> [String] { note.split(separator: "\n").map { "  \($0)" } }

    private func describe(
        _ step: LogSuccession.Step,
        _ compared: ComparedSuccession,
        by client: ArchiveClient
    ) async throws -> [String] {
        var lines = [""] + Self.indented(step.note)
        lines.append(
            step.isVouchedFor
                ? localized(
                    "  signed by a key before it, too, that this copy leads to",
                    id: "  ditandatangani juga oleh kunci sebelumnya, yang bersambung dari salinan ini"
                )
                : localized(
                    "  NOT signed by a key before it: compare \(step.key.vkey) with the archive's paper",
                    id:
                        "  TIDAK ditandatangani oleh kunci sebelumnya: bandingkan \(step.key.vkey) dengan kertas arsip"
                )
        )
        guard let found = compared.entries.first(where: { $0.seq == step.begins }), !step.isLost else {
            lines.append(
                localized(
                    "  its entries are lost too; it came after \(step.superseded.size) entries of \(step.superseded.origin)",
                    id:
                        "  catatannya juga hilang; ia menggantikan \(step.superseded.size) catatan \(step.superseded.origin)"
                )
            )
            return lines
        }
        lines += found.entry.details.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }
        if let commitment = Commitment(found, "reason") {
            let text = try commitment.text(among: try await client.texts(of: [step.begins]))
            lines.append("  \(localized("reason", id: "alasan")): \(text ?? localized("erased", id: "dihapus"))")
        }
        return lines
    }

    /// What the two copies show.
    private func comparison(_ compared: ComparedSuccession) -> [String] {
        var lines = [
            compared.missing.isEmpty
                ? localized(
                    "compared: every entry that this copy has is in the log still",
                    id: "dibandingkan: semua catatan dalam salinan ini masih ada dalam log"
                )
                : localized(
                    "compared: entries \(compared.missing.lowerBound) to \(compared.missing.upperBound - 1) of this copy are not "
                        + "in the log any more; they stay in the copy",
                    id:
                        "dibandingkan: catatan \(compared.missing.lowerBound) sampai \(compared.missing.upperBound - 1) dari "
                        + "salinan ini tidak ada lagi dalam log; catatan itu tetap dalam salinan"
                )
        ]
        if compared.declared < compared.common {
            lines.append(
                localized(
                    "the archive says that \(compared.declared) entries of this copy are kept; really \(compared.common) are",
                    id:
                        "arsip mengatakan \(compared.declared) catatan salinan ini dipertahankan; sebenarnya \(compared.common)"
                )
            )
        }
        if let size = compared.unproved {
            lines.append(
                localized(
                    "the archive admits to have signed \(size) entries, more than this copy has: that those of this copy are "
                        + "among them cannot be proved without the lost ones",
                    id: "arsip mengakui telah menandatangani \(size) catatan, lebih banyak daripada salinan ini: bahwa "
                        + "catatan salinan ini termasuk di dalamnya tidak dapat dibuktikan tanpa catatan yang hilang"
                )
            )
        }
        return lines
    }
}
