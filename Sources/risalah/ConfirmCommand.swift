internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalah confirm`: is the second person for a grant.
struct ConfirmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm",
        abstract: localized(
            "List the grants that wait for a second person, or confirm one.",
            id: "Daftar pemberian hak yang menunggu orang kedua, atau konfirmasi satu."
        ),
        discussion: localized(
            """
            Shows the grant, asks at the terminal, and confirms exactly that; without a terminal --digest says what was \
            seen. Nobody confirms what they asked for, nor a grant of their own.
            """,
            id: """
                Menampilkan hak, bertanya di terminal, dan mengonfirmasi persis itu; tanpa terminal --digest menyebut yang \
                dilihat. Tidak seorang pun mengonfirmasi yang dimintanya sendiri, atau haknya sendiri.
                """
        )
    )

    @Argument(
        help: ArgumentHelp(localized("The principal; all that wait without it.", id: "Prinsipal; tanpa ini semua."))
    )
    var principal: PrincipalID?

    @OptionGroup var seen: ConfirmationOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard principal != nil || seen.digest == nil else {
            throw ValidationError("'--digest' is of one principal: name it.")
        }
    }

    func run() async throws {
        try await common.connected { client in
            let waiting = try await client.waitingGrants()
            guard let principal else { return try list(waiting) }
            guard let item = waiting.first(where: { $0.principal == principal }) else {
                throw ArchiveError(
                    .notFound,
                    "no grant of \(principal) waits that is yours to confirm",
                    hint: "risalah confirm lists those that do"
                )
            }
            // Before the word is given: what is printed afterwards nobody can have meant.
            if !common.json { try show(item) }
            guard let digest = try seen.digest(shown: item.waiting.digest, json: common.json) else { return }
            let outcome = try await client.confirmGrant(of: principal, digest: digest)
            if common.json { return try Console.print(json: outcome) }
            try Console.print("\(principal): \(localized("confirmed", id: "dikonfirmasi"))")
        }
    }

    private func list(_ waiting: [WaitingGrants.Item]) throws {
        if common.json { return try waiting.forEach { try Console.print(json: $0) } }
        if waiting.isEmpty {
            Console.note("risalah: \(localized("nothing waits for you", id: "tidak ada yang menunggu Anda"))")
        }
        for item in waiting { try show(item) }
    }

    private func show(_ item: WaitingGrants.Item) throws {
        let grant = item.waiting.grant
        let kind =
            item.isNew ? localized("new principal", id: "prinsipal baru") : localized("change", id: "perubahan")
        for line in TextTable.fields([
            (localized("principal", id: "prinsipal"), "\(item.principal) (\(kind))"),
            (localized("name", id: "nama"), item.name),
            (localized("role", id: "peran"), item.role.rawValue),
            (localized("clearance", id: "kewenangan"), grant.clearance.description),
            (localized("unit", id: "unit"), grant.unit),
            (localized("floor", id: "label terendah"), grant.floor?.description),
            (localized("counts from", id: "berlaku dari"), grant.validity.starts.map(Timestamp.text)),
            (localized("counts until", id: "berlaku sampai"), grant.validity.ends.map(Timestamp.text)),
            (
                localized("certificates of", id: "sertifikat dari"),
                item.waiting.external.map { "\($0.issuer), \($0.name)" }
            ),
            (localized("asked by", id: "diminta oleh"), item.waiting.askedBy),
            (localized("asked", id: "diminta"), Timestamp.text(item.waiting.asked)),
            (localized("digest", id: "ringkasan"), item.waiting.digest),
        ]) { try Console.print(line) }
    }
}
