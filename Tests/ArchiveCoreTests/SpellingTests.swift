import ArchiveCore
import Foundation
import Testing

@Suite("Ids, labels, times and entries have one spelling")
struct SpellingTests {
    @Test func identifiersRoundTripAndNothingElseIsOne() throws {
        for _ in 0..<100 {
            let id = RecordingID()
            #expect(id.description.utf8.count == 26)
            #expect(RecordingID(id.description) == id)
        }
        let canonical = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
        #expect(RecordingID(canonical) != nil)
        for text in [
            "", "a", String(canonical.dropLast()), canonical + "a", canonical.uppercased(),
            // The last character carries two bits that no 16 bytes set.
            String(canonical.dropLast()) + "b", "../../../../../etc/passwd!", "aaaaaaaaaaaaaaaaaaaaaaaa a",
        ] {
            #expect(RecordingID(text) == nil, "\(text)")
        }
    }

    @Test func base32KnowsTheVectorsOfTheSpecification() {
        // RFC 4648 §10, in lower case and without padding.
        for (text, encoded) in [
            ("", ""), ("f", "my"), ("fo", "mzxq"), ("foo", "mzxw6"), ("foob", "mzxw6yq"), ("fooba", "mzxw6ytb"),
            ("foobar", "mzxw6ytboi"),
        ] {
            #expect(Base32.encode(text.utf8) == encoded)
            #expect(Base32.decode(encoded) == Array(text.utf8))
        }
    }

    @Test func everyMillisecondSurvivesItsText() throws {
        for millisecond in 0..<1000 {
            let text = "2026-11-21T03:40:59.\(String(1000 + millisecond).dropFirst())Z"
            let date = try #require(Timestamp.date(text))
            #expect(Timestamp.text(date) == text)
        }
    }

    @Test func timesOutsideEveryMeetingAreRefused() {
        for text in [
            "", "2026-11-21", "1969-12-31T23:59:59Z", "2026-13-01T00:00:00Z", "yesterday", "2026-11-21T03:40:59",
        ] {
            #expect(Timestamp.date(text) == nil, "\(text)")
        }
        #expect(Timestamp.date("2026-11-21T09:00:00+07:00") == Timestamp.date("2026-11-21T02:00:00Z"))
    }

    @Test func labelsAreSortedAndParsed() {
        let label = Label(Level("rahasia"), compartments: ["b", "a", "b"])
        #expect(label.description == "rahasia:a,b")
        #expect(Label(parsing: "rahasia:b,a") == label)
        #expect(Label(parsing: "rahasia") == Label(Level("rahasia")))
        for text in ["", ":a", "rahasia:", "rahasia:a,,b"] { #expect(Label(parsing: text) == nil, "\(text)") }
    }

    @Test func anEntryIsItsLeafAndOnlyThat() throws {
        let entry = LogEntry(
            time: Date(timeIntervalSince1970: 1_790_000_000.4567),
            actor: .service,
            action: "service.start",
            object: nil,
            label: nil,
            decision: .allow,
            details: ["b": "2", "a": "1/1"],
            commitments: [:]
        )
        let leaf = try entry.leaf()
        #expect(try LogEntry(leaf: leaf)?.leaf() == leaf)
        #expect(String(decoding: leaf, as: UTF8.self).contains(#""details":{"a":"1/1","b":"2"}"#))
        // Another spelling of the same fields is not that entry.
        #expect(LogEntry(leaf: Data(" ".utf8) + leaf) == nil)
        let large = LogEntry(
            time: Date(),
            actor: .service,
            action: "x",
            object: nil,
            label: nil,
            decision: .allow,
            details: ["a": String(repeating: "x", count: 70_000)],
            commitments: [:]
        )
        #expect(throws: ArchiveError.self) { try large.leaf() }
    }

    @Test func secretsDoNotPrint() {
        let secret = SecretBytes(Array("geheim".utf8))
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped] { #expect(!text.contains("101")) }
        #expect(secret == SecretBytes(Array("geheim".utf8)))
        #expect(secret != SecretBytes(Array("geheiM".utf8)))
    }

    @Test func everyCodeHasAnExitStatus() {
        for code in ArchiveError.Code.allCases { #expect(code.exitStatus != .done) }
    }
}
