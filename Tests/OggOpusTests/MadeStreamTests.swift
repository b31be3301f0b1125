import Foundation
import OggOpus
import Testing

/// Streams made by hand: what no sample shows.
@Suite struct MadeStreamTests {
    private func totals(_ pages: [MadePage]) throws -> [Finding.Code: Int] {
        try validate(MadeStream.bytes(pages)).findings.totals
    }

    @Test func aCleanStreamHasNoFinding() throws {
        let stream = try validate(MadeStream.bytes(MadeStream.pages(seconds: 3)))
        #expect(stream.findings.isEmpty)
        #expect(stream.facts.links[0].samples == 3 * 48_000 - 312)
        #expect(stream.facts.packets == 150)
        #expect(stream.facts.pages == 5)
        #expect(stream.facts.bitrate == Int((150 * 4 * 8 / stream.facts.duration).rounded()))
        #expect(stream.index.entries.map(\.position) == [0, 48_000 - 312, 96_000 - 312])
    }

    @Test func endTrimming() throws {
        var pages = MadeStream.pages(seconds: 2)
        pages[3].granule -= 900
        let trimmed = try validate(MadeStream.bytes(pages))
        #expect(trimmed.findings.isEmpty)
        #expect(trimmed.facts.links[0].samples == 96_000 - 900 - 312)
        // RFC 7845 §4.4: only the last page may hold more than it says.
        pages[3].flags = 0
        #expect(try totals(pages) == [.granuleShort: 1, .missingEOS: 1])
        pages[3].flags = MadePage.eos
        pages[3].granule = 47_999
        #expect(try totals(pages) == [.granuleBackwards: 1])
    }

    @Test func theFirstPage() throws {
        var pages = MadeStream.pages(seconds: 1)
        // RFC 7845 §4.5: on a stream of one page, less than the samples is end trimming.
        pages[2].granule = 10_000
        let short = try validate(MadeStream.bytes(pages))
        #expect(short.findings.isEmpty)
        #expect(short.facts.links[0].samples == 10_000 - 312)
        pages[2].granule = 100
        #expect(try totals(pages) == [.preSkipBeyondEnd: 1])
        #expect(try validate(MadeStream.bytes(pages)).facts.duration == 0)
        var longer = MadeStream.pages(seconds: 2)
        longer[2].granule = 10_000
        let odd = try validate(MadeStream.bytes(longer))
        #expect(odd.findings.totals == [.firstGranule: 1])
        #expect(odd.facts.links[0].samples == 96_000 - 312)
    }

    @Test func preSkipBeyondTheEnd() throws {
        let audio = MadeStream.pages(seconds: 1)[2]
        let stream = try validate(MadeStream.bytes(MadeStream.headers(preSkip: 65_535) + [audio]))
        #expect(stream.findings.totals == [.preSkipBeyondEnd: 1])
        #expect(stream.facts.duration == 0)
        #expect(try decode(MadeStream.bytes(MadeStream.headers(preSkip: 65_535) + [audio])).isEmpty)
    }

    @Test func granuleJumps() throws {
        var pages = MadeStream.pages(seconds: 4)
        for index in 4..<6 { pages[index].granule += 24_000 }
        let jumped = try validate(MadeStream.bytes(pages))
        #expect(jumped.findings.totals == [.granuleJump: 1, .gap: 1])
        // A person reads how much is missing, and where in the recording.
        let gap = jumped.findings.kept.first { $0.code == .gap }
        #expect(gap?.message.hasPrefix("0.5 s are missing before ") == true, "\(gap?.message ?? "")")
        #expect(jumped.loss == 0.5)
        #expect(jumped.facts.links[0].samples == 4 * 48_000 + 24_000 - 312)
        // A jump of years is a finding, but nothing is missing that could have been there.
        for index in 4..<6 { pages[index].granule += Int64.max / 2 }
        let absurd = try validate(MadeStream.bytes(pages))
        #expect(absurd.findings.totals == [.granuleJump: 1])
        #expect(absurd.loss == 0)
        #expect(absurd.facts.links[0].samples == 4 * 48_000 - 312)
    }

    @Test func granulePositionsThatStayBehindAreFollowed() throws {
        var pages = MadeStream.pages(seconds: 6)
        for index in 5..<8 { pages[index].granule -= 40_000 }
        let stream = try validate(MadeStream.bytes(pages))
        #expect(stream.findings.totals == [.granuleShort: 1])
        #expect(stream.facts.links[0].samples == 6 * 48_000 - 312)
    }

