import Age
import ArchiveClient
import ArchiveCore
import ArchiveInterface
import ArchiveServer
import ArchiveTesting
import Foundation
import Synchronization

/// Rounds: a server, clients that work at it, a crash, and an examination of what it left.
final class Torture {
    /// An archive is made anew after so many rounds, so that it stays small.
    private static let generation = 40
    /// A fault whose label is not called for so long does not come.
    private static let patience = Duration.seconds(2)

    private let seed: UInt64
    private let folder: String
    private var chance: SeededGenerator
    /// Whose turn it is of the labels; a short run begins anywhere.
    private var turn: Int
    let tally = Tally()
    /// What the last rounds were about, the newest last.
    private(set) var recent: [String] = []

    init(seed: UInt64, folder: String) throws {
        self.seed = seed
        self.folder = folder
        chance = SeededGenerator(seed: seed)
        turn = Int.random(in: 0..<1000, using: &chance)
    }

    /// Runs until `end`, or for so many rounds.
    func run(rounds: Int, until end: ContinuousClock.Instant) async throws {
        let scene = try await Scene(folder: folder)
        var said = ContinuousClock.now
        var left = rounds
        while left > 0, .now < end {
            try scene.begin()
            let ledger = Ledger()
            var server = try await start(scene)
            for _ in 0..<min(Self.generation, left) where .now < end {
                server = try await round(server, scene, ledger)
                left -= 1
                guard ContinuousClock.now - said > .seconds(30) else { continue }
                said = .now
                tell(tally.report)
            }
            try await finish(server, scene, ledger)
        }
    }

    // MARK: One round

    /// What a round is about.
    private enum Plan {
        case kill, power
        case fault(Fault)

        var name: String {
            switch self {
            case .kill: "kill"
            case .power: "power"
            case .fault(let fault): "fault-\(fault.kind.rawValue)"
            }
        }

        var description: String {
            if case .fault(let fault) = self { fault.description } else { name }
        }
    }

    /// Has `server` worked at and crashed, and a new one started, which has recovered and is what it has to be.
    private func round(_ server: ServerProcess, _ scene: Scene, _ ledger: Ledger) async throws -> ServerProcess {
        let plan = plan()
        recent = recent.suffix(4) + [plan.description]
        var server = server
        var address = server.address
        if case .fault(let fault) = plan, fault.isOfOpening || Int.random(in: 0..<3, using: &chance) == 0 {
            // It comes while the archive is opened.
            server.crash(byPower: Bool.random(using: &chance))
            try await expectKilled(server)
            server = try ServerProcess(root: scene.root, seed: number(), fault: fault, log: log)
            address = try await server.ready()
        } else if case .fault(let fault) = plan {
            server.arm(fault)
        }
        if address == nil { recent.append("at the start") }
        if let address {
            try await work(at: server, address, plan, scene, ledger)
        } else {
            server.crash(byPower: false)
        }
        try await expectKilled(server, mayRefuse: plan)
        tally.saw(server.labels)
        tally.round(address == nil ? "\(plan.name) at the start" : plan.name)
        if case .fault(let fault) = plan, server.hasFailed { tally.came(fault) }
        ledger.releaseAll()
        let next = try await start(scene)
        try await examine(next, scene, ledger)
        return next
    }

    private func plan() -> Plan {
        let labels = tally.labels
        switch Int.random(in: 0..<10, using: &chance) {
        case 0...1: return .kill
        case 2...3: return .power
        default:
            // Each label in turn, with each kind of fault.
            guard !labels.isEmpty, let kind = Fault.Kind.allCases.randomElement(using: &chance) else { return .kill }
            let label = labels[turn % labels.count]
            turn += 1
            let count = kind.isError && Bool.random(using: &chance) ? 1_000_000 : 1
            return .fault(Fault(kind, at: label, after: Int.random(in: 0...2, using: &chance), count: count))
        }
    }

