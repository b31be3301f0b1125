import ArchiveCore
import Foundation
import Testing

/// A leaf is canonical JSON, however it was written.
@Suite struct LogEntryTests {
    private func entry(_ text: String, certificate: String?, details: [String: String]) -> LogEntry {
        let actor =
            certificate.map { certificate in
                let id = PrincipalID()
                let label = Label(Level("biasa"))
                let someone = Principal(id: id, role: .recordsManager, clearance: label, unit: "umum", state: .active)
                return Actor.principal(someone, certificate: certificate)
            } ?? .service
        return LogEntry(
            time: Date(timeIntervalSince1970: 1_800_000_000.125),
            actor: actor,
            action: text,
            object: certificate == nil ? nil : text,
            label: certificate == nil ? nil : Label(Level("rahasia"), compartments: ["anggaran", "a-b"]),
            decision: certificate == nil ? .allow : .refuse,
            details: details,
            commitments: details
        )
    }

    @Test func everyTextIsSpelledAsTheEncoderSpellsIt() throws {
        let all = (0...0x17F).compactMap { Unicode.Scalar($0).map(String.init) }
        let texts = ["", "access.open", "a/b", "\"", "\\", "\u{7F}", "naïve", "\u{2028}", "🔒", "e\u{301}"] + all
        for text in texts {
            for certificate in [nil, "0a1b"] {
                var details = ["b": "0", "a": "1", "A": "2", "a-b": "3", "a.b": "4", "aa": "5"]
                details[text] = text
                for details in [[:], details] {
                    let entry = entry(text, certificate: certificate, details: details)
                    let leaf = try entry.leaf()
                    #expect(leaf == (try CanonicalJSON.encode(entry)), "\(text.debugDescription)")
                    #expect(LogEntry(leaf: leaf)?.details == details)
                }
            }
        }
    }
}
