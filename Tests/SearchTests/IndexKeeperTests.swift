import AccessPolicy
import ArchiveCore
import ArchiveTesting
import BlindIndex
import Catalogue
import Foundation
import GRDB
import Preservation
import Retention
import Retrieval
import Search
import Testing
import Vault

@Suite struct IndexKeeperTests {
    @Test func `it follows corrections, descriptions and labels`() async throws {
        let scene = try await Scene()
        let id = try await scene.record(["anggaran kapal"], title: "Rapat lama", seed: 1)
        try await scene.archive.settleIndex()
        #expect(try await scene.found("kapal", as: scene.sari) == [id])
        try await scene.correct(id, ["anggaran pesawat"], after: 0)
        try await scene.archive.settleIndex()
        #expect(try await scene.found("kapal").isEmpty)
        #expect(try await scene.found("pesawat lama", as: scene.sari) == [id])
        _ = try await scene.archive.retrieval.describe(
            id,
            .fields(title: "Rapat baru", participants: ["Budi"], description: .keep),
            expecting: nil,
            because: "Salah",
            by: scene.dewi.caller
        )
        try await scene.archive.settleIndex()
        #expect(try await scene.found("lama").isEmpty)
        #expect(try await scene.found("baru budi pesawat", as: scene.sari) == [id])
        let higher = Label(Level("rahasia"), compartments: ["pertahanan"])
        _ = try await scene.archive.retrieval.relabel(id, to: higher, because: "Salah", by: scene.wati.caller)
        // Before the index follows, too.
        #expect(try await scene.found("pesawat", as: scene.sari).isEmpty)
        try await scene.archive.settleIndex()
        #expect(try await scene.found("pesawat", as: scene.sari).isEmpty)
        #expect(try await scene.found("pesawat") == [id])
        let contents = try scene.contents()
        #expect(contents.map(\.recording) == [id] && contents[0].classNumber != 1)
    }

    /// What changes while it is being indexed is indexed again; a crash between any two calls loses nothing.
    @Test func `a crash loses no change`() async throws {
        let scene = try await Scene()
        let id = try await scene.record(["anggaran kapal"], seed: 1)
        let (begun, untouched) = (try scene.archive.photograph(), try scene.archive.photograph())
        try await scene.archive.settleIndex()
        // The catalogue of before, and the index of after: as if the note had not gone.
        let layout = StorageLayout(root: begun.path)
        for suffix in ["", "-wal"] {
            try? FileManager.default.removeItem(atPath: layout.indexDatabase + suffix)
            try FileManager.default.copyItem(
                atPath: scene.archive.layout.indexDatabase + suffix,
                toPath: layout.indexDatabase + suffix
            )
        }
        try? FileManager.default.removeItem(atPath: layout.indexDatabase + "-shm")
        let again = try await scene.archive.reopened(in: begun)
        #expect(try await again.index.waiting() == 1)
        try await again.settleIndex()
        #expect(try await again.index.waiting() == 0)
        #expect(try await scene.found("kapal", in: again) == [id])
        #expect(try await again.index.mend(beginningWith: "").isEmpty)
        // As it was before anything was indexed.
        let first = try await scene.archive.reopened(in: untouched)
        #expect(try await scene.found("kapal", in: first).isEmpty)
        try await first.settleIndex()
        #expect(try await scene.found("kapal", in: first) == [id])
    }

    @Test func `an index that is gone, or no database any more, is made anew`() async throws {
        let scene = try await Scene()
        let id = try await scene.record(["anggaran kapal"], seed: 1)
        try await scene.archive.settleIndex()
        for damage in [nil, Data(repeating: 7, count: 8192)] {
            let copy = try scene.archive.photograph()
            let path = StorageLayout(root: copy.path).indexDatabase
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
            try #require(!FileManager.default.fileExists(atPath: path))
            if let damage { try damage.write(to: URL(filePath: path)) }
            let again = try await scene.archive.reopened(in: copy)
            #expect(try await scene.found("kapal", in: again).isEmpty)
            try await again.settleIndex()
            #expect(try await scene.found("kapal", in: again) == [id])
        }
    }

