import Testing

@testable import OggOpus

/// The rules of RFC 6716 section 3.4, each kept and broken.
@Suite struct PacketTests {
    private func samples(_ packet: [UInt8], streams: Int = 1) -> Result<Int, OpusPacket.Rule> {
        packet.withUnsafeBytes { bytes in
            do throws(OpusPacket.Rule) {
                return .success(try OpusPacket.samples(of: bytes, streams: streams))
            } catch {
                return .failure(error)
            }
        }
    }

    private func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }

    @Test func frameSizes() {
        // RFC 6716 §3.1, table 2, in samples at 48 kHz.
        let silk = [480, 960, 1920, 2880]
        let expected =
            silk + silk + silk + [480, 960, 480, 960] + Array(repeating: [120, 240, 480, 960], count: 4).joined()
        #expect((0..<32).map { OpusPacket.frameSamples(toc: UInt8($0) << 3) } == expected)
    }

    @Test func packetsThatKeepTheRules() {
        #expect(samples([0xF8]) == .success(960))
        #expect(samples([0xF8] + zeros(1275)) == .success(960))
        #expect(samples([0xF9] + zeros(2 * 1275)) == .success(1920))
        #expect(samples([0xFA, 2] + zeros(5)) == .success(1920))
        #expect(samples([0xFA, 252, 1] + zeros(256)) == .success(1920))
        #expect(samples([0xFB, 6] + zeros(12)) == .success(5760))
        #expect(samples([0xFB, 0x42, 3] + zeros(4 + 3)) == .success(1920))
        #expect(samples([0xFB, 0x41, 255, 1] + zeros(10 + 255)) == .success(960))
        #expect(samples([0xFB, 0x83, 1, 2] + zeros(1 + 2 + 9)) == .success(2880))
        #expect(samples([0xFB, 0xC2, 4, 1] + zeros(1 + 3 + 4)) == .success(1920))
        // 48 frames of 2.5 ms are 120 ms.
        #expect(samples([0xE3, 48] + zeros(48)) == .success(5760))
    }

    @Test func packetsThatBreakARule() {
        let broken: [(OpusPacket.Rule, [UInt8])] = [
            (.r1, []), (.r2, [0xF8] + zeros(1276)), (.r2, [0xF9] + zeros(2 * 1276)), (.r2, [0xFA, 0] + zeros(1276)),
            (.r2, [0xFB, 1] + zeros(1276)), (.r2, [0xFB, 0x82, 0] + zeros(1276)),
            (.r3, [0xF9] + zeros(3)), (.r4, [0xFA]), (.r4, [0xFA, 252]), (.r4, [0xFA, 3] + zeros(2)),
            (.r5, [0xFB, 0]), (.r5, [0xFB, 7] + zeros(7)), (.r5, [0x1B, 3] + zeros(3)), (.r5, [0xE3, 49] + zeros(49)),
            (.r6, [0xFB]), (.r6, [0xFB, 0x41]), (.r6, [0xFB, 0x41, 2, 0]), (.r6, [0xFB, 2] + zeros(3)),
            (.r6, [0xFB, 0x41, 255]), (.r6, [0xFB, 0x41, 255, 0] + zeros(253)),
            (.r7, [0xFB, 0x82]), (.r7, [0xFB, 0x82, 252]), (.r7, [0xFB, 0x82, 5] + zeros(4)),
            (.r7, [0xFB, 0xC2, 4, 1] + zeros(4)), (.r7, [0xFB, 0xC1]),
        ]
        for (rule, packet) in broken {
            #expect(samples(packet) == .failure(rule), "\(packet.prefix(4)), \(packet.count) bytes")
        }
    }

    /// RFC 6716 appendix B: all streams of a packet but the last tell their length.
    @Test func severalStreams() {
        let last: [UInt8] = [0xF8, 9, 9]
        #expect(samples([0xF8, 3, 0, 0, 0] + last, streams: 2) == .success(960))
        #expect(samples([0xF9, 2, 0, 0, 0, 0] + [0xF9, 1, 1], streams: 2) == .success(1920))
        #expect(samples([0xFA, 1, 2, 0, 0, 0] + [0xF9, 1, 1], streams: 2) == .success(1920))
        #expect(samples([0xFB, 0x42, 1, 2, 0, 0, 0, 0, 0] + [0xF9, 1, 1], streams: 2) == .success(1920))
        #expect(samples([0xFB, 0x82, 1, 2, 0, 0, 0] + [0xF9, 1, 1], streams: 2) == .success(1920))
        #expect(samples([0xF8, 3, 0, 0, 0], streams: 2) == .failure(.streams))
        #expect(samples([0xF8, 1, 0] + [0xF0, 1], streams: 2) == .failure(.streams))
        #expect(samples([0xF8, 4, 0, 0, 0], streams: 2) == .failure(.r2))
        #expect(samples([0xF9, 2, 0, 0, 0], streams: 2) == .failure(.r3))
        #expect(samples([0xFA, 1, 2, 0, 0], streams: 2) == .failure(.r4))
    }

    /// No packet of up to three bytes, and none of many random ones, does more than break a rule.
    @Test func anyPacketIsJudged() {
        var generator = SystemRandomNumberGenerator()
        var kept = 0
        for _ in 0..<20_000 {
            let packet = (0..<Int.random(in: 0...40, using: &generator)).map { _ in UInt8.random(in: 0...255) }
            for streams in 1...3 {
                guard case .success(let samples) = samples(packet, streams: streams) else { continue }
                #expect(samples >= 120 && samples <= 5760)
                kept += 1
            }
        }
        #expect(kept > 1000)
    }
}
