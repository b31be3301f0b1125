import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue
import Foundation
import Logging
import Retrieval
import ServiceLifecycle
import TransparencyLog
import Witnessing

/// Has the witnesses that risalah.yaml names cosign the newest checkpoint: as often as it says, and at once when something
/// waits to be released.
///
/// In one round all are asked about the same checkpoint, so that its cosignatures add up. A witness that failed when it was
/// asked last is still asked, and no round waits for it.
actor WitnessRounds: CosignatureSource {
    /// How long a delivery waits.
    private static let patience = Duration.seconds(6)

    private struct Member {
        let client: WitnessClient
        var work: Task<Void, Never>?
    }

    private let addresses: [WitnessAddress]
    private let catalogue: Catalogue
    private let log: AuditLog
    private var verifier: NoteVerifier
    private let logger = Logger(label: "risalahd")
    private var heads = CosignedHeads()
    private var times: [String: Int] = [:]
    private var troubles: [String: ArchiveError] = [:]
    /// Empty while the service does not run.
    private var members: [Member] = []
    private var round: Task<Void, Never>?
    /// Somebody waits for a checkpoint that is newer than the one that is being asked about.
    private var isWantedAgain = false
    private var waiting: [Int: AsyncStream<Void>.Continuation] = [:]
    private var lastWaiting = 0

    /// Rounds over `addresses`; nobody is asked before ``run(every:)``, and nothing counts before ``restore()``.
    init(_ addresses: [WitnessAddress], catalogue: Catalogue, log: AuditLog) throws {
        self.addresses = addresses
        self.catalogue = catalogue
        self.log = log
        verifier = try NoteVerifier(vkey: log.verificationKey)
    }

    // MARK: Running

    /// Asks at this interval until the service is to end.
    func run(every interval: Duration) async throws {
        members = try addresses.map { Member(client: try WitnessClient($0)) }
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.begin()
                try? await Task.sleep(for: interval)
            }
        }
        let ended = members
        members = []
        for member in ended { member.work?.cancel() }
        for member in ended {
            await member.work?.value
            await member.client.close()
        }
        await round?.value
        for one in waiting.values { one.finish() }
    }

    /// Takes up what was cosigned before, as far as it is of the origin that signs now and of witnesses that are still asked.
    /// The rest is kept: after a restore it shows what others saw of the log before.
    ///
    /// Before anything is served: what was released stays released.
    func restore() async throws {
        let origin = verifier.name
        for row in try await catalogue.read({ try $0.cosigned(of: origin) }) {
            guard let witness = addresses.first(where: { $0.verifier.vkey == row.witness })?.verifier else { continue }
            do {
                let note = try SignedNote(parsing: row.note)
                try heads.add(note, by: witness, of: verifier)
                times[witness.vkey] = max(times[witness.vkey] ?? 0, try witness.verify(note))
            } catch {
                logger.warning("a cosigned checkpoint of \(row.size) entries does not verify: \(error)")
            }
        }
    }

    /// Goes on with the key that signs now; what was cosigned of another origin is kept and does not count.
    func follow() async throws {
        verifier = try NoteVerifier(vkey: log.verificationKey)
        heads = CosignedHeads()
        times = [:]
        try await restore()
        begin()
    }

    // MARK: Rounds

    /// Begins a round, or has another one follow the one that is under way.
    private func begin() {
        guard !members.isEmpty else { return }
        guard round == nil else { return isWantedAgain = true }
        round = Task {
            repeat {
                isWantedAgain = false
                await ask()
            } while isWantedAgain && !members.isEmpty
            round = nil
            tell()
        }
    }

    /// One round: everybody who is not still busy with the last one, about the newest checkpoint.
    private func ask() async {
        let note: SignedNote
        do {
            guard let text = try await catalogue.read({ try $0.headCheckpoint() }) else { return }
            note = try SignedNote(parsing: text)
        } catch {
            return logger.error("asking witnesses: \(error)")
        }
        var awaited: [Task<Void, Never>] = []
        for index in members.indices where members[index].work == nil {
            let client = members[index].client
            let work = Task {
                await ask(client, note)
                if members.indices.contains(index) { members[index].work = nil }
                tell()
            }
            members[index].work = work
            if troubles[client.address.verifier.vkey] == nil { awaited.append(work) }
        }
        for work in awaited { await work.value }
    }

    private func ask(_ client: WitnessClient, _ note: SignedNote) async {
        let witness = client.address.verifier
        do {
            let (size, origin) = try (Checkpoint(parsing: note.text).size, Checkpoint(parsing: note.text).origin)
            guard heads.size(by: witness) != size else { return }
            let signatures = try await client.cosign(note) { [log] old, new in
                try await log.consistencyProof(from: old, to: new).hashes
            }
            let cosigned = try SignedNote(text: note.text, signatures: note.signatures + signatures)
            let time = try witness.verify(cosigned)
            let row = CosignedRow(
                origin: origin,
                size: size,
                witness: witness.vkey,
                note: cosigned.serialized
            )
            // Stored before anything is released because of it: after a restart it still counts.
            try await catalogue.write { try $0.keep(row) }
            // Another key may sign the log since it was asked.
            guard origin.utf8.elementsEqual(verifier.name.utf8) else { return }
            try heads.add(cosigned, by: witness, of: verifier)
            times[witness.vkey] = time
            if troubles.removeValue(forKey: witness.vkey) != nil {
                logger.notice("the witness \(witness.name) cosigns again")
            }
        } catch is CancellationError {
            return
        } catch {
            let trouble = error as? ArchiveError ?? ArchiveError(.unexpected, "\(error)")
            // Once, not every minute.
            if troubles[witness.vkey]?.message != trouble.message {
                logger.log(level: trouble.code == .logMismatch ? .critical : .warning, "\(trouble)")
            }
            troubles[witness.vkey] = trouble
        }
    }

    private func tell() {
        for one in waiting.values { one.yield() }
    }

    // MARK: What is known

    /// How far each witness is, in the order of risalah.yaml.
    var standings: [WitnessStanding] {
        addresses.map { address in
            let key = address.verifier.vkey
            return WitnessStanding(
                name: address.verifier.name,
                size: heads.size(by: address.verifier),
                time: times[key].map { Date(timeIntervalSince1970: Double($0)) },
                trouble: troubles[key]?.message
            )
        }
    }

    /// The newest checkpoint that a witness cosigned, or the one of this name, as a note; nil where there is none.
    func newest(by name: String? = nil) throws -> String? {
        guard let name else { return try heads.newest()?.serialized }
        let witness = addresses.first { $0.verifier.name.utf8.elementsEqual(name.utf8) }
        return try witness.flatMap { try heads.newest(by: $0.verifier) }?.serialized
    }

    // MARK: Waiting

    func require(_ count: Int, over seq: Int) async throws {
        guard heads.cosignatures(over: seq) < count else { return }
        lastWaiting += 1
        let (changes, change) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let place = lastWaiting
        waiting[place] = change
        let patience = Task {
            try await Task.sleep(for: Self.patience)
            change.finish()
        }
        defer {
            patience.cancel()
            waiting[place] = nil
        }
        begin()
        // Nobody may be there to be asked.
        if round == nil { change.finish() }
        for await _ in changes {
            guard heads.cosignatures(over: seq) < count else { return }
            // Who failed before may still answer.
            if round == nil, members.allSatisfy({ $0.work == nil }) { break }
        }
        let have = heads.cosignatures(over: seq)
        guard have >= count else { throw ArchiveError.awaitingWitness(count, have: have) }
    }
}

/// Runs the rounds beside the service.
struct Publication: Service {
    let rounds: WitnessRounds
    let interval: Duration

    func run() async throws { try await rounds.run(every: interval) }
}
