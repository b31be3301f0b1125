internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// What every command takes that asks to open a recording.
struct OpeningOptions: ParsableArguments {
    @OptionGroup var stated: PurposeOptions

    @Option(help: ArgumentHelp(localized("For which of your keys.", id: "Untuk kunci Anda yang mana.")))
    var recipient = RecipientKind.x25519

    @OptionGroup var part: PartOptions

    /// The purpose, from wherever it comes.
    func purposeText() throws -> String? { try stated.text() }

    /// Asks to open `recording`, or the part of it that the options name, and keeps the receipt in `home`.
    ///
    /// - Returns: the access, where to fetch it, and what is wrong with its receipt: for ``conclude(_:)``, when it was fetched.
    /// - Throws: ``Finished`` with 75, after saying who has to agree first, where it is pending.
    func open(
        _ recording: RecordingID,
        purpose: String?,
        home: ClientHome,
        json: Bool,
        by client: ArchiveClient
    ) async throws -> (access: AccessReport, links: AccessReport.Links, trouble: ArchiveError?) {
        let (from, to) = try await part.seconds(of: recording, by: client)
        let access = try await client.openAccess(
            to: recording,
            purpose: purpose,
            recipient: recipient,
            from: from,
            to: to
        )
        guard let links = access.links else { throw try waiting(for: access, json: json) }
        return (access, links, try Self.takeReceipt(of: access, to: recording, home: home, json: json))
    }

    /// Keeps the receipt of an open access in `home`, and says where the log is another now; what is wrong with it.
    ///
    /// Before anything is fetched: what was opened can be shown to have been entered from then on.
    static func takeReceipt(
        of access: AccessReport,
        to recording: RecordingID,
        home: ClientHome,
        json: Bool
    ) throws -> ArchiveError? {
        let receipt = try home.take(access.receipt, of: access.id, to: recording)
        if let origin = receipt.newOrigin {
            warn(
                localized(
                    "the log of the archive is another now, \(origin): ask an auditor whether a restore explains it",
                    id: "log arsip kini lain, \(origin): tanyakan kepada auditor apakah pemulihan menjelaskannya"
                )
            )
        }
        if let trouble = receipt.trouble, !json { warn(trouble.message) }
        return receipt.trouble
    }

    /// Ends with 67 where the receipt shows nothing: what was delivered is whole, and stays.
    func conclude(_ trouble: ArchiveError?) throws {
        guard let trouble else { return }
        throw ArchiveError(
            .logMismatch,
            "the recording was delivered whole, but nothing shows that the log has its opening: \(trouble.message)",
            hint: trouble.hint ?? "ask an auditor of this archive what its log has of it"
        )
    }

    private static func warn(_ sentence: String) {
        Console.note("risalah: \(localized("WARNING", id: "PERINGATAN")): \(Console.clean(sentence))")
    }

    /// Says who has to agree first; the same command opens it then.
    private func waiting(for access: AccessReport, json: Bool) throws -> Finished {
        if json { try Console.print(json: access) } else { Self.sayWaiting(for: access) }
        return Finished(status: .waiting)
    }

    /// Says to people who has to agree first.
    static func sayWaiting(for access: AccessReport) {
        let persons = access.awaited?.persons ?? 1
        let role = access.awaited?.role.rawValue ?? ""
        Console.note(
            "risalah: "
                + localized(
                    "request \(access.id) waits for \(persons) of role \(role) to agree, until "
                        + "\(Timestamp.text(access.expires)); then the same command opens it",
                    id: "permintaan \(access.id) menunggu persetujuan \(persons) orang berperan \(role), sampai "
                        + "\(Timestamp.text(access.expires)); sesudah itu perintah yang sama membukanya"
                )
        )
    }
}
