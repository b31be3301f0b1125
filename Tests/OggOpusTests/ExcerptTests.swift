import Foundation
import TestSupport
import Testing

@testable import OggOpus

/// An excerpt is the seconds that were asked for, to the sample, and a stream that breaks no rule.
@Suite struct ExcerptTests {
    /// Forty seconds, encoded once.
    static let ladder = Result {
        try encode(
            ToneLadder.samples(seconds: 40),
            .init(
                bitrate: 48_000,
                tags: Tags(comments: [.init(name: "TITLE", value: "Rapat"), .init(name: "UNIT", value: "umum")])
            )
        )
    }

    static let ranges: [(Double, Double)] = [
        (0, 10), (0, 40), (0, 0.004), (0.001, 0.002), (0.05, 1.3), (3, 4), (12.345, 23.456), (7.0001, 7.0101),
        (29.99, 31.01), (38.5, .infinity), (39.99, 50), (39.999, 40), (0, .infinity), (19, 19.02),
    ]

    @Test(arguments: ranges.indices)
    func eachSecondIsTheRightOne(_ number: Int) throws {
        let (from, to) = Self.ranges[number]
        let source = try CountedSource(Self.ladder.get())
        let made = try source.excerpt(from, to)
        let stream = try validate(made.bytes)
        #expect(stream.findings.isEmpty && stream.loss == 0, "\(stream.findings.kept)")
        let start = Int((from * 48_000).rounded())
        let end = min(40 * 48_000, to.isFinite ? Int((to * 48_000).rounded()) : .max)
        #expect(stream.facts.links.count == 1)
        #expect(stream.facts.links[0].samples == Int64(end - start))
        // What a player drops is the pre-roll; at the very beginning it is what the encoder said.
        let preSkip = stream.facts.links[0].preSkip
        #expect(from == 0 ? preSkip == source.stream.facts.links[0].preSkip : preSkip <= 3840 + 2 * 960)
        if from > 0.1 { #expect(preSkip >= 3840) }
        #expect(stream.facts.links[0].serial == 77)
        #expect(stream.facts.links[0].tags == source.stream.facts.links[0].tags)
        // Tenths of a second that lie within one second sound like that second.
        let samples = try decode(made.bytes)
        try #require(samples.count == end - start)
        for place in stride(from: 0, to: samples.count - 4800, by: 4800)
        where (start + place) / 48_000 == (start + place + 4800) / 48_000 && (start + place) % 48_000 > 1000 {
            let heard = ToneLadder.second(heardIn: samples[place..<place + 4800], of: 40)
            #expect(heard == (start + place) / 48_000)
        }
        // And sample for sample like the whole.
        let whole = try decode(source.bytes)
        #expect(distance(whole[start..<end], samples[...]) < 0.02)
        if start == 0 { #expect(Array(whole[..<end]) == samples) }
    }

    @Test func otherProgramsFindNoFault() throws {
        let scratch = try Scratch()
        let source = try CountedSource(Self.ladder.get())
        for (number, (from, to)) in Self.ranges.enumerated() {
            let made = try source.excerpt(from, to)
            let path = try scratch.write(made.bytes, "\(number).opus")
            let info = try Program.run("opusinfo", [path])
            #expect(info.status == 0 && !info.text.contains("WARNING") && !info.text.contains("ERROR"), "\(info.text)")
            #expect(info.text.contains("TITLE=Rapat") && info.text.contains("UNIT=umum"))
            let decoded = try Program.run("opusdec", ["--quiet", "--rate", "48000", path, scratch.path("out.wav")])
            #expect(decoded.status == 0, "\(decoded.errorText)")
            let samples = try decode(made.bytes)
            // A RIFF header of 44 bytes, and two bytes for each sample.
            #expect(try scratch.read("out.wav").count == 44 + 2 * samples.count, "\(from) to \(to)")
        }
    }

    @Test func theSameArgumentsMakeTheSameBytes() throws {
        let source = try CountedSource(Self.ladder.get())
        let made = try source.excerpt(12.345, 30)
        #expect(made.longest < 1 << 17)
        for pieces in [1, 77, 4096] {
            source.pieces = pieces
            #expect(try source.excerpt(12.345, 30).bytes == made.bytes)
        }
        let other = try source.excerpt(12.345, 30, serial: 78).bytes
        #expect(other != made.bytes && other.count == made.bytes.count)
        // The index survives being kept.
        let kept = try JSONDecoder().decode(TimeIndex.self, from: JSONEncoder().encode(source.stream.index))
        #expect(kept == source.stream.index && kept.links.count == 1)
    }

    @Test func rangesThatAreNone() throws {
        let source = try CountedSource(Self.ladder.get())
        let ranges: [(Double, Double)] = [
            (1, 1), (2, 1), (-1, 1), (.nan, 1), (0, .nan), (40, 41), (1e300, .infinity), (.infinity, .infinity),
        ]
        for (from, to) in ranges {
            #expect {
                try source.excerpt(from, to)
            } throws: { ($0 as? OggOpusError)?.code == .emptyRange }
        }
        // An index of something else is found out.
        let short = try CountedSource(encode(tone(440, rate: 48_000, count: 480_000), .init()))
        let mixed = try Excerpt(of: source.stream.index, length: 1 << 20, from: 5, to: 6, serial: 1) { buffer, offset in
            guard offset < short.bytes.count else { return 0 }
            let part = short.bytes[Int(offset)...].prefix(buffer.count)
            buffer.copyBytes(from: part)
            return part.count
        }
        #expect {
            while try mixed.next() != nil {}
        } throws: { ($0 as? OggOpusError)?.code == .indexMismatch }
    }

