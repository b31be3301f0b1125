internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalahd check`: is everything that was received still there, and whole?
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: localized("Whether all of Storage is there and whole.", id: "Apakah seluruh Storage ada dan utuh."),
        discussion: localized(
            """
            Compares catalogue, vault, payloads, transcripts, attachments and log. With --deep every one of them is also read \
            to its last byte, the longest unread first; when that is stopped, --since goes on with it. What is certain is \
            put right: what a destruction or a crash left, jobs that nobody ends, temporary files. Ends with 74 where something is wrong, with 67 where it is the log alone.
            """,
            id: """
                Membandingkan katalog, brankas kunci, isi rekaman, transkrip, lampiran dan log. Dengan --deep semuanya \
                juga dibaca sampai bita terakhir, yang paling lama tidak dibaca lebih dahulu; bila dihentikan, --since \
                meneruskannya. Yang pasti diperbaiki: sisa pemusnahan atau kegagalan, pekerjaan yang terbengkalai, berkas \
                sementara. Berakhir dengan 74 bila ada yang salah, 67 bila hanya log.
                """
        )
    )

    @Flag(
        help: ArgumentHelp(
            localized(
                "Read every payload, transcript and attachment.",
                id: "Baca setiap isi rekaman, transkrip dan lampiran."
            )
        )
    )
    var deep = false

    @Option(
        help: ArgumentHelp(
            localized(
                "Bytes a second at most, like 20MB, one recording at a time; without it as fast as it goes.",
                id: "Bita per detik paling banyak, seperti 20MB, satu rekaman setiap kali; tanpa ini secepatnya."
            ),
            valueName: "bytes"
        )
    )
    var rate: ByteCount?

    @Option(
        help: ArgumentHelp(
            localized(
                "Read only what was not read since then (RFC 3339); without it everything.",
                id: "Hanya yang belum dibaca sejak saat itu (RFC 3339); tanpa ini semuanya."
            ),
            valueName: "time"
        )
    )
    var since: String?

    @OptionGroup var options: RootOptions

    /// Seconds between two looks at how far it is.
    private static let slice = 2.0

    private struct Result: Encodable {
        var storage: StorageCheckReport
        var payloads: PayloadCheckReport?
    }

    func validate() throws {
        guard deep || (rate == nil && since == nil) else {
            throw ValidationError("'--rate' and '--since' are for '--deep'.")
        }
        guard since == nil || start != nil else {
            throw ValidationError("'--since' is a time like 2026-11-21T08:00:00Z.")
        }
        guard rate.map({ $0.bytes > 0 }) ?? true else { throw ValidationError("'--rate' is more than 0.") }
    }

    private var start: Date? { since.flatMap { Timestamp.date($0) } }

    func run() async throws {
        let result = try await options.administering { administer in
            let response = try await administer(.checkStorage)
            guard case .checkedStorage(var storage) = response else { throw response.unexpected }
            if deep { try await checkContents(administer, &storage) }
            if !options.json { try print(storage) }
            return Result(storage: storage, payloads: deep ? try await checkPayloads(administer) : nil)
        }
        if options.json {
            try Console.print(json: result)
        } else if let payloads = result.payloads {
            try print(payloads)
        }
        let faults = result.storage.faults.filter { !$0.repaired } + (result.payloads?.faults ?? [])
        // Those that were too many to be named count, too.
        let isAll = result.storage.omitted == 0
        guard !faults.isEmpty || !isAll else { return }
        throw Finished(status: isAll && faults.allSatisfy { $0.fault == "log" } ? .logMismatch : .inputOutput)
    }

    private func checkContents(_ administer: Administering, _ storage: inout StorageCheckReport) async throws {
        let verb = localized("databases and texts read", id: "basis data dan teks dibaca")
        let line = ProgressLine(verb, quiet: options.json)
        defer { line.end() }
        var step: Int? = 0
        while let first = step {
            let request = ContentsCheckRequest(step: first, seconds: Self.slice, rate: rate.map { Int($0.bytes) })
            let response = try await administer(.checkContents(request))
            guard case .checkedContents(let part) = response else { throw response.unexpected }
            storage.faults += part.faults
            storage.omitted += part.omitted
            step = part.next
            line.show(part: part.next ?? part.steps, of: part.steps)
            try Task.checkCancellation()
        }
    }

    private func checkPayloads(_ administer: Administering) async throws -> PayloadCheckReport {
        let since = start ?? Date()
        let response = try await administer(.countUncheckedPayloads(since: since))
        guard case .uncheckedPayloads(let all) = response else { throw response.unexpected }
        let line = ProgressLine(localized("read", id: "dibaca"), quiet: options.json)
        defer { line.end() }
        var total = PayloadCheckReport(recordings: 0, bytes: 0, faults: [])
        if !options.json {
            Console.note(
                "risalahd: "
                    + localized(
                        "\(all.recordings) payloads to read; to go on after a stop: --since \(Timestamp.text(since))",
                        id: "\(all.recordings) isi akan dibaca; untuk meneruskan: --since \(Timestamp.text(since))"
                    )
            )
        }
        while true {
            let request = PayloadCheckRequest(since: since, seconds: Self.slice, rate: rate.map { Int($0.bytes) })
            let response = try await administer(.checkPayloads(request))
            guard case .checkedPayloads(let part) = response else { throw response.unexpected }
            guard part.recordings > 0 else { return total }
            total.recordings += part.recordings
            total.bytes += part.bytes
            total.faults += part.faults
            line.show(Int64(total.bytes), of: Int64(all.bytes))
            try Task.checkCancellation()
        }
    }

    // MARK: Printing

    private func print(_ check: StorageCheckReport) throws {
        for line in TextTable.fields([
            (localized("recordings", id: "rekaman"), "\(check.recordings), \(check.bytes) B"),
            (localized("entries", id: "catatan"), String(check.entries)),
            (localized("faults", id: "kesalahan"), String(check.faults.count { !$0.repaired } + check.omitted)),
            (localized("repaired", id: "diperbaiki"), String(check.faults.count(where: \.repaired))),
        ]) { try Console.print(line) }
        try print(check.faults)
        guard check.omitted > 0 else { return }
        try Console.print(localized("and \(check.omitted) more", id: "dan \(check.omitted) lagi"))
    }

    private func print(_ check: PayloadCheckReport) throws {
        for line in TextTable.fields([
            (localized("read", id: "dibaca"), "\(check.recordings), \(check.bytes) B"),
            (localized("damaged", id: "rusak"), String(check.faults.count)),
        ]) { try Console.print(line) }
        try print(check.faults)
    }

    private func print(_ faults: [StorageFaultReport]) throws {
        guard !faults.isEmpty else { return }
        var table = TextTable(["FAULT", "OBJECT", "REPAIRED", "WHAT"], minimum: [18, 26, 8, 4])
        let rows = faults.map { fault in
            [
                fault.fault, Console.clean(fault.object),
                fault.repaired ? localized("yes", id: "ya") : localized("no", id: "tidak"),
                Console.clean(fault.message),
            ]
        }
        table.fit(rows)
        try Console.print(table.heading)
        for row in rows { try Console.print(table.line(row)) }
    }
}
