import ArchiveTesting
import Foundation
import TestSupport
import Testing

@testable import OggOpus

/// Excerpts of sources that are not one plain stream: chained, of many channels, with parts missing, damaged.
extension ExcerptTests {
    /// Checks an excerpt against the whole: as long as was asked for, and the same to the ear; what is quieter than
    /// `floor` counts as so loud.
    private func check(
        _ source: CountedSource,
        _ whole: [Int16],
        _ from: Double,
        _ to: Double,
        tolerance: Int = 0,
        floor: Double = 10,
        allowing codes: Set<Finding.Code> = [],
        _ name: String = ""
    ) throws {
        let channels = source.stream.facts.channels
        let total = whole.count / channels
        let start = Int((from * 48_000).rounded())
        let end = min(total, Int((min(to, 1e6) * 48_000).rounded()))
        guard start < end else {
            #expect("\(name): \(from) to \(to) is none") {
                try source.excerpt(from, to)
            } throws: { ($0 as? OggOpusError)?.code == .emptyRange }
            return
        }
        let made = try source.excerpt(from, to)
        let stream = try validate(made.bytes)
        #expect(
            Set(stream.findings.totals.keys).isSubset(of: codes),
            "\(name) \(from) to \(to): \(stream.findings.kept)"
        )
        let decoder = try Decoder()
        var samples: [Int16] = []
        try made.bytes.withUnsafeBytes { try decoder.decode($0) { samples.append(contentsOf: $0) } }
        try decoder.finish { samples.append(contentsOf: $0) }
        let length = samples.count / (decoder.channels ?? 1)
        #expect(abs(length - (end - start)) <= tolerance, "\(name) \(from) to \(to): \(length) of \(end - start)")
        guard decoder.channels == channels else { return }
        let expected = whole[start * channels..<end * channels]
        #expect(distance(expected, samples[...], floor: floor) < 0.1, "\(name) \(from) to \(to)")
    }

    @Test func chainedSourcesStayChained() throws {
        let parts = [(0, 6, "satu"), (6, 4, "dua"), (10, 5, "tiga")]
        let bytes = try parts.flatMap { first, seconds, title in
            try encode(
                ToneLadder.samples(seconds: seconds, from: first),
                .init(bitrate: 48_000, tags: Tags(comments: [.init(name: "TITLE", value: title)]))
            )
        }
        let source = try CountedSource(bytes)
        #expect(source.stream.index.links.map(\.position) == [0, 6 * 48_000, 10 * 48_000])
        let whole = try decode(bytes)
        let cases: [(Double, Double, [String])] = [
            (0, 15, ["satu", "dua", "tiga"]), (5.5, 6.5, ["satu", "dua"]), (5.999, 10.001, ["satu", "dua", "tiga"]),
            (6, 10, ["dua"]), (2, 6, ["satu"]), (10, 99, ["tiga"]), (7, 8, ["dua"]), (9.9999, 12, ["dua", "tiga"]),
        ]
        let scratch = try Scratch()
        for (from, to, titles) in cases {
            try check(source, whole, from, to)
            let made = try source.excerpt(from, to)
            let links = try validate(made.bytes).facts.links
            #expect(links.map { $0.tags["title"].first } == titles, "\(from) to \(to)")
            #expect(Set(links.map(\.serial)).count == links.count)
            let info = try Program.run("opusinfo", [scratch.write(made.bytes, "chained.opus")])
            #expect(!info.text.contains("WARNING") && !info.text.contains("ERROR"), "\(info.text)")
        }
    }

    @Test func aChangeOfChannelsStays() throws {
        let bytes =
            try encode(ToneLadder.samples(seconds: 3, channels: 2), .init(channels: 2))
            + encode(ToneLadder.samples(seconds: 3), .init(channels: 1))
        let source = try CountedSource(bytes)
        let stream = try validate(source.excerpt(2, 4).bytes)
        #expect(stream.facts.links.map(\.channels) == [2, 1] && stream.facts.duration == 2)
        #expect(stream.findings.totals == [.channelChange: 1])
        #expect(try validate(source.excerpt(3.5, 4).bytes).findings.isEmpty)
    }

    @Test func everyGoodSampleAndItsParts() throws {
        var families: Set<Int> = []
        for folder in ["good", "chained", "multistream"] {
            guard let files = try Samples.files(folder) else { return }
            for file in files {
                let source = try CountedSource(Data(contentsOf: file))
                let name = file.lastPathComponent
                families.formUnion(source.stream.facts.links.map(\.mappingFamily))
                let whole = try decode(source.bytes)
                let duration = source.stream.facts.duration
                let all = try source.excerpt(0, .infinity).bytes
                #expect(try decode(all) == whole, "\(name)")
                let facts = try validate(all).facts
                #expect(facts.links.map(\.samples) == source.stream.facts.links.map(\.samples), "\(name)")
                for (link, original) in zip(facts.links, source.stream.facts.links) {
                    #expect(link.mappingFamily == original.mappingFamily && link.preSkip == original.preSkip)
                    #expect(link.outputGain == original.outputGain && link.tags == original.tags)
                }
                for (from, to) in [
                    (0.1, 0.9), (0.4, 0.6), (duration / 3, duration / 2), (duration - 0.3, duration + 1),
                ]
                where from >= 0 {
                    try check(source, whole, from, to, allowing: [.channelChange], name)
                }
            }
        }
        #expect(families == [0, 1, 255])
    }

    /// What is missing stays missing, for as long, wherever the range begins and ends.
    @Test func gapsStayGaps() throws {
        let encoder = try Encoder(configuration: .init(bitrate: 48_000))
        var bytes: [UInt8] = []
        // Seconds 0 to 5, nothing for four, seconds 5 to 8, nothing for half a second, seconds 8 to 10.
        var gaps: [Encoder.Gap] = []
        for (first, count, gap) in [(0, 5, 192_000), (5, 3, 24_000), (8, 2, 0)] {
            try ToneLadder.samples(seconds: count, from: first).withUnsafeBufferPointer {
                try encoder.encode($0, into: &bytes)
            }
            if gap > 0 { gaps.append(try #require(try encoder.skip(samples: gap, into: &bytes))) }
        }
        try encoder.finish(into: &bytes)
        let source = try CountedSource(bytes)
        let whole = try decode(bytes)
        try #require(whole.count == 696_000 && gaps.count == 2)
        let lost = gaps.map { (from: Double($0.start) / 48_000, to: Double($0.start + $0.length) / 48_000) }
        let scratch = try Scratch()
        for from in [0, 0.5, 4.9, lost[0].from, 5.3, 7, lost[0].to, 9.01, 9.05, 9.1, 11.99, 12.3, lost[1].to, 13] {
            for to in [4, 5.5, 6.2, 8.7, lost[0].to, 9.02, 10, 12.2, 12.4, 13.1, 99] where from < to {
                try check(source, whole, from, to, tolerance: 960, floor: 300, allowing: [.gap, .pageHole], "gap")
                let made = try source.excerpt(from, to).bytes
                let stream = try validate(made)
                let expected = lost.reduce(0) { $0 + max(0, min(to, $1.to) - max(from, $1.from)) }
                #expect(abs(stream.loss - expected) < 0.0405, "\(from) to \(to): \(stream.loss), not \(expected)")
                let info = try Program.run("opusinfo", [scratch.write(made, "gap.opus")])
                #expect(!info.text.contains("ERROR"), "\(info.text)")
            }
        }
    }

    /// Damaged, cut, doubled and reordered pages: an excerpt says what the whole says there.
    @Test func damagedSources() throws {
        guard let files = try Samples.files("bad") else { return }
        var kept = 0
        for file in files {
            guard let source = try? CountedSource(Data(contentsOf: file)) else { continue }
            kept += 1
            let whole = try decode(source.bytes)
            let duration = source.stream.facts.duration
            for (from, to) in [(0, duration), (0.05, 0.15), (1, 2), (2.9, 3.1), (0.6, 4.4), (duration - 1, duration)]
            where from >= 0 && from < duration {
                try check(
                    source,
                    whole,
                    from,
                    to,
                    tolerance: 2880,
                    allowing: [.gap, .pageHole],
                    file.lastPathComponent
                )
            }
        }
        #expect(kept == 11)
    }

    /// A link that ends before its pre-skip does is part of the recording, and of no excerpt.
    @Test func linksOfWhichNothingIsHeardAreLeftOut() throws {
        let silent = (0..<2).flatMap { serial in
            MadeStream.headers(serial: serial, preSkip: 3000) + [
                MadePage([MadeStream.packet], flags: MadePage.eos, granule: 960, serial: serial, sequence: 2)
            ]
        }
        let source = try CountedSource(MadeStream.bytes(silent + MadeStream.pages(seconds: 2, serial: 2)))
        #expect(source.stream.findings.totals == [.preSkipBeyondEnd: 2])
        for (from, to) in [(0.0, 99.0), (0, 1), (0.5, 1.5)] {
            let stream = try validate(source.excerpt(from, to).bytes)
            #expect(stream.findings.isEmpty && stream.facts.links.count == 1)
            #expect(abs(stream.facts.duration - (min(to, source.stream.facts.duration) - from)) < 0.0001)
        }
        let nothing = try CountedSource(MadeStream.bytes(silent))
        #expect {
            try nothing.excerpt(0, 1)
        } throws: { ($0 as? OggOpusError)?.code == .emptyRange }
    }

    @Test(arguments: 0..<200)
    func anythingThatIsKeptCanBeCut(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var pages: [MadePage] = []
        for link in 0..<Int.random(in: 1...3, using: &random) {
            var added = MadeStream.pages(seconds: Int.random(in: 1...6, using: &random), serial: UInt32(link))
            for _ in 0..<Int.random(in: 0...3, using: &random) where added.count > 3 {
                let place = Int.random(in: 2..<added.count, using: &random)
                switch Int.random(in: 0..<8, using: &random) {
                case 0: added.remove(at: place)
                case 1: added[place].granule += Int64.random(in: -96_000...96_000, using: &random)
                case 2: added.insert(added[place], at: place)
                case 3: added[place].flags ^= MadePage.eos
                case 4: added[place].granule = -1
                case 5: added[place].flags ^= MadePage.continued
                case 6:
                    let number = UInt32.random(in: 0...200, using: &random)
                    added.insert(MadePage(granule: -1, serial: UInt32(link), sequence: number), at: place)
                default: added.swapAt(place, added.count - 1)
                }
            }
            pages += added
        }
        guard let source = try? CountedSource(MadeStream.bytes(pages)) else { return }
        let duration = source.stream.facts.duration
        for _ in 0..<20 {
            let from = Double.random(in: 0...max(duration, 0.1), using: &random)
            let to = from + Double.random(in: 0.001...3, using: &random)
            do {
                let stream = try validate(source.excerpt(from, to).bytes)
                let expected = min(to, duration) - from
                // Within a packet of 20 ms at either end.
                #expect(abs(stream.facts.duration - expected) < 0.041, "\(from) to \(to) of \(duration)")
                let codes: Set<Finding.Code> = [.gap, .pageHole]
                #expect(Set(stream.findings.totals.keys).isSubset(of: codes), "\(stream.findings.kept)")
            } catch let error as OggOpusError {
                #expect(error.code == .emptyRange && from > duration - 0.001, "\(error), \(from) of \(duration)")
            }
        }
    }
}
