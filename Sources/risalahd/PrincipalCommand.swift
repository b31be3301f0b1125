internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalahd principal`: who may use the archive.
struct PrincipalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "principal",
        abstract: localized("Who may use the archive.", id: "Siapa yang boleh memakai arsip."),
        subcommands: [
            PrincipalAddCommand.self, PrincipalConfirmCommand.self, PrincipalSetCommand.self,
            PrincipalListCommand.self, PrincipalShowCommand.self, PrincipalDisableCommand.self,
            PrincipalRenewCommand.self,
        ]
    )

    /// How people are told that a grant waits.
    static func noteWaiting(_ principal: PrincipalID, isNew: Bool) {
        let command = "risalahd principal confirm \(principal)"
        Console.note(
            "risalahd: "
                + (isNew
                    ? localized(
                        "it counts when a second person has confirmed it: \(command)",
                        id: "berlaku setelah dikonfirmasi orang kedua: \(command)"
                    )
                    : localized(
                        "what it gives more waits for a second person, and the old grant counts until then: \(command)",
                        id: "tambahan haknya menunggu orang kedua, hak lama tetap berlaku sampai saat itu: \(command)"
                    ))
        )
    }

    /// An invitation, for people.
    static func print(_ invitation: Invitation) throws {
        for line in TextTable.fields([
            (localized("principal", id: "prinsipal"), invitation.principal.description),
            (localized("invite until", id: "undangan sampai"), Timestamp.text(invitation.expires)),
            (localized("invite", id: "undangan"), invitation.invite),
        ]) { try Console.print(line) }
        if invitation.needsConfirmation { noteWaiting(invitation.principal, isNew: true) }
    }

    /// A grant, for people.
    static func fields(_ grant: Grant) -> [(name: String, value: String?)] {
        [
            (localized("clearance", id: "kewenangan"), grant.clearance.description),
            (localized("unit", id: "unit"), grant.unit),
            (localized("floor", id: "label terendah"), grant.floor?.description),
            (localized("counts from", id: "berlaku dari"), grant.validity.starts.map(Timestamp.text)),
            (localized("counts until", id: "berlaku sampai"), grant.validity.ends.map(Timestamp.text)),
        ]
    }

    /// A grant that waits, for people.
    static func print(_ waiting: WaitingGrant, isForgotten: Bool = false) throws {
        try Console.print(
            isForgotten
                ? localized("a change that waited is forgotten:", id: "perubahan yang menunggu dihapus:")
                : localized("waits for a second person:", id: "menunggu orang kedua:")
        )
        let asked: [(name: String, value: String?)] = [
            (localized("certificates of", id: "sertifikat dari"), waiting.external.map { "\($0.issuer), \($0.name)" }),
            (localized("asked by", id: "diminta oleh"), waiting.askedBy),
            (localized("asked", id: "diminta"), Timestamp.text(waiting.asked)),
            (localized("digest", id: "ringkasan"), waiting.digest),
        ]
        for line in TextTable.fields(fields(waiting.grant) + asked) { try Console.print("  \(line)") }
    }

    /// What a principal has under way, or left behind, for people.
    static func print(_ held: UnderWay) throws {
        for access in held.accesses {
            let kind = localized("access", id: "akses")
            let delivered = access.delivered ? localized("delivered", id: "sudah dikirim") : ""
            try Console.print("  \(kind) \(access.access) \(access.recording) \(delivered)".trimmed)
        }
        for request in held.requests {
            let kind = localized("request", id: "permintaan")
            try Console.print("  \(kind) \(request.access) \(request.recording)")
        }
        for change in held.relabellings {
            let kind = localized("change of label", id: "perubahan klasifikasi")
            try Console.print("  \(kind) \(change.change) \(change.recording) \(change.label)")
        }
        for approval in held.approvals {
            let kind = localized("agreed to", id: "menyetujui")
            let state =
                approval.isOpen
                ? localized("open", id: "terbuka") : localized("waits for others", id: "menunggu yang lain")
            try Console.print(
                "  \(kind) \(approval.access) \(approval.recording) \(approval.principal) \(state)"
            )
        }
        for delegation in held.delegations {
            let kind = localized("delegation", id: "delegasi")
            try Console.print(
                "  \(kind) \(delegation.delegation) \(delegation.principal) → \(delegation.delegate) "
                    + "\(Timestamp.text(delegation.starts)) – \(Timestamp.text(delegation.ends))"
            )
        }
        for upload in held.uploads {
            let kind = localized("upload", id: "unggahan")
            try Console.print("  \(kind) \(upload.upload) \(Timestamp.text(upload.began)) \(upload.bytes) B")
        }
    }
}

extension String {
    fileprivate var trimmed: String { String(reversed().drop { $0 == " " }.reversed()) }
}

/// Which principal.
struct PrincipalArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp(localized("Its id, as principal list shows it.", id: "Id-nya, lihat principal list."))
    )
    var principal: PrincipalID
}
