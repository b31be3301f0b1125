import ArchiveCore
import BlindIndex
import Foundation

// Measures the blind index against plain FTS5 over the same words with the same stemming, in one run:
// `bench-index [DOCUMENTS [WORDS [DISTINCT [QUERIES]]]]`. Prints times, sizes, and the middle and the 95th of a hundred of queries of
// two words, with their ratios.

let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
func option(_ index: Int, _ usual: Int) -> Int { numbers.count > index ? numbers[index] : usual }
let (documents, length) = (option(0, 4000), option(1, 8000))
let (distinct, queries) = (option(2, 60_000), option(3, 400))
let batch = 100

let folder = FileManager.default.temporaryDirectory.appending(path: "risalah-bench-\(UUID().uuidString)").path
try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
defer { try? FileManager.default.removeItem(atPath: folder) }

var generator = Seeded(state: 1)
let vocabulary = Vocabulary(count: distinct, using: &generator)
let clock = ContinuousClock()
let blindPath = "\(folder)/index.sqlite"
let plainPath = "\(folder)/plain.sqlite"
let blind = try BlindIndex(path: blindPath)
let plain = try PlainIndex(path: plainPath)
let target = IndexClass(number: 1, key: SecretBytes(randomCount: 32))
let analyzer = TextAnalyzer()

func seconds(_ duration: Duration) -> Double {
    Double(duration.components.attoseconds) / 1e18 + Double(duration.components.seconds)
}
func format(_ value: Double, _ digits: Int = 2) -> String { String(format: "%.\(digits)f", value) }
/// What `body` takes of a processor, whoever else wants it.
func processorSeconds(_ body: () -> Void) -> Double {
    let start = Foundation.clock()
    body()
    return Double(Foundation.clock() - start) / Double(CLOCKS_PER_SEC)
}
func report(_ what: String, _ ours: Double, _ theirs: Double, _ unit: String) {
    print("\(what): blind \(format(ours)) \(unit), plain \(format(theirs)) \(unit), ratio \(format(ours / theirs))")
}
func megabytes(_ path: String) throws -> Double {
    let sizes = try [path, "\(path)-wal"].map { path in
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }
    return Double(sizes.reduce(0, +)) / 1e6
}

var (blindTime, plainTime) = (Duration.zero, Duration.zero)
for start in stride(from: 0, to: documents, by: batch) {
    let texts = (start..<min(start + batch, documents)).map { number in
        (number: number + 1, segments: vocabulary.segments(length, using: &generator))
    }
    plainTime += try clock.measure { try plain.insert(texts, with: analyzer) }
    blindTime += try await clock.measure {
        try await blind.replace(
            texts.map { IndexDocument(recording: RecordingID(), revision: 0, language: "id", segments: $0.segments) },
            in: target
        )
    }
}
print("\(documents) documents of \(length) words, \(distinct) distinct")
report("indexing", seconds(blindTime), seconds(plainTime), "s")
report("size as written, with its log", try megabytes(blindPath), try megabytes(plainPath), "MB")

let asked = (0..<queries).map { _ in
    var words: [String] = []
    // The hundred most frequent words say nothing; nobody searches for them.
    let frequent = Set(vocabulary.words.prefix(100))
    while words.count < 2 {
        let word = vocabulary.word(using: &generator)
        if !frequent.contains(word), !words.contains(word) { words.append(word) }
    }
    return words
}

@MainActor
func measureQueries(_ state: String) async throws {
    var (ours, theirs): ([Double], [Double]) = ([], [])
    var (found, foundPlain) = (0, 0)
    for words in asked {
        let stems = words.map { analyzer.stemmed($0, language: "id") }.joined(separator: "AND ")
        theirs.append(seconds(try await clock.measure { foundPlain += try await plain.search(stems, limit: 20) }))
        ours.append(
            seconds(
                try await clock.measure {
                    let query = try SearchQuery(words.joined(separator: " "))
                    found += try await blind.search(query, in: [target], limit: 20).results.count
                }
            )
        )
    }
    if found != foundPlain { print("found \(found), plain \(foundPlain)") }
    ours.sort()
    theirs.sort()
    for (name, share) in [("p50", 0.5), ("p95", 0.95)] {
        let index = min(queries - 1, Int(Double(queries) * share))
        report("queries \(state), \(name)", ours[index] * 1000, theirs[index] * 1000, "ms")
    }
}

try await measureQueries("as written")
let plainScrub = try await clock.measure { try await plain.scrub() }
// Something has to have been removed for there to be anything to scrub.
let passing = IndexDocument(
    recording: RecordingID(),
    revision: 0,
    language: "id",
    segments: vocabulary.segments(length, using: &generator)
)
try await blind.replace([passing], in: target)
let removal = try await clock.measure { try await blind.remove([passing.recording]) }
let blindScrub = try await clock.measure { try await blind.scrub() }
report("optimizing and VACUUM", seconds(blindScrub), seconds(plainScrub), "s")
print("removing one document: \(format(seconds(removal) * 1000)) ms")
report("size after it", try megabytes(blindPath), try megabytes(plainPath), "MB")
try await measureQueries("after it")

let segments = vocabulary.segments(length, using: &generator).enumerated().map { index, text in
    TextSegment(start: Double(index), end: Double(index + 1), text: text)
}
let finder = HitFinder(try SearchQuery("\(asked[0][0]) \"\(asked[1][0]) \(asked[1][1])\""))
let first = processorSeconds { _ = finder.hits(in: segments, language: "id", limit: 5) }
let again = processorSeconds { for _ in 0..<20 { _ = finder.hits(in: segments, language: "id", limit: 5) } } / 20
print(
    "marking \(length) words: \(format(first * 1000)) ms of a processor, with the words known \(format(again * 1000)) ms"
)
