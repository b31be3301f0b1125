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
    func knownKey(_ home: ClientHome) throws -> NoteVerifier? { try givenKey() ?? Self.ownKey(home) }

    private static func ownKey(_ home: ClientHome) throws -> NoteVerifier? {
        FileManager.default.fileExists(atPath: home.logKeyFile) ? try key(in: home.logKeyFile) : nil
    }

    /// The key that the enrolment, or its copy of the log, knows the log by.
    static func enrolledKey(_ home: ClientHome) throws -> NoteVerifier? { try ownKey(home) ?? home.auditCopy.key() }

    /// The key by which something is checked that asks nobody: the one that the options name, else the one that is known.
    func trustedKey(_ home: ClientHome) throws -> NoteVerifier {
        if let key = try givenKey() ?? Self.enrolledKey(home) { return key }
        throw ArchiveError(
            .configuration,
            "nothing says by which key the log is signed",
            hint: "give --vkey, as it is on the archive's paper"
        )
    }

    /// The key that a note has to be signed by: the one that the options name, else the one that the enrolment or a copy,
    /// of whichever origin, has of the log that the note is of.
    func key(of note: SignedNote, _ home: ClientHome) throws -> NoteVerifier {
        if let given = try givenKey() { return given }
        let origin = String(note.text.prefix { $0 != "\n" })
        let (known, copied) = (try knownKey(home), try home.auditCopy.key(of: origin))
        if let copied {
            guard let known, known.name.utf8.elementsEqual(origin.utf8), known != copied else { return copied }
            throw ArchiveError(
                .logMismatch,
                "\(home.logKeyFile) has another key for the log \(origin) than the copy was checked by: \(copied.vkey)",
                hint: "which of the two is on the paper of the archive? Give it with --vkey"
            )
        }
        let key = try trustedKey(home)
        guard key.name.utf8.elementsEqual(origin.utf8) else {
            throw ArchiveError(
                .logMismatch,
                "the note is of the log \(origin), and the key that is known is of \(key.name)",
                hint: "give the key of that log with --vkey"
            )
        }
        return key
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
        // Whether there is a copy is known only to who has the turn.
        let turn = try await copy.turn()
        defer { turn.release() }
        do {
            // What is kept by the enrolment may be of an origin that has ended since.
            // And who accepts another origin gives the key of that one.
            let key = try copy.key() == nil ? await firstKey(home, client) : acceptOrigin ? nil : givenKey()
            let synced = try await copy.follow(
                client.log,
                trusting: key,
                in: turn,
                origins: { try await client.logOrigins() },
                accepting: { try await accept($0, by: client) }
            )
            try requireGivenKey(synced.head.key)
            if let aside = synced.aside {
                Console.note(
                    "risalah: "
                        + localized(
                            "the copy of the log that ended is kept in \(aside.path)",
                            id: "salinan log yang berakhir disimpan di \(aside.path)"
                        )
                )
            }
            return synced
        } catch let fault as LogFault {
            showWayOut(of: fault)
            throw fault
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
}
