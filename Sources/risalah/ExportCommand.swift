internal import Age
internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalah export`: opens recordings and puts them, with all that is known of them, into a bag for another archive.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: localized("Put recordings into a bag for another archive.", id: "Kemas rekaman untuk arsip lain."),
        discussion: localized(
            """
            The bag (BagIt 1.0, RFC 8493) has of each recording the audio, the newest transcript, what describes it (Dublin \
            Core), and what became of it (PREMIS 3) with proofs from the log. Each is opened by an access of its own, which is closed when the bag \
            is there. What is refused is left out and named, and the command ends with 77 (66 where it is not there). Where \
            others have to agree first, nothing is made, and it ends with 75; the same command makes it when they have.
            """,
            id: """
                Bag (BagIt 1.0, RFC 8493) memuat audio setiap rekaman, transkrip terbarunya, keterangannya (Dublin Core) dan \
                riwayatnya (PREMIS 3) dengan bukti dari log. Setiap rekaman dibuka dengan aksesnya sendiri, yang ditutup setelah bag jadi. Yang \
                ditolak tidak dimuat dan disebutkan, dan perintah berakhir dengan 77 (66 bila tidak ada). Bila orang lain \
                harus setuju dahulu, tidak ada yang dibuat, kode 75; perintah yang sama membuatnya setelah itu.
                """
        )
    )

    private static let mostRecordings = 1000

    @Argument(help: ArgumentHelp(localized("The recordings.", id: "Rekaman.")))
    var recordings: [RecordingID] = []

    @Option(
        help: ArgumentHelp(
            localized(
                "Instead: all that stands on this approved transfer list.",
                id: "Sebagai gantinya: semua pada daftar penyerahan ini, yang telah disetujui."
            ),
            valueName: "list"
        )
    )
    var transfer: ListID?

    @Option(
        help: ArgumentHelp(
            localized("Folder to make; it must not be there yet.", id: "Folder yang dibuat; belum boleh ada."),
            valueName: "dir"
        )
    )
    var bag: String

    @Flag(
        help: ArgumentHelp(
            localized(
                "Seal it, for carrying on media: nothing in it describes a recording in clear.",
                id: "Segel, untuk dibawa dengan media: tidak ada keterangan rekaman yang terbuka."
            )
        )
    )
    var sealed = false

    @Option(
        name: .customLong("recipient"),
        help: ArgumentHelp(
            localized(
                "Whose key opens the sealed bag, age1…; may be repeated. Your own without it.",
                id: "Kunci siapa yang membuka bag tersegel, age1…; boleh berulang. Tanpa ini: kunci Anda."
            ),
            valueName: "key"
        )
    )
    var recipients: [String] = []

    @Flag(
        help: ArgumentHelp(localized("Make no bag that leaves one out.", id: "Jangan buat bag bila ada yang kurang."))
    )
    var allOrNothing = false

    @OptionGroup var stated: PurposeOptions
    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    private func keys() throws -> [Recipient] {
        try recipients.map { text in
            do throws(AgeError) {
                return try Recipient(parsing: text)
            } catch {
                throw ValidationError("'\(text.prefix(100))' is no age recipient.")
            }
        }
    }

    func validate() throws {
        guard sealed || recipients.isEmpty else { throw ValidationError("'--recipient' needs '--sealed'.") }
        guard try Set(keys().map(\.kind)).count <= 1 else {
            throw ValidationError("The recipients of one bag are all age1… or all age1pq1….")
        }
        guard recordings.isEmpty != (transfer == nil) else {
            throw ValidationError("Name recordings, or a list with '--transfer'.")
        }
        guard recordings.count <= Self.mostRecordings else {
            throw ValidationError("One bag takes up to \(Self.mostRecordings) recordings.")
        }
        guard Set(recordings).count == recordings.count else {
            throw ValidationError("A recording is named twice.")
        }
    }

    /// What is made, recording by recording.
    struct Progress {
        var bagged: [BaggedRecording] = []
        var omitted: [OmittedRecording] = []
        /// The join of the labels of what is bagged.
        var label = Label(Level(""))
        /// Open now, and whether others had to agree.
        fileprivate var accesses: [(id: AccessID, isAgreed: Bool)] = []
    }

    func run() async throws {
        let home = try common.clientHome()
        let identities = try home.identities()
        // Before anything is opened: a folder that cannot be made must not cost an entry in the log.
        clearUp()
        let folder = try BagFolder(at: bag)
        let purpose = try stated.text()
        let keys = try keys()
        let sealing = sealed ? (keys.isEmpty ? .own : .to(keys)) as BagExport.Sealing : nil
        let progress = try await common.connected(to: home) { client in
            var progress = Progress()
            do {
                let plan = try await plan(by: client, &progress)
                let agreed = try await ask(plan, purpose, by: client)
                let levels = try await client.recipients().levels.map(\.level)
                let export = try await BagExport(
                    by: client,
                    into: folder,
                    identities: identities,
                    sealing: sealing,
                    exporter: client.whoAmI()
                )
                for item in plan {
                    do {
                        let access = try await open(item, agreed[item.id], purpose, home, by: client, &progress)
                        try await add(item, access, to: export, &progress)
                    } catch let error as ArchiveError where Self.leavesOut(error) {
                        try leaveOut(item.id, error, &progress)
                    }
                }
                guard !progress.bagged.isEmpty else { throw progress.omitted.first?.reason ?? ArchiveError.notFound }
                progress.label = Self.join(progress.bagged.map(\.label), levels)
                try export.finish(
                    progress.bagged,
                    omitting: progress.omitted,
                    label: progress.label,
                    on: String(time.times.text(Date()).prefix(10))
                )
            } catch {
                // What others have agreed to is not asked of them again.
                await close(progress.accesses.filter { !$0.isAgreed }.map(\.id), by: client)
                throw error
            }
            await close(progress.accesses.map(\.id), by: client)
            return progress
        }
        try report(folder.path, progress)
        guard let omitted = progress.omitted.first else { return }
        let refused = progress.omitted.first { $0.reason.code == .refused } ?? omitted
        throw Finished(status: refused.reason.code.exitStatus)
    }

    /// Opens a recording, where it is not, and keeps the receipt.
    private func open(
        _ item: Item,
        _ agreed: AccessReport?,
        _ purpose: String?,
        _ home: ClientHome,
        by client: ArchiveClient,
        _ progress: inout Progress
    ) async throws -> AccessReport {
        let access: AccessReport
        if let agreed { access = agreed } else { access = try await open(item, purpose, by: client) }
        // Others have to agree since it was planned: its label was raised, or the policy changed.
        guard access.links != nil else { throw try waiting(for: [access]) }
        progress.accesses.append((access.id, agreed != nil))
        let trouble = try OpeningOptions.takeReceipt(of: access, to: item.id, home: home, json: common.json)
        if let trouble { throw trouble }
        return access
    }

    private func add(
        _ item: Item,
        _ access: AccessReport,
        to export: BagExport,
        _ progress: inout Progress
    ) async throws {
        let line = ProgressLine("\(localized("exporting", id: "mengemas")) \(item.id)", quiet: common.json)
        defer { line.end() }
        progress.bagged.append(try await export.add(item.id, access, item.kind, progress: line.progress))
    }

    // MARK: What may be opened

    private struct Item {
        var id: RecordingID
        var kind: RecipientKind
        var needsOthers: Bool
    }

    /// Says what an export that was killed has left, and removes it.
    private func clearUp() {
        let found = BagFolder.removeLeftovers(beside: bag)
        for path in found.removed {
            Console.note(
                "risalah: \(localized("removed what an unfinished export left", id: "sisa ekspor dihapus")): \(path)"
            )
        }
        for path in found.kept {
            let sentence = localized("an unfinished export left this, remove it", id: "sisa ekspor, hapuslah")
            Console.note("risalah: \(sentence): \(path)")
        }
    }

    /// What is named, or stands on the list.
    private func wanted(by client: ArchiveClient) async throws -> [RecordingID] {
        guard let transfer else { return recordings }
        let state = try await client.list(transfer, .transfers).state
        guard state == .frozen else {
            throw ArchiveError(
                .conflict,
                "transfer list \(transfer) is \(state.rawValue)",
                hint: "what stands on it is certain from its approval to its end"
            )
        }
        var (found, cursor): ([RecordingID], String?) = ([], nil)
        repeat {
            let page = try await client.items(of: transfer, .transfers, limit: 500, cursor: cursor)
            found += page.items.filter { $0.outcome == "frozen" }.map(\.recording)
            cursor = page.next
        } while cursor != nil && found.count <= Self.mostRecordings
        guard found.count <= Self.mostRecordings else {
            throw ArchiveError(
                .tooLarge,
                "more than \(Self.mostRecordings) recordings stand on the list, which one bag does not take",
                hint: "name some of them: risalah transfer show \(transfer)"
            )
        }
        return found
    }

    /// Looks at what each level demands, so that what a bag like this cannot have is said before anything is opened.
    private func plan(by client: ArchiveClient, _ progress: inout Progress) async throws -> [Item] {
        let keys = try keys()
        var plan: [Item] = []
        for id in try await wanted(by: client) {
            do {
                let conditions = try await client.decision(on: id, action: "open").conditions
                guard sealed || conditions?.sealedOnly != true else { throw BagExport.sealedOnly(id) }
                let isHybrid = conditions?.recipients == "hybrid"
                guard !isHybrid || keys.allSatisfy({ $0.kind == .hybrid }) else {
                    throw ArchiveError(
                        .badRequest,
                        "recording \(id) is of a level that is sealed to post-quantum keys only",
                        hint: "give an age1pq1… of the other archive as --recipient"
                    )
                }
                plan.append(
                    Item(
                        id: id,
                        kind: isHybrid || keys.first?.kind == .hybrid ? .hybrid : .x25519,
                        needsOthers: conditions.map { $0.approvals > 0 } ?? false
                    )
                )
            } catch let error as ArchiveError where error.code == .notFound {
                try leaveOut(id, error, &progress)
            }
        }
        return plan
    }

    /// Asks to open what others have to agree to, before anything that spends the quota without need.
    ///
    /// - Returns: what they have agreed to, where that is all of it.
    /// - Throws: ``Finished`` with 75, after saying what waits for whom.
    private func ask(
        _ plan: [Item],
        _ purpose: String?,
        by client: ArchiveClient
    ) async throws -> [RecordingID: AccessReport] {
        var opened: [RecordingID: AccessReport] = [:]
        var waiting: [AccessReport] = []
        for item in plan where item.needsOthers {
            do {
                let access = try await open(item, purpose, by: client)
                if access.links == nil { waiting.append(access) } else { opened[item.id] = access }
            } catch let error as ArchiveError where Self.leavesOut(error) && !allOrNothing {
                // It is asked for again at its turn, and left out then.
                continue
            }
        }
        guard waiting.isEmpty else { throw try self.waiting(for: waiting) }
        return opened
    }

    /// Says who has to agree first; the same command makes the bag then.
    private func waiting(for accesses: [AccessReport]) throws -> Finished {
        for access in accesses {
            if common.json { try Console.print(json: access) } else { OpeningOptions.sayWaiting(for: access) }
        }
        return Finished(status: .waiting)
    }

    private func open(_ item: Item, _ purpose: String?, by client: ArchiveClient) async throws -> AccessReport {
        try await client.openAccess(to: item.id, purpose: purpose, recipient: item.kind)
    }

    /// Whether a bag is made without what this stands in the way of; everything else ends the export.
    private static func leavesOut(_ error: ArchiveError) -> Bool {
        [.refused, .notFound, .gone].contains(error.code)
    }

    private func leaveOut(_ id: RecordingID, _ error: ArchiveError, _ progress: inout Progress) throws {
        guard !allOrNothing else {
            throw ArchiveError(error.code, "recording \(id): \(error.message)", hint: error.hint)
        }
        progress.omitted.append(OmittedRecording(id: id, reason: error))
    }

    /// What is open stands in the way of its transfer, and of its destruction.
    private func close(_ accesses: [AccessID], by client: ArchiveClient) async {
        // Also when somebody has had enough, and this task is cancelled.
        await Task {
            for access in accesses {
                do {
                    try await client.closeAccess(access)
                } catch {
                    let sentence = localized("the access is still open", id: "akses masih terbuka")
                    Console.note("risalah: \(sentence): risalah close \(access)")
                }
            }
        }.value
    }

    /// The highest level, by their order from the lowest, and all compartments.
    static func join(_ labels: [Label], _ levels: [Level]) -> Label {
        let level = labels.map(\.level).max { one, other in
            (levels.firstIndex(of: one) ?? levels.count) < (levels.firstIndex(of: other) ?? levels.count)
        }
        return Label(level ?? Level(""), compartments: labels.flatMap(\.compartments))
    }
}