    @Test func extremeGranulePositions() throws {
        for mark in [Int64.min, .min + 1, -2, 0, 1, .max - 1, .max] {
            for index in 2..<5 {
                for isEOS in [true, false] {
                    var pages = MadeStream.pages(seconds: 3)
                    pages[index].granule = mark
                    if index == 4, !isEOS { pages[index].flags = 0 }
                    let stream = try validate(MadeStream.bytes(pages))
                    #expect(!stream.findings.isEmpty)
                    #expect(stream.facts.duration >= 0 && stream.facts.duration < 4)
                    #expect(try decode(MadeStream.bytes(pages)).count == stream.facts.links[0].samples)
                }
            }
        }
    }

    @Test func pagesWithoutGranulePosition() throws {
        var pages = MadeStream.pages(seconds: 3)
        pages[3].granule = -1
        let stream = try validate(MadeStream.bytes(pages))
        #expect(stream.findings.totals == [.granuleMissing: 1])
        #expect(stream.facts.links[0].samples == 3 * 48_000 - 312)
        // What a page without position held has been given out: the last page cannot trim it.
        pages[4].granule = 100_000 - 4_001
        pages[3].granule = -1
        let trimmed = try validate(MadeStream.bytes(pages))
        #expect(trimmed.findings.totals == [.granuleMissing: 1, .granuleShort: 1])
        #expect(try decode(MadeStream.bytes(pages)).count == Int(trimmed.facts.links[0].samples))
        // RFC 3533 §6: -1 is right where no packet ends.
        var split = MadeStream.headers()
        var first = MadePage(flags: 0, granule: -1, sequence: 2)
        first.lacing = [255]
        first.body = [0xFC] + Array(repeating: 0, count: 254)
        var second = MadePage(flags: MadePage.continued | MadePage.eos, granule: 960, sequence: 3)
        second.lacing = [10]
        second.body = Array(repeating: 0, count: 10)
        split += [first, second]
        #expect(try totals(split) == [:])
        split[2].granule = 0
        #expect(try totals(split) == [.granuleMissing: 1])
        split[2].granule = -1
        split[3].flags = MadePage.eos
        #expect(try totals(split)[.brokenContinuation] == 1)
    }

    /// That pages are missing is not forgotten where a page without packets follows.
    @Test func aHoleBeforeAnEmptyPage() throws {
        var pages = MadeStream.pages(seconds: 4)
        pages[4] = MadePage(granule: -1, sequence: pages[4].sequence)
        pages.remove(at: 3)
        let stream = try validate(MadeStream.bytes(pages))
        #expect(stream.findings.totals == [.pageHole: 1, .nilPage: 1, .gap: 1])
        #expect(stream.loss == 2 && stream.facts.links.map(\.samples) == [4 * 48_000 - 312])
    }

    @Test func anEmptyLastPageEndsTheStream() throws {
        var pages = MadeStream.pages(seconds: 2)
        pages[3].flags = 0
        pages.append(MadePage(flags: MadePage.eos, granule: 96_000, sequence: 4))
        #expect(try totals(pages) == [:])
        pages[4].granule = -1
        #expect(try totals(pages) == [:])
        // It cannot trim what the page before has given out.
        pages[4].granule = 95_000
        #expect(try totals(pages) == [.granuleBackwards: 1])
        let bytes = MadeStream.bytes(pages)
        #expect(try decode(bytes).count == Int(try validate(bytes).facts.links[0].samples))
    }

