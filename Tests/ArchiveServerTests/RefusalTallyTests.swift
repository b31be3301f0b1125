import Foundation
import NIOCore
import Testing

@testable import ArchiveServer

@Suite("Noise is counted by source and minute")
struct RefusalTallyTests {
    /// The beginning of a minute.
    private static let start = Date(timeIntervalSince1970: 1_790_000_040)

    @Test func `one line a minute and source, when the minute is over`() {
        var tally = RefusalTally()
        let (one, other) = (
            RefusalTally.Source.unknown(address: "192.0.2.1"), RefusalTally.Source.unknown(address: "::1")
        )
        for second in 0..<60 {
            tally.note(one, second % 2 == 0 ? "handshake" : "bad-invite", at: Self.start + Double(second))
        }
        tally.note(other, "no-certificate", at: Self.start + 59.999)
        #expect(tally.take(overAt: Self.start + 59.999).isEmpty)
        tally.note(one, "handshake", at: Self.start + 60)
        let over = tally.take(overAt: Self.start + 60)
        #expect(
            over == [
                .init(begins: Self.start, source: other, count: 1, reasons: ["no-certificate"]),
                .init(begins: Self.start, source: one, count: 60, reasons: ["handshake", "bad-invite"]),
            ]
        )
        #expect(tally.take(overAt: Self.start + 119).isEmpty)
        // At the end of the service the minute under way is written, too.
        #expect(tally.take(overAt: nil).map(\.count) == [1])
        #expect(tally.size == 0)
    }

    @Test func `a clock that went back leaves nothing behind`() {
        var tally = RefusalTally()
        tally.note(.unknown(address: "192.0.2.1"), "handshake", at: Self.start + 3600)
        #expect(tally.take(overAt: Self.start).map(\.begins) == [Self.start + 3600])
    }

    @Test func `memory is bounded, and nothing goes uncounted`() {
        var tally = RefusalTally()
        let most = RefusalTally.mostUnknown
        for minute in 0..<3 {
            for number in 0..<1000 {
                tally.note(.unknown(address: "\(number)"), "handshake", at: Self.start + Double(60 * minute))
            }
        }
        // One more for each minute: everybody else.
        #expect(tally.size <= most + 3)
        let all = tally.take(overAt: nil)
        #expect(all.reduce(0) { $0 + $1.count } == 3000)
        #expect(all.filter { $0.source == .rest }.map(\.count).sorted() == [1000 - most, 1000, 1000])
        // What could not be written is put back, and counted once.
        tally.put(back: all)
        #expect(tally.take(overAt: nil).reduce(0) { $0 + $1.count } == 3000)
    }

    @Test func `peers that nobody knows leave room for certificates that are known`() {
        var tally = RefusalTally()
        for number in 0..<1000 { tally.note(.unknown(address: "\(number)"), "handshake", at: Self.start) }
        let known = RefusalTally.Source.known(certificate: "ab")
        let isFirst = tally.note(known, "certificate-revoked", at: Self.start)
        let minutes = tally.take(overAt: nil)
        #expect(isFirst && minutes.contains { $0.source == known && $0.count == 1 })
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"), ("::1", "0:0:0:0::/64"),
    ])
    func `an IPv6 host is known by its network`(_ address: String, _ source: String) throws {
        #expect(try Archive.source(of: SocketAddress(ipAddress: address, port: 443)) == source)
    }

    @Test func `the first of a known certificate is told for each reason and minute`() {
        var tally = RefusalTally()
        let known = RefusalTally.Source.known(certificate: "ab")
        let first = [
            ("certificate-expired", 0.0), ("certificate-expired", 1), ("principal-disabled", 2),
            ("certificate-expired", 60),
        ]
        .map { tally.note(known, $0.0, at: Self.start + $0.1) }
        #expect(first == [true, false, true, true])
        #expect(tally.take(overAt: Self.start + 60).map(\.count) == [3])
    }
}
