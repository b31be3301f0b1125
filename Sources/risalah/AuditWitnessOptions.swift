internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import Auditing
internal import CommandShell
internal import Foundation
internal import TransparencyLog

/// Which witnesses an auditor wants to have seen the log.
struct AuditWitnessOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            localized(
                "The vkey of a witness of the log, or a file with such, one a line; may be repeated.",
                id: "vkey saksi log, atau berkas berisi vkey, satu per baris; boleh diulang."
            ),
            discussion: localized(
                "Says how far each has cosigned the log of the copy; a cosignature over another log is evidence, exit 67.",
                id:
                    "Menyebut sejauh mana tiap saksi menandatangani log salinan; tanda tangan atas log lain adalah bukti, kode 67."
            ),
            valueName: "vkey"
        )
    )
    var witness: [String] = []

    @Option(
        help: ArgumentHelp(
            localized(
                "How many of them must have cosigned at least what this copy had before; else exit 75.",
                id: "Berapa dari mereka harus sudah menandatangani isi salinan ini sebelumnya; jika tidak, kode 75."
            ),
            valueName: "count"
        )
    )
    var witnessesNeeded: Int?

    func validate() throws {
        guard let witnessesNeeded else { return }
        guard witnessesNeeded >= 1, !witness.isEmpty else {
            throw ValidationError("'--witnesses-needed' is at least 1, and needs '--witness'.")
        }
    }

    /// What the archive shows of one witness.
    struct Shown {
        let witness: CosignatureVerifier
        /// The newest checkpoint that it cosigned; nil where there is none.
        let note: Data?
    }

    /// How far a witness is.
    struct Standing: Encodable {
        var name: String
        @ExplicitNull var size: Int?
        @ExplicitNull var time: Date?
        @ExplicitNull var behind: Int?
    }

    /// The witnesses, each once.
    func verifiers() throws -> [CosignatureVerifier] {
        var found: [CosignatureVerifier] = []
        for value in witness {
            let lines: [Substring]
            if (try? CosignatureVerifier(vkey: value)) != nil {
                lines = [value[...]]
            } else {
                let text = String(decoding: try InputFile(path: value).contents(limit: 1 << 16), as: UTF8.self)
                lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }
            }
            for line in lines {
                do {
                    let verifier = try CosignatureVerifier(vkey: String(line))
                    if !found.contains(verifier) { found.append(verifier) }
                } catch {
                    throw ArchiveError(.badMetadata, "\(value): no vkey of a witness: \(error.message)")
                }
            }
        }
        if let witnessesNeeded, witnessesNeeded > found.count {
            throw ArchiveError(.badRequest, "\(witnessesNeeded) witnesses are needed, and \(found.count) are named")
        }
        return found
    }

    /// Asks for what each has cosigned: before the copy is brought up to date, which then goes as far.
    func shown(by client: ArchiveClient) async throws -> [Shown] {
        var found: [Shown] = []
        for verifier in try verifiers() {
            found.append(Shown(witness: verifier, note: try await client.cosigned(by: verifier.name)))
        }
        return found
    }

    /// Checks what the archive showed against the copy.
    func standings(_ shown: [Shown], in copy: LogCopy, of size: Int) throws -> [Standing] {
        try shown.map { one in
            let seen = try one.note.flatMap { try copy.cosigned($0, by: one.witness) }
            return Standing(
                name: one.witness.name,
                size: seen?.size,
                time: seen?.time,
                behind: seen.map { size - $0.size }
            )
        }
    }

    /// Demands that enough of them have seen what the copy had before.
    func require(_ standings: [Standing], over before: Int) throws {
        guard let witnessesNeeded else { return }
        let least = max(before, 1)
        let have = standings.count { ($0.size ?? 0) >= least }
        guard have < witnessesNeeded else { return }
        throw ArchiveError(
            .awaitingWitness,
            "\(have) of the witnesses have cosigned \(least) entries, which \(witnessesNeeded) have to",
            hint:
                "they are asked once in `log.publish_every`. Is one down? `risalahd status` says so. One that saw another log does not cosign: ask its operator"
        )
    }

    /// How it is said to a person.
    static func field(_ standing: Standing) -> (name: String, value: String?) {
        let label = localized("witness", id: "saksi")
        guard let size = standing.size, let time = standing.time, let behind = standing.behind else {
            return (label, "\(standing.name): \(localized("nothing", id: "belum ada"))")
        }
        let entries = localized(
            "\(size) entries, \(behind) behind, \(Timestamp.text(time))",
            id: "\(size) catatan, tertinggal \(behind), \(Timestamp.text(time))"
        )
        return (label, "\(standing.name): \(entries)")
    }
}
