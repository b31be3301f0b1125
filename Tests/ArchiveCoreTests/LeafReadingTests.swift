import ArchiveTesting
import Foundation
import Testing

@testable import ArchiveCore

/// The fast reader is the inverse of the fast writer, and says of no leaf anything else than Foundation does.
@Suite("Leaves are read fast")
struct LeafReadingTests {
    private func text(_ random: inout SeededGenerator, _ alphabet: [Character]) -> String {
        String((0..<Int.random(in: 0...20, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "a" })
    }

    private func entry(_ random: inout SeededGenerator, _ alphabet: [Character]) -> LogEntry {
        func texts() -> [String: String] {
            (0..<Int.random(in: 0...4, using: &random)).reduce(into: [:]) { found, _ in
                found[text(&random, alphabet)] = text(&random, alphabet)
            }
        }
        return LogEntry(
            time: Date(timeIntervalSince1970: Double(Int64.random(in: 0..<253_402_300_800_000, using: &random)) / 1000),
            actor: text(&random, alphabet),
            role: text(&random, alphabet),
            certificate: Bool.random(using: &random) ? text(&random, alphabet) : nil,
            action: text(&random, alphabet),
            object: Bool.random(using: &random) ? text(&random, alphabet) : nil,
            label: Bool.random(using: &random) ? text(&random, alphabet) : nil,
            decision: Bool.random(using: &random) ? .allow : .refuse,
            details: texts(),
            commitments: texts()
        )
    }

    /// What ``LogEntry/init(leaf:)`` said before there was a fast reader.
    private func slowly(_ leaf: Data) -> LogEntry? {
        guard let entry = try? CanonicalJSON.decode(LogEntry.self, from: leaf), (try? entry.leaf()) == leaf else {
            return nil
        }
        return entry
    }

    private static let plain = (0x20...0x7E).compactMap { Unicode.Scalar($0).map(Character.init) }
        .filter { $0 != "\"" && $0 != "\\" }

    @Test func `what the fast writer writes is read, and nothing is lost`() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<2000 {
            let entry = entry(&random, Self.plain)
            let leaf = try #require(entry.plainLeaf.map { Data($0) })
            #expect(LogEntry(plainLeaf: leaf) == entry)
            try leaf.withUnsafeBytes { bytes in
                let commitments = try #require(PlainLeaf(bytes)).commitments
                #expect(commitments.count == entry.commitments.count)
                for (field, commitment) in entry.commitments {
                    #expect(commitments[field]?.hasSameBytes(as: commitment) == true)
                }
                let isAbsent = commitments["a field that no entry has"] == nil
                #expect(isAbsent)
            }
            #expect(slowly(leaf) == entry)
        }
    }

    @Test func `what needs an escape is left to Foundation`() throws {
        var random = SeededGenerator(seed: 2)
        // Most texts need none, some do.
        let alphabet = Array(repeating: Character("a"), count: 200) + ["b", "\"", "\\", "é", "\u{7F}", "\n", "𝄞", "/"]
        var (fast, slow) = (0, 0)
        for _ in 0..<2000 {
            let entry = entry(&random, alphabet)
            let leaf = try entry.leaf()
            #expect((LogEntry(plainLeaf: leaf) == nil) == (entry.plainLeaf == nil))
            #expect(LogEntry(leaf: leaf) == entry)
            if entry.plainLeaf == nil { slow += 1 } else { fast += 1 }
        }
        #expect(fast > 50 && slow > 500)
    }

    @Test func `a changed leaf gets the same answer from both`() throws {
        var random = SeededGenerator(seed: 3)
        let marks = Array("\"\\{}:,[]ae 09\n\u{0}".utf8) + [0x7F, 0x80, 0xC3, 0xFF]
        var (same, different) = (0, 0)
        for _ in 0..<6000 {
            var bytes = [UInt8](try entry(&random, ["a", "b", "1", "é"]).leaf())
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = marks.randomElement(using: &random) ?? 0
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(marks.randomElement(using: &random) ?? 0, at: place)
                default: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &random))
                }
            }
            let leaf = Data(bytes)
            let truth = slowly(leaf)
            #expect(LogEntry(leaf: leaf) == truth, "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
            if let plain = LogEntry(plainLeaf: leaf) { #expect(plain == truth) }
            if truth == nil { different += 1 } else { same += 1 }
        }
        #expect(same > 100 && different > 1000)
    }

    @Test func `spellings that JSON allows and the log does not`() throws {
        let leaf =
            #"{"action":"a","actor":"b","commitments":{},"decision":"allow","details":{"x":"1","y":"2"},"role":"r","time":"2026-11-21T05:55:22.283Z"}"#
        #expect(LogEntry(plainLeaf: Data(leaf.utf8)) != nil)
        let others = [
            leaf.replacing(#""x":"1","y":"2""#, with: #""y":"2","x":"1""#),
            leaf.replacing(#""x":"1","y":"2""#, with: #""x":"1","x":"2""#),
            leaf.replacing(#""x":"1","y":"2""#, with: #""x":"1","y":2"#),
            leaf.replacing(#"{"x":"1","y":"2"}"#, with: #"{"x":"1","y":"2",}"#),
            leaf.replacing(#""actor":"b","#, with: ""),
            leaf.replacing(#""actor":"b""#, with: #""actor":"b","certificate":null"#),
            leaf.replacing("283Z", with: "28Z"), leaf.replacing("283Z", with: "283+00:00"),
            leaf.replacing("-11-21", with: "-02-30"), leaf.replacing(#""allow""#, with: #""perhaps""#),
            leaf + " ", " " + leaf, leaf.replacing(#"{"action""#, with: #"{ "action""#), leaf + "}",
            String(leaf.dropLast()), "", "{", leaf.replacing(#""r""#, with: #""\u0072""#),
        ]
        for other in others {
            #expect(LogEntry(plainLeaf: Data(other.utf8)) == nil, "\(other)")
            #expect(LogEntry(leaf: Data(other.utf8)) == nil, "\(other)")
        }
        let long = LogEntry(
            time: Date(timeIntervalSince1970: 0),
            actor: String(repeating: "a", count: LogEntry.maximumLength),
            role: "",
            certificate: nil,
            action: "",
            object: nil,
            label: nil,
            decision: .allow,
            details: [:],
            commitments: [:]
        )
        let bytes = try #require(long.plainLeaf.map { Data($0) })
        #expect(LogEntry(plainLeaf: bytes) == nil && LogEntry(leaf: bytes) == nil)
    }
}