    @Test func `what the policy keeps out of the index is not in it`() async throws {
        let scene = try await Scene()
        let listed = try await scene.record(["anggaran kapal"], level: "sangat-rahasia", seed: 1)
        let indexed = try await scene.record(["anggaran kapal"], level: "rahasia", seed: 3)
        try await scene.archive.settleIndex()
        #expect(try await scene.found("kapal") == [indexed])
        #expect(try scene.contents().map(\.recording) == [indexed])
        #expect(try await scene.archive.index.mend(beginningWith: "").isEmpty)
        // The policy says otherwise from now on, and takes it back.
        let open = Policy.shippedWithoutQuotas.replacing("index: none", with: "index: full")
        for (text, expected) in [(open, [listed, indexed]), (Policy.shippedWithoutQuotas, [indexed])] {
            let rules = scene.archive.rules.current
            let policy = try Policy(yaml: text, file: "policy.yaml")
            scene.archive.rules.replace(with: Rules(policy: policy, schedule: rules.schedule))
            try await scene.archive.settleIndex()
            #expect(try await Set(scene.found("kapal")) == Set(expected))
            #expect(try Set(scene.contents().map(\.recording)) == Set(expected))
        }
    }

    @Test func `check finds what the index has otherwise, and mends it`() async throws {
        let scene = try await Scene()
        let ids = [
            try await scene.record(["anggaran kapal"], seed: 1), try await scene.record(["anggaran kapal"], seed: 3),
            try await scene.record(["anggaran kapal"], seed: 5),
        ]
        try await scene.archive.settleIndex()
        func faults() async throws -> [String] {
            try await scene.archive.preservation.check(by: .hostUser(0)).faults.filter { $0.kind == .indexStale }
                .map { "\($0.object) \($0.isRepaired)" }.sorted()
        }
        #expect(try await faults().isEmpty)
        let stranger = RecordingID()
        let other = try BlindIndex(path: scene.archive.layout.indexDatabase)
        try await other.remove([ids[0]])
        let visibility = VisibilityClass(label: Label(Level("biasa")), unit: "umum")
        let target = IndexClass(number: 1, key: try scene.archive.vault.indexKeys().key(of: visibility))
        try await other.replace([IndexDocument(recording: ids[1], revision: 7, title: "kapal")], in: target)
        try await other.replace([IndexDocument(recording: stranger, revision: 7, title: "kapal")], in: target)
        try other.close()
        #expect(try await faults() == [ids[0], ids[1], stranger].map { "\($0) true" }.sorted())
        // What waits is no fault.
        #expect(try await faults().isEmpty)
        #expect(try await scene.archive.index.waiting() == 2)
        try await scene.archive.settleIndex()
        #expect(try await faults().isEmpty)
        #expect(try await Set(scene.found("kapal")) == Set(ids))
        #expect(try scene.contents().map(\.recording.description).sorted() == ids.map(\.description).sorted())
    }

    @Test func `what does not open keeps no other from being found`() async throws {
        let scene = try await Scene()
        let damaged = try await scene.record(["anggaran kapal"], title: "Rapat pagi", seed: 1)
        let other = try await scene.record(["anggaran kapal"], title: "Rapat pagi", seed: 3)
        try await scene.archive.settleIndex()
        #expect(try await scene.found("kapal").count == 2)
        try await DatabaseQueue(path: scene.archive.layout.archiveDatabase).write { database in
            try database.execute(
                sql: "UPDATE recording SET sealed = CAST(x'00' || substr(sealed, 2) AS BLOB) WHERE id = ?",
                arguments: [damaged.description]
            )
        }
        try await scene.correct(other, ["anggaran pesawat"], after: 0)
        // Before anything follows, too.
        #expect(try await scene.found("kapal") == [other])
        let step = try await scene.archive.index.step()
        #expect(step.changes == 2 && step.troubles.map(\.code) == [.storage])
        #expect(try await scene.found("pesawat") == [other])
        #expect(try await scene.found("kapal").isEmpty)
        #expect(try await scene.archive.index.waiting() == 0)
    }

    @Test func `what changes is indexed before what is indexed anew`() async throws {
        let scene = try await Scene()
        var ids: [RecordingID] = []
        for number in 0..<4 { ids.append(try await scene.record(["kapal"], seed: UInt32(1 + 2 * number))) }
        try await scene.archive.settleIndex()
        #expect(try await scene.archive.index.rebuild() == 4)
        try await scene.correct(ids[3], ["pesawat"], after: 0)
        let first = try await scene.archive.catalogue.read { try $0.indexing(limit: 1) }
        #expect(first.map(\.recording) == [ids[3]])
        #expect(try await scene.archive.index.rebuild() == 4)
        try await scene.archive.settleIndex()
        #expect(try await Set(scene.found("kapal OR pesawat")) == Set(ids))
    }

