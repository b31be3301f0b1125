import ArchiveCore
import DurableSQLite
import Foundation
import GRDB

/// Writes documents, and remembers words and terms from one to the next. Only one thread at a time may use it.
final class IndexWriter {
    /// A vocabulary that is remembered takes about 2 MB; classes are written one after the other, in batches.
    private static let mostClasses = 8

    private let analyzer = TextAnalyzer()
    private var writers: [Int64: (fingerprint: Data, writer: ClassWriter)] = [:]
    private var generation = 0

    init() {}

    /// Forgets what it knows of all classes: after a transaction that did not become durable.
    func forget() { writers = [:] }

    /// Forgets what it knows of a class: its terms change.
    func forget(_ number: Int64) { writers[number] = nil }

    /// Takes recordings out of the classes that they are in.
    func remove(_ recordings: [RecordingID], _ database: Database) throws {
        var places: [Int64: [Int64]] = [:]
        for recording in recordings.map(\.description) {
            let found = try database.cachedRow(
                sql: "SELECT class FROM place WHERE recording = ?",
                arguments: [recording]
            )
            guard let place: Int64 = found?["class"] else { continue }
            let number = try Int64.fetchOne(
                database.cachedStatement(
                    sql: "SELECT number FROM \(ClassTables(place).documents) WHERE recording = ?"
                ),
                arguments: [recording]
            )
            places[place, default: []].append(contentsOf: [number].compactMap(\.self))
            try database.executeCached(sql: "DELETE FROM place WHERE recording = ?", arguments: [recording])
        }
        for (place, numbers) in places {
            // In ascending order FTS5 gathers them in one segment.
            for number in numbers.sorted() { try ClassTables(place).remove(number, database) }
            try database.executeCached(
                sql: "UPDATE class SET removals = removals + ? WHERE number = ?",
                arguments: [numbers.count, place]
            )
            try database.executeCached(sql: "UPDATE removal SET removed = removed + ?", arguments: [numbers.count])
        }
    }

    /// Puts documents into a class; the index has nothing of their recordings.
    func insert(_ documents: [IndexDocument], in target: IndexClass, _ database: Database) throws {
        guard !documents.isEmpty else { return }
        let writer = try writer(for: target, database)
        let last = try Int64.fetchOne(database, sql: "SELECT max(number) FROM \(writer.tables.documents)") ?? 0
        for (number, document) in zip((last + 1)..., documents) {
            // Within one call numbers of words have to keep their meaning for the writer that remembers them.
            try writer.insert(document, as: number, with: analyzer, database)
            try database.executeCached(
                sql: "INSERT INTO place (recording, class) VALUES (?, ?)",
                arguments: [document.recording.description, target.number]
            )
        }
    }

    private func writer(for target: IndexClass, _ database: Database) throws -> ClassWriter {
        analyzer.forgetIfFull()
        if generation != analyzer.generation || writers.count >= Self.mostClasses { writers = [:] }
        generation = analyzer.generation
        let hasher = TermHasher(key: target.key)
        let known = try database.cachedRow(
            sql: "SELECT fingerprint FROM class WHERE number = ?",
            arguments: [target.number]
        )
        if let fingerprint: Data = known?["fingerprint"] {
            try hasher.assertFingerprint(fingerprint, of: target.number)
        } else {
            try ClassTables(target.number).create(database)
            try database.execute(
                sql: "INSERT INTO class (number, fingerprint) VALUES (?, ?)",
                arguments: [target.number, hasher.fingerprint]
            )
        }
        if let kept = writers[target.number], kept.fingerprint == hasher.fingerprint { return kept.writer }
        let made = ClassWriter(tables: ClassTables(target.number), hasher: hasher)
        writers[target.number] = (hasher.fingerprint, made)
        return made
    }
}