    @Test func aDamagedLastPageAndWhatFollowsIt() throws {
        var pages = MadeStream.pages(seconds: 3).map(\.bytes)
        pages[4][100] ^= 1
        let bytes = pages.joined() + Array(repeating: 0, count: 300)
        let whole = try validate(bytes, chunk: 1 << 20)
        #expect(whole.findings.totals == [.crcFailure: 1, .trailingBytes: 1, .missingEOS: 1])
        for chunk in [1, 61, 200] { #expect(try validate(bytes, chunk: chunk) == whole) }
    }

    @Test func findingsAsJSON() throws {
        var pages = MadeStream.pages(seconds: 2)
        pages[3].flags = 0
        let stream = try validate(MadeStream.bytes(pages))
        let json = try JSONEncoder().encode(stream.findings)
        #expect(String(decoding: json, as: UTF8.self).contains("\"totals\":{\"missing-eos\":1}"))
        #expect(try JSONDecoder().decode(Findings.self, from: json) == stream.findings)
        let facts = try JSONEncoder().encode(stream.facts)
        #expect(try JSONDecoder().decode(StreamFacts.self, from: facts) == stream.facts)
    }

    @Test func junkAndTrailingBytes() throws {
        let pages = MadeStream.pages(seconds: 3).map(\.bytes)
        let junk = Array(repeating: UInt8(ascii: "x"), count: 300)
        let inside = try validate(pages[..<4].joined() + junk + pages[4])
        #expect(inside.findings.totals == [.junkBytes: 1])
        #expect(inside.findings.kept[0].offset == Int64(pages[..<4].joined().count))
        let after = try validate(pages.joined() + junk)
        #expect(after.findings.totals == [.trailingBytes: 1])
        #expect(after.findings.kept[0].offset == Int64(pages.joined().count))
    }

    /// A recorder that lost its power: every page that is whole is kept, and nothing else is made up.
    @Test func aStreamCutAnywhere() throws {
        let bytes = MadeStream.bytes(MadeStream.pages(seconds: 3))
        let headers = MadeStream.bytes(MadeStream.headers()).count
        let page = (bytes.count - headers) / 3
        for end in stride(from: 1, to: bytes.count, by: 5) {
            let cut = Array(bytes[..<end])
            guard end >= headers + page else {
                let code = refusal(cut)?.code
                #expect(code == (end < headers ? code : .noAudio) && code != nil, "\(end)")
                continue
            }
            let stream = try validate(cut)
            let whole = (end - headers) / page
            #expect(stream.facts.links[0].samples == Int64(whole * 48_000 - 312))
            #expect(stream.findings.count(of: .missingEOS) == 1)
            let rest = (end - headers) % page
            let code = rest == 0 ? nil : rest < 4 ? Finding.Code.trailingBytes : .truncatedPage
            #expect(code.map { stream.findings.count(of: $0) } ?? 1 == 1, "\(end)")
            #expect(stream.findings.total == (rest == 0 ? 1 : 2), "\(end)")
        }
    }

    /// A damaged page must not hide those that its header seems to cover.
    @Test func aFalseLengthAtTheEndHidesNoPage() throws {
        var bytes = MadeStream.pages(seconds: 3).map(\.bytes)
        let headerOfLength = bytes[3].startIndex + 27
        bytes[3][headerOfLength] = 255
        bytes[3][headerOfLength + 1] = 255
        let stream = try validate(Array(bytes.joined()))
        #expect(stream.facts.pages == 4)
        #expect(stream.findings.count(of: .pageHole) == 1)
        #expect(stream.loss == 1)
    }

    @Test func otherLogicalStreams() throws {
        var pages = MadeStream.pages(seconds: 3)
        pages.insert(MadePage([[1, 2, 3]], granule: 5, serial: 99, sequence: 0), at: 3)
        #expect(try totals(pages) == [.foreignStream: 1])
        pages[3].flags = MadePage.bos
        #expect(try totals(pages) == [.foreignStream: 1])
        let beside = [MadeStream.headers()[0], MadeStream.headers(serial: 8)[0]]
        #expect(refusal(MadeStream.bytes(beside))?.code == .multiplexed)
    }

    @Test func links() throws {
        let one = MadeStream.pages(seconds: 1, serial: 1)
        let two = MadeStream.pages(seconds: 2, serial: 2)
        let chained = try validate(MadeStream.bytes(one + two))
        #expect(chained.findings.isEmpty)
        #expect(chained.facts.links.map(\.serial) == [1, 2])
        #expect(chained.facts.links[1].startOffset == Int64(MadeStream.bytes(one).count))
        #expect(chained.facts.links.map(\.samples) == [48_000 - 312, 96_000 - 312])
        #expect(try totals(Array(one.dropLast()) + two) == [.emptyLink: 1, .missingEOS: 1])
        #expect(
            try totals(one + MadeStream.headers(serial: 2, channels: 2)) == [
                .emptyLink: 1, .channelChange: 1, .missingEOS: 1,
            ]
        )
        var limits = StreamValidator.Limits()
        limits.links = 1
        #expect(refusal(MadeStream.bytes(one + two), limits: limits)?.code == .tooManyLinks)
        #expect(refusal(MadeStream.bytes(one + [MadeStream.headers(serial: 2)[0]]))?.code == .malformedTags)
    }

