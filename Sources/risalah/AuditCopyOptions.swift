internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import Auditing
internal import CommandShell
internal import Foundation
internal import TransparencyLog

/// Whom an auditor's copy of the log trusts.
struct AuditCopyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            localized(
                "The key of the log, as on paper, or a file with it.",
                id: "Kunci log, seperti di kertas, atau berkas berisi kunci itu."
            ),
            discussion: localized(
                "Else log.vkey in the folder of the enrolment; else the archive's own word, for the first copy only.",
                id:
                    "Jika tidak: log.vkey di folder pendaftaran; jika tidak: kata arsip sendiri, hanya pada salinan pertama."
            ),
            valueName: "vkey"
        )
    )
    var vkey: String?

    @Flag(
        help: ArgumentHelp(
            localized(
                "Go on with the other origin that the archive's log has now, after reading what was lost.",
                id: "Lanjutkan dengan asal baru log arsip, setelah membaca apa yang hilang."
            )
        )
    )
    var acceptOrigin = false

    /// The key that the options name; nil where they name none.
    func givenKey() throws -> NoteVerifier? {
        guard let vkey else { return nil }
        if let key = try? NoteVerifier(vkey: vkey) { return key }
        return try Self.key(in: vkey)
    }

    /// The key on the line of a file.
    static func key(in file: String) throws -> NoteVerifier {
        let text = String(decoding: try InputFile(path: file).contents(limit: 1 << 12), as: UTF8.self)
        do {
            return try NoteVerifier(vkey: text.trimmingCharacters(in: .whitespacesAndNewlines))
        } catch {
            throw ArchiveError(.badMetadata, "\(file) has no key of a log: \(error.message)")
        }
    }

    /// The key that the options or the enrolment name.
    func knownKey(_ home: ClientHome) throws -> NoteVerifier? {
        if let given = try givenKey() { return given }
        return FileManager.default.fileExists(atPath: home.logKeyFile) ? try Self.key(in: home.logKeyFile) : nil
    }

    /// Keys of origins of the log, for what is signed by one that has ended: those of options and enrolment, and those that the
    /// archive itself names as its own.
    func knownKeys(_ home: ClientHome, naming origins: [LogOrigin] = []) throws -> [NoteVerifier] {
        let own = try knownKey(home).map { [$0] } ?? []
        return own + origins.compactMap { try? NoteVerifier(vkey: $0.verificationKey) }
    }

    /// Brings the copy in `home` up to what the archive has now.
    func synced(_ home: ClientHome, by client: ArchiveClient) async throws -> LogCopy.Synced {
        let copy = home.auditCopy
        try copy.finishGivingWay()
        do {
            // What is kept by the enrolment may be of an origin that has ended since.
            // And who accepts another origin gives the key of that one.
            let key = try copy.key() == nil ? await firstKey(home, client) : acceptOrigin ? nil : givenKey()
            let synced = try await copy.sync(from: client.log, trusting: key)
            try requireGivenKey(synced.head.key)
            return synced
        } catch let fault as LogFault where fault.kind == .otherOrigin {
            // Without a copy there is nothing that another origin could have come of.
            guard try copy.head() != nil else { throw fault }
            return try await accept(copy, fault, by: client)
        }
    }

    /// Demands that `key` is the one that was given, if one was.
    func requireGivenKey(_ key: NoteVerifier) throws {
        guard let given = try givenKey(), given != key else { return }
        throw ArchiveError(
            .logMismatch,
            "the log is signed by \(key), not by \(given)",
            hint: "which of the two is on the paper of the archive?"
        )
    }

    /// The key for a copy that is begun.
    private func firstKey(_ home: ClientHome, _ client: ArchiveClient) async throws -> NoteVerifier {
        if let known = try knownKey(home) { return known }
        guard let newest = try await client.logOrigins().last else {
            throw ArchiveError(.unexpected, "the archive says of no key that its log is signed by it")
        }
        let key: NoteVerifier
        do {
            key = try NoteVerifier(vkey: newest.verificationKey)
        } catch {
            throw ArchiveError(.unexpected, "what the archive gives as the key of its log is none: \(error.message)")
        }
        Console.note(
            "risalah: "
                + localized(
                    "WARNING: the key of the log was taken from the archive itself, and from now on counts. Compare it "
                        + "with the archive's paper:",
                    id: "PERINGATAN: kunci log diambil dari arsip sendiri, dan sejak kini berlaku. Bandingkan dengan "
                        + "kertas arsip:"
                )
        )
        Console.note("  \(Console.clean(key.vkey))")
        return key
    }

    // MARK: Another origin

    private func accept(_ copy: LogCopy, _ fault: LogFault, by client: ArchiveClient) async throws -> LogCopy.Synced {
        let head = try copy.requiredHead()
        let succession: LogSuccession
        do {
            succession = try LogSuccession(from: head, try await client.logOrigins())
        } catch let contradiction as LogFault {
            throw try copy.keep(contradiction, received: await client.log.checkpoint())
        }
        try await show(succession, head, by: client)
        guard acceptOrigin else {
            throw ArchiveError(
                .logMismatch,
                fault.error.message,
                hint:
                    "where a restore explains this, and the new key is on the archive's paper, go on with --accept-origin"
            )
        }
        try requireGivenKey(succession.newKey)
        guard try succession.isVouchedFor || givenKey() != nil else {
            throw ArchiveError(
                .logMismatch,
                "the key of the log before did not sign the one that signs now",
                hint: "give the new key, as it stands on the archive's paper, with --vkey"
            )
        }
        let successor = copy.successor
        try successor.setAside(unlessOf: succession.newKey)
        let synced = try await successor.sync(from: client.log, trusting: succession.newKey)
        do {
            try copy.require(successor, toBeginAs: succession)
        } catch {
            try successor.setAside()
            throw error
        }
        let aside = try await copy.giveWay()
        Console.note(
            "risalah: "
                + localized(
                    "the copy of \(head.key.name) is kept in \(aside.path)",
                    id: "salinan \(head.key.name) disimpan di \(aside.path)"
                )
        )
        return synced
    }

    /// Says on stderr what the archive says, and what of that was checked.
    private func show(_ succession: LogSuccession, _ head: LogCopy.Head, by client: ArchiveClient) async throws {
        var lines = [
            localized(
                "the log that this copy is of has ended, and the archive goes on with another:",
                id: "log dari salinan ini telah berakhir, dan arsip melanjutkan dengan log lain:"
            ),
            "",
        ]
        lines += Self.indented(String(decoding: head.note, as: UTF8.self))
        for step in succession.steps {
            lines += [""] + Self.indented(step.note)
            lines.append(
                step.isSignedByOld
                    ? localized("  signed by the key before it, too", id: "  ditandatangani juga oleh kunci sebelumnya")
                    : localized(
                        "  NOT signed by the key before it: compare \(step.key.vkey) with the archive's paper",
                        id:
                            "  TIDAK ditandatangani oleh kunci sebelumnya: bandingkan \(step.key.vkey) dengan kertas arsip"
                    )
            )
            lines += try await reason(of: step, by: client)
        }
        lines.append("")
        lines.append(
            succession.missing.isEmpty
                ? localized(
                    "every entry that this copy has is said to be in the log still",
                    id: "semua catatan dalam salinan ini dikatakan masih ada dalam log"
                )
                : localized(
                    "entries \(succession.missing.lowerBound) to \(succession.missing.upperBound - 1) of this copy are "
                        + "not in the log any more; they stay in the copy",
                    id:
                        "catatan \(succession.missing.lowerBound) sampai \(succession.missing.upperBound - 1) dari salinan "
                        + "ini tidak ada lagi dalam log; catatan itu tetap dalam salinan"
                )
        )
        for line in lines { Console.note(Console.clean(line)) }
    }

    /// What the first entry of an origin says, before anything of it was checked.
    private func reason(of step: LogSuccession.Step, by client: ArchiveClient) async throws -> [String] {
        let size = step.first.size
        let tile = try Tile(
            level: 0,
            number: step.begins / Tile.fullWidth,
            width: min(Tile.fullWidth, size - step.begins / Tile.fullWidth * Tile.fullWidth)
        )
        let leaves = try EntryBundle.decode(try await client.log.bundle(tile), width: tile.width)
        guard let entry = LogEntry(leaf: Data(leaves[step.begins % Tile.fullWidth])) else { return [] }
        let found = AuditedEntry(seq: step.begins, entry: entry)
        var lines = entry.details.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }
        if let commitment = Commitment(found, "reason") {
            let text = try commitment.text(among: try await client.texts(of: [step.begins]))
            lines.append(
                "  \(localized("reason", id: "alasan")): \(text ?? localized("erased", id: "dihapus"))"
            )
        }
        return lines
    }

    private static func indented(_ note: String) -> [String] {
        note.split(separator: "\n").map { "  \($0)" }
    }
}