    /// Several steps at once do each change once, and end.
    @Test func `steps beside each other do no harm`() async throws {
        let scene = try await Scene()
        var ids: Set<RecordingID> = []
        for number in 0..<6 { ids.insert(try await scene.record(["kapal"], seed: UInt32(1 + 2 * number))) }
        let archive = scene.archive
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { try await archive.settleIndex() } }
            group.addTask { try await archive.index.rebuild() }
            group.addTask { try await archive.index.scrub() }
            try await group.waitForAll()
        }
        try await archive.settleIndex()
        #expect(try await Set(scene.found("kapal")) == ids)
        #expect(try scene.contents().count == 6)
        #expect(try await archive.index.mend(beginningWith: "").isEmpty)
    }

    @Test func `a damaged transcript leaves the rest to be found`() async throws {
        let scene = try await Scene()
        let id = try await scene.record(["anggaran kapal"], title: "Rapat pagi", seed: 1)
        let path = scene.archive.layout.companion(.transcript(revision: 0), of: id)
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(filePath: path))
        let step = try await scene.archive.index.step()
        #expect(step.changes == 1 && step.troubles.map(\.code) == [.storage])
        let found = try await scene.search("pagi")
        #expect(found.map(\.view.row.id) == [id] && found[0].hits?.isEmpty == true)
        #expect(try await scene.found("kapal").isEmpty)
        // Once it is put back, a check has it indexed.
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(filePath: path))
        #expect(try await scene.archive.index.mend(beginningWith: "").map(\.recording) == [id])
        try await scene.archive.settleIndex()
        #expect(try await scene.found("kapal") == [id])
    }

    @Test func `no word, title or name is on the disk in clear, and no class shares a token`() async throws {
        let scene = try await Scene()
        let words = ["kataunikpertama", "judulunik", "pembicaraunik", "pesertaunik", "keteranganunik"]
        let metadata = [("participant", words[3]), ("description", words[4])]
        for (number, level) in ["biasa", "terbatas"].enumerated() {
            try await scene.record(
                [words[0]],
                title: words[1],
                level: level,
                speaker: words[2],
                seed: UInt32(1 + 2 * number),
                metadata: metadata
            )
        }
        try await scene.archive.settleIndex()
        for word in words {
            #expect(try await scene.found(word).count == 2, "\(word)")
            let storage = scene.archive.layout.storage
            for form in [word, word.uppercased(), "Kata" + word.dropFirst(4)] {
                #expect(try files(below: storage, containing: Data(form.utf8)).isEmpty, "\(form)")
            }
        }
        let tokens = try scene.tokens()
        #expect(tokens.count == 2)
        #expect(tokens.values.allSatisfy { $0.count >= words.count })
        let all = Array(tokens.values)
        #expect(all[0].isDisjoint(with: all[1]))
    }

    /// Its number is not another's, and its key is not, whatever it is called.
    @Test func `keys of classes differ by level, compartments and unit`() async throws {
        let scene = try await Scene()
        let labels = [
            Label(Level("a")), Label(Level("a"), compartments: ["b"]), Label(Level("a"), compartments: ["b", "c"]),
        ]
        let units = ["u", "u 1 a", "a", "1 u"]
        let known = try scene.archive.vault.indexKeys()
        let keys = labels.flatMap { label in
            units.map { known.key(of: VisibilityClass(label: label, unit: $0)).exposedBytes }
        }
        #expect(Set(keys.map { Data($0) }).count == labels.count * units.count)
    }
}

extension Scene {
    private func index<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try DatabaseQueue(path: archive.layout.indexDatabase).read(body)
    }

    func contents() throws -> [IndexedDocument] {
        try index { database in
            try Int64.fetchAll(database, sql: "SELECT number FROM class").flatMap { number in
                try Row.fetchAll(database, sql: "SELECT recording, revision FROM documents_\(number)").compactMap {
                    row in
                    RecordingID(row["recording"]).map {
                        IndexedDocument(recording: $0, revision: row["revision"], classNumber: number)
                    }
                }
            }
        }
    }

    /// Tokens of each class: of words and of what joins them.
    func tokens() throws -> [Int64: Set<Data>] {
        try index { database in
            try Int64.fetchAll(database, sql: "SELECT number FROM class").reduce(into: [:]) { tokens, number in
                for column in ["token", "indonesian", "english"] {
                    let sql = "SELECT \(column) FROM terms_\(number) WHERE \(column) IS NOT NULL"
                    tokens[number, default: []].formUnion(try Data.fetchAll(database, sql: sql))
                }
            }
        }
    }
}