    @Test func headersThatAreRefused() throws {
        let good = MadeStream.headers()
        func code(_ pages: [MadePage]) -> OggOpusError.Code? { refusal(MadeStream.bytes(pages))?.code }
        #expect(code([good[1]]) == .missingBOS)
        #expect(code([MadePage([MadeStream.head(), [0xF8]], flags: MadePage.bos, sequence: 0)]) == .malformedHead)
        #expect(
            code([MadePage([Array(MadeStream.head().prefix(9))], flags: MadePage.bos, sequence: 0)]) == .malformedHead
        )
        var family = MadeStream.head()
        family[18] = 2
        #expect(code([MadePage([family], flags: MadePage.bos, sequence: 0)]) == .mappingFamily)
        for table: [UInt8] in [[], [1, 2, 0], [0, 0, 0], [1, 0, 1], [200, 100, 0]] {
            family[18] = 1
            #expect(code([MadePage([family + table], flags: MadePage.bos, sequence: 0)]) == .malformedHead)
        }
        #expect(code([good[0], MadePage([Array("OpusTagz".utf8)], sequence: 1)]) == .malformedTags)
        #expect(code([good[0], MadePage([Array(MadeStream.tags().dropLast())], sequence: 1)]) == .malformedTags)
        #expect(code([good[0], MadePage([MadeStream.tags()], sequence: 2)]) == .malformedTags)
        var page = good[0]
        page.version = 1
        #expect(code([page]) == .notOgg)
        var damaged = good[0].bytes
        damaged[30] ^= 1
        #expect(refusal(damaged + good[1].bytes)?.code == .malformedHead)
    }

    @Test func tags() throws {
        let comments = ["TITLE=Rapat", "title=Kedua", "BARE", "EMPTY=", "A=b=c"]
        var pages = MadeStream.pages(seconds: 1)
        pages[1] = MadePage([MadeStream.tags(comments)], sequence: 1)
        let tags = try validate(MadeStream.bytes(pages)).facts.links[0].tags
        #expect(tags.vendor == "made")
        #expect(tags["Title"] == ["Rapat", "Kedua"])
        #expect(tags["EMPTY"] == [""])
        #expect(tags["a"] == ["b=c"])
        #expect(tags.comments[2] == Tags.Comment(name: "", value: "BARE"))
        var limits = StreamValidator.Limits()
        limits.tagBytes = MadeStream.tags(comments).count
        #expect(refusal(MadeStream.bytes(pages), limits: limits) == nil)
        limits.tagBytes -= 1
        #expect(refusal(MadeStream.bytes(pages), limits: limits)?.code == .tagsTooLarge)
    }

    @Test func findingsAreBounded() throws {
        var pages = MadeStream.headers()
        for sequence in 2..<3000 {
            pages.append(MadePage([[]], granule: Int64(sequence % 7), serial: 7, sequence: UInt32(sequence)))
            pages.append(MadePage([[0]], serial: 8, sequence: 0))
        }
        pages.append(MadeStream.pages(seconds: 1)[2])
        let findings = try validate(MadeStream.bytes(pages)).findings
        #expect(findings.count(of: .foreignStream) == 2998)
        #expect(findings.count(of: .invalidPacket) == 2998)
        #expect(findings.kept.count <= Findings.capacity)
        #expect(Set(findings.kept.map(\.code)) == Set(findings.totals.keys))
    }

    /// Headers inside headers would make libogg compute each checksum over the same bytes again and again.
    @Test func falseHeadersAreNotWorthAnyWork() throws {
        let header: [UInt8] =
            Array("OggS".utf8) + [0] + Array(repeating: 255, count: 22)
        let bomb = Array(repeatElement(header, count: 40_000).joined())
        var limits = StreamValidator.Limits()
        limits.rescannedBytes = 1 << 20
        let bytes = MadeStream.bytes(MadeStream.pages(seconds: 1)) + bomb
        #expect(refusal(bytes, limits: limits)?.code == .tooDamaged)
        #expect(refusal(bytes, chunk: 1000, limits: limits) == refusal(bytes, limits: limits))
    }

    @Test func theIndexThins() throws {
        var limits = StreamValidator.Limits()
        limits.indexEntries = 10
        let stream = try validate(MadeStream.bytes(MadeStream.pages(seconds: 100)), limits: limits)
        #expect((5...10).contains(stream.index.entries.count))
        #expect(stream.index.step == 16 * 48_000)
        #expect(stream.index.entries[0].position == 0)
    }

    @Test func aFailureLasts() throws {
        let validator = StreamValidator()
        let bad = Array("no Ogg at all, but text that goes on".utf8)
        #expect(throws: OggOpusError.self) { try bad.withUnsafeBytes { try validator.consume($0) } }
        let good = MadeStream.bytes(MadeStream.pages(seconds: 1))
        #expect(throws: OggOpusError.self) { try good.withUnsafeBytes { try validator.consume($0) } }
        #expect(throws: OggOpusError.self) { try validator.finish() }
        let other = StreamValidator()
        try good.withUnsafeBytes { try other.consume($0) }
        #expect(other.durationSoFar == Double(48_000 - 312) / 48_000)
        #expect(other.bytesSoFar == good.count)
        _ = try other.finish()
        #expect(throws: OggOpusError.self) { try other.finish() }
    }
}