    /// Ten seconds of three hours: the beginning, with the headers, and the seconds themselves.
    @Test func onlyWhatIsNeededIsRead() throws {
        let source = try CountedSource(Self.threeHours())
        #expect(source.stream.findings.isEmpty && abs(source.stream.facts.duration - 10_800) < 1)
        #expect(source.bytes.count > 30 << 20)
        for from in [0, 3.5, 5_000, 7_777.7, 10_789.5] {
            let made = try source.excerpt(from, from + 10)
            let stream = try validate(made.bytes)
            #expect(stream.findings.isEmpty && abs(stream.facts.duration - 10) < 1e-6)
            let read = source.reads.reduce(0) { $0 + $1.count }
            #expect(read < made.bytes.count + 4096 * 4 + 8192, "\(read) for \(made.bytes.count)")
            // The first chunk, and those in which ten seconds lie: 36 KB are in two at most.
            #expect(source.chunks.count <= 3, "\(source.chunks)")
        }
    }

    /// Three hours of real packets, a minute over and over.
    private static func threeHours() throws -> [UInt8] {
        let minute = try encode(ToneLadder.samples(seconds: 60), .init(bitrate: 24_000))
        var packets: [[UInt8]] = []
        var headers: [[UInt8]] = []
        let walk = PacketWalk()
        try minute.withUnsafeBytes { bytes in
            try walk.take(bytes) { step in
                switch step {
                case .link(_, let packet), .tags(let packet): headers.append(Array(packet))
                case .packet(let packet, _, _, _): packets.append(Array(packet))
                case .time: break
                }
            }
        }
        let writer = try PageWriter(serial: 5)
        var output: [UInt8] = []
        func add(_ packet: [UInt8], _ granule: Int64, isEOS: Bool = false) throws {
            try packet.withUnsafeBufferPointer { try writer.add($0, granule: granule, isEOS: isEOS) }
        }
        for header in headers {
            try add(header, 0)
            writer.flush(into: &output)
        }
        let count = 10_800 * 50
        for number in 1...count {
            try add(packets[number % packets.count], Int64(number * 960), isEOS: number == count)
            if number % 50 == 0 { writer.flush(into: &output) }
        }
        return output
    }
}