    private func work(
        at server: ServerProcess,
        _ address: String,
        _ plan: Plan,
        _ scene: Scene,
        _ ledger: Ledger
    ) async throws {
        let isSound: Bool
        if case .fault(let fault) = plan, fault.kind.isError { isSound = false } else { isSound = true }
        // Where a fault is to come in a backup, somebody has to make one.
        var first: Worker.Operation?
        if case .fault(let fault) = plan, fault.label.hasPrefix("backup.") { first = .backup }
        let moment = Duration.milliseconds(Int.random(in: 0...400, using: &chance))
        let isFault = if case .fault = plan { true } else { false }
        let byPower = byPower(plan)
        recent.append(byPower ? "then power" : "then kill")
        try await withWorkers(3, address, scene, ledger) { [first] workers in
            let isOver = Flag()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, worker) in workers.enumerated() {
                    group.addTask {
                        var worker = worker
                        try await worker.work(first: number == 0 ? first : nil, isSound: isSound) {
                            isOver.isSet || !server.isRunning
                        }
                    }
                }
                // A moment from the beginning, or from when the fault came.
                var end = ContinuousClock.now + (isFault ? Self.patience : moment)
                var hasFailed = false
                // No wait for something to happen: the moment of the crash is drawn by lot.
                while server.isRunning, .now < end {
                    if server.hasFailed, !hasFailed { (hasFailed, end) = (true, .now + moment) }
                    try await Task.sleep(for: .milliseconds(10))
                }
                isOver.set()
                server.crash(byPower: byPower)
                try await group.waitForAll()
            }
        }
    }

    private func byPower(_ plan: Plan) -> Bool {
        switch plan {
        case .kill: false
        case .power: true
        case .fault: Bool.random(using: &chance)
        }
    }

    /// A server ends by being killed only; one that cannot begin on a disk that fails may say so.
    private func expectKilled(_ server: ServerProcess, mayRefuse plan: Plan? = nil) async throws {
        let end = try await server.end()
        if case .signal(SIGKILL) = end { return }
        if case .fault(let fault)? = plan, fault.kind.isError, server.address == nil, case .exit(1) = end { return }
        throw Found("a server ended by itself: \(end), see \(log)")
    }

    // MARK: Servers and people

    private var log: String { "\(folder)/server.log" }
    private func number() -> UInt64 { UInt64.random(in: 1...1_000_000, using: &chance) }

    private func start(_ scene: Scene) async throws -> ServerProcess {
        let server = try ServerProcess(root: scene.root, seed: number(), fault: nil, log: log)
        guard try await server.ready() != nil else {
            let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            throw Found("after a crash the archive does not open: \(try await server.end()): \(said.suffix(500))")
        }
        return server
    }

    /// Does `body` with so many who work at the archive at `address`.
    ///
    /// - Returns: whether it was done: the archive may have gone meanwhile.
    @discardableResult
    private func withWorkers(
        _ count: Int,
        _ address: String,
        _ scene: Scene,
        _ ledger: Ledger,
        _ body: ([Worker]) async throws -> Void
    ) async throws -> Bool {
        let clients = try scene.clients(at: address)
        let admin = try AdminClient(socket: scene.layout.socket)
        func close() async {
            await admin.close()
            for client in clients.values { await client.close() }
        }
        guard let recorder = clients[.recorder], let recipients = try? await recorder.recipients() else {
            await close()
            return false
        }
        do {
            let recipient = try recipients.recipient(for: Level("biasa"))
            try await body(
                (0..<count).map { _ in
                    Worker(
                        scene: scene,
                        ledger: ledger,
                        clients: clients,
                        admin: admin,
                        address: address,
                        recipient: recipient,
                        tally: tally,
                        chance: SeededGenerator(seed: number())
                    )
                }
            )
            await close()
            return true
        } catch {
            await close()
            throw error
        }
    }

    private func examine(
        _ server: ServerProcess,
        _ scene: Scene,
        _ ledger: Ledger,
        everything: Bool = false
    ) async throws {
        var isDone = false
        do {
            if let address = server.address {
                isDone = try await withWorkers(1, address, scene, ledger) { readers in
                    for reader in readers {
                        try await Examination(
                            scene: scene,
                            ledger: ledger,
                            server: server,
                            reader: reader,
                            tally: tally
                        ).run(everything: everything)
                    }
                }
            }
        } catch {
            guard server.isRunning else {
                throw Found("\(error); the server ended: \(try await server.end()), see \(log)")
            }
            throw error
        }
        guard isDone else { throw Found("the archive does not answer after a crash") }
    }

    // MARK: The end

    /// Everything once more, an end in order, and an archive of the newest backup.
    private func finish(_ server: ServerProcess, _ scene: Scene, _ ledger: Ledger) async throws {
        try await examine(server, scene, ledger, everything: true)
        tally.saw(server.labels)
        server.stop()
        guard case .exit(0) = try await server.end() else { throw Found("a server does not end when it is asked") }
        guard let backup = ledger.backups.last, let vault = try newestVault(scene) else { return }
        let restored = "\(folder)/restored"
        try? FileManager.default.removeItem(atPath: restored)
        try FileManager.default.createDirectory(atPath: restored, withIntermediateDirectories: true)
        let report = try await Archive.restore(
            // One that was begun later and not ended has a catalogue, too.
            Restoration(
                backup: scene.backup,
                vault: vault,
                identities: [scene.custodian],
                time: backup.taken
            ),
            to: restored,
            by: .hostUser(getuid())
        )
        let faults = report.storage.faults.filter { !$0.repaired } + report.payloads.faults
        if let fault = faults.first {
            throw Found("a restored backup: \(fault.fault) \(fault.object): \(fault.message)")
        }
        try FileManager.default.removeItem(atPath: restored)
        tally.restored()
    }

    /// The newest whole copy of the vault, which is what people bring back: a later backup than the newest that was
    /// acknowledged may have come to its end, and its checkpoint with it.
    private func newestVault(_ scene: Scene) throws -> String? {
        let names = try FileManager.default.contentsOfDirectory(atPath: scene.vaults)
        // Of two in one second the later has a number more.
        let whole = names.filter { $0.hasSuffix(".age") }.map { $0.dropLast(".age".count) }
        return whole.max().map { "\(scene.vaults)/\($0).age" }
    }
}

/// Set once.
private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}
