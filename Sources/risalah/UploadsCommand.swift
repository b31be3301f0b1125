internal import ArchiveClient
internal import ArchiveCore
internal import ArgumentParser
internal import CommandShell

/// `risalah uploads`: what is in the spool, and what becomes of it.
struct UploadsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uploads",
        abstract: localized(
            "List, finish or drop recordings that have not been sent.",
            id: "Daftar, selesaikan, atau buang rekaman yang belum terkirim."
        ),
        discussion: localized(
            """
            States: live (a process has it), waiting (recorded to its end), interrupted (its recorder was ended; \
            what is there can be sent), refused (by the archive), damaged.
            """,
            id: """
                Keadaan: live (dipegang sebuah proses), waiting (selesai direkam), interrupted (perekamnya terhenti; \
                yang ada dapat dikirim), refused (ditolak arsip), damaged (rusak).
                """
        )
    )

    @Flag(help: ArgumentHelp(localized("Send what is left over.", id: "Kirim yang tersisa.")))
    var finish = false

    @Flag(help: ArgumentHelp(localized("Remove from the spool, unsent.", id: "Buang dari antrean tanpa dikirim.")))
    var drop = false

    @Flag(help: ArgumentHelp(localized("Do not ask.", id: "Jangan bertanya.")))
    var yes = false

    @Argument(
        help: ArgumentHelp(
            localized("Recordings of the spool; else all of them.", id: "Rekaman di antrean; jika tidak: semuanya."),
            valueName: "id"
        )
    )
    var ids: [UploadID] = []

    @OptionGroup var sending: SendingOptions
    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !finish || !drop else { throw ValidationError("Only one of '--finish' and '--drop' can be given.") }
        guard !drop || !ids.isEmpty else { throw ValidationError("'--drop' needs the ID of a recording.") }
        guard !yes || drop else { throw ValidationError("'--yes' belongs to '--drop'.") }
        guard finish || drop || ids.isEmpty else { throw ValidationError("An ID needs '--finish' or '--drop'.") }
    }

    func run() async throws {
        let home = try common.clientHome()
        if drop {
            for id in ids { try drop(id, home) }
        } else if finish {
            try await finish(home)
        } else {
            try list(home)
        }
    }

    private func list(_ home: ClientHome) throws {
        let recordings = try home.spooledRecordings()
        if common.json { return try recordings.forEach { try Console.print(json: $0) } }
        guard !recordings.isEmpty else {
            return Console.note("risalah: " + localized("the spool is empty", id: "antrean kosong"))
        }
        var table = TextTable(
            [
                "id", localized("started", id: "mulai"), localized("level", id: "tingkat"),
                localized("spooled", id: "tersimpan"), localized("acknowledged", id: "diterima"),
                localized("state", id: "keadaan"),
            ],
            minimum: [26, 23, 8, 10, 10, 0]
        )
        let rows = recordings.map { recording in
            [
                recording.id.description, recording.started.map(time.times.text) ?? "", recording.level?.name ?? "",
                String(recording.spooled), String(recording.acknowledged),
                recording.state.rawValue + (recording.refusal.map { ": \($0)" } ?? ""),
            ]
        }
        table.fit(rows)
        try Console.print(table.heading)
        for row in rows { try Console.print(table.line(row)) }
    }

    private func finish(_ home: ClientHome) async throws {
        // What a process has is on its way, and what the archive has refused it would refuse again.
        let waiting = try home.spooledRecordings().filter { [.waiting, .interrupted].contains($0.state) }.map(\.id)
        var failure: (any Error)?
        if ids.isEmpty, waiting.isEmpty {
            Console.note("risalah: " + localized("nothing is left over", id: "tidak ada yang tersisa"))
        }
        for id in ids.isEmpty ? waiting : ids {
            do {
                try await send(id, home)
            } catch let error as ArchiveError {
                // One that cannot be sent keeps no other back; the first is what the exit status says.
                failure = failure ?? error
                guard ids.count > 1 || waiting.count > 1 else { break }
                Console.note("risalah: \(id): \(Console.clean(error.message))")
            }
        }
        if let failure { throw failure }
    }

    private func send(_ id: UploadID, _ home: ClientHome) async throws {
        let entry = try SpoolEntry(id, in: home)
        try entry.endWhereItIs()
        let json = common.json
        let sender = SpoolSender(entry, retries: sending.policy, connect: sending.connect(home)) { event in
            guard !json, case .interrupted(let error) = event else { return }
            let sentence = localized("interrupted, trying again", id: "terputus, mencoba lagi")
            Console.note("risalah: \(sentence): \(Console.clean(error.message))")
        }
        let receipt: UploadReceipt
        do {
            receipt = try await sender.run()
        } catch let error as ArchiveError {
            throw RecordingDesk.unsent(error, entry)
        }
        try receipt.print(json: common.json)
        try entry.remove()
    }

    private func drop(_ id: UploadID, _ home: ClientHome) throws {
        if !yes {
            let question = localized(
                "remove recording \(id) from the spool? What the archive does not have of it is lost. [y/N]",
                id: "buang rekaman \(id) dari antrean? Yang belum diterima arsip akan hilang. [y/T]"
            )
            guard let answer = Console.ask(question) else {
                throw ArchiveError(.badRequest, "nobody can be asked whether to drop \(id)", hint: "say --yes")
            }
            guard ["y", "yes", "ya"].contains(answer.lowercased()) else { return }
        }
        try home.dropSpooled(id)
    }
}
