import Foundation
import OggOpus
import Testing

/// Every shared sample gets the verdict that is written here.
@Suite struct SampleTests {
    /// What becomes of a file of `bad/`.
    enum Verdict: Equatable {
        case refused(OggOpusError.Code, at: Int64)
        /// Kept: the number of findings of each code, the duration and the loss in seconds.
        case kept([Finding.Code: Int], duration: Double, loss: Double)
    }

    static let verdicts: [String: Verdict] = [
        "bos_only": .refused(.noAudio, at: 47),
        "chained_same_serial_BAD": .kept([.serialReused: 1], duration: 12.6738, loss: 0),
        "crc_zero": .kept([.crcFailure: 1, .pageHole: 1, .gap: 1], duration: 7.2335, loss: 0.5),
        "empty_file": .refused(.empty, at: 0),
        "eos_in_middle": .kept([.dataAfterEOS: 13], duration: 7.2335, loss: 0),
        "granule_goes_back": .kept([.granuleBackwards: 1], duration: 7.2335, loss: 0),
        "head_bad_magic": .refused(.notOpus, at: 0),
        "head_channels_0": .refused(.malformedHead, at: 0),
        "head_short_18": .refused(.malformedHead, at: 0),
        "head_version_16": .refused(.headVersion, at: 0),
        "id3_prefixed": .refused(.notOgg, at: 0),
        "junk_prefix": .refused(.notOgg, at: 0),
        "oggflac_named_opus": .refused(.notOpus, at: 0),
        "oggs_only": .refused(.notOgg, at: 0),
        "packet_code2_len_R4": .kept([.invalidPacket: 1, .gap: 1], duration: 0.2335, loss: 0.04),
        "packet_code3_over_120ms_R5": .kept([.invalidPacket: 1, .gap: 1], duration: 0.4335, loss: 0.24),
        "packet_frame_over_1275_R2": .kept([.invalidPacket: 1, .gap: 1], duration: 0.2135, loss: 0.02),
        "page_duplicated": .kept([.pageDuplicate: 1], duration: 7.2335, loss: 0),
        "page_missing_hole": .kept([.pageHole: 1, .gap: 1], duration: 7.2335, loss: 0.5),
        "pages_swapped": .kept([.pageHole: 1, .pageOutOfOrder: 1, .gap: 1], duration: 7.2335, loss: 0.5),
        "payload_bitflip_crc": .kept([.crcFailure: 1, .pageHole: 1, .gap: 1], duration: 7.2335, loss: 0.5),
        "policy_headers_only_no_audio": .refused(.noAudio, at: 841),
        "policy_multiplexed_opus_and_vorbis": .refused(.multiplexed, at: 47),
    ]

    @Test func badFilesGetTheirVerdict() throws {
        guard let files = try Samples.files("bad") else { return }
        #expect(files.count == 23)
        #expect(Self.verdicts.count == 23)
        for file in files {
            let name = file.deletingPathExtension().lastPathComponent.replacing("made__", with: "")
            let verdict = try #require(Self.verdicts[name], "no verdict for \(name)")
            let data = try Data(contentsOf: file)
            for chunk in [65_536, 1] {
                switch verdict {
                case .refused(let code, let offset):
                    let error = try #require(refusal(data, chunk: chunk), "\(name) was kept")
                    #expect(error.code == code, "\(name)")
                    #expect(error.offset == offset, "\(name)")
                case .kept(let totals, let duration, let loss):
                    let stream = try validate(data, chunk: chunk)
                    #expect(stream.findings.totals == totals, "\(name)")
                    #expect(abs(stream.facts.duration - duration) < 0.001, "\(name): \(stream.facts.duration)")
                    #expect(abs(stream.loss - loss) < 1e-9, "\(name): \(stream.loss)")
                    #expect(stream.facts.bytes == data.count)
                }
            }
        }
    }

    @Test func findingsNameTheirByte() throws {
        let places: [(String, Finding.Code, Int64)] = [
            ("crc_zero", .crcFailure, 2470), ("crc_zero", .pageHole, 4132), ("eos_in_middle", .dataAfterEOS, 4132),
            ("granule_goes_back", .granuleBackwards, 5769), ("packet_code2_len_R4", .invalidPacket, 1417),
        ]
        guard let files = try Samples.files("bad") else { return }
        for (name, code, offset) in places {
            let file = try #require(files.first { $0.lastPathComponent == "made__\(name).opus" })
            let stream = try validate(try Data(contentsOf: file))
            #expect(stream.findings.kept.first { $0.code == code }?.offset == offset, "\(name)")
        }
    }

    @Test func packetFindingsNameTheirRule() throws {
        guard let files = try Samples.files("bad") else { return }
        var found = 0
        for file in files {
            let name = file.deletingPathExtension().lastPathComponent
            guard name.contains("__packet_"), let rule = name.split(separator: "_").last else { continue }
            found += 1
            let message = try validate(try Data(contentsOf: file)).findings.kept.first?.message
            #expect(message == "packets break \(rule) of RFC 6716 section 3.4")
        }
        #expect(found == 3)
    }

    @Test func goodFilesHaveNoFindingButTheirWarning() throws {
        let warnings: [String: Finding.Code] = [
            "live_offset_start_WARN": .liveOffset, "nil_page_in_middle_WARN": .nilPage, "no_eos_WARN": .missingEOS,
        ]
        guard let files = try Samples.files("good") else { return }
        #expect(files.count == 21)
        var warned = 0
        for file in files {
            let name = file.deletingPathExtension().lastPathComponent.replacing("made__", with: "")
            let stream = try validate(try Data(contentsOf: file))
            if let warning = warnings[name] {
                #expect(stream.findings.totals == [warning: 1], "\(name)")
                warned += 1
            } else {
                #expect(!name.hasSuffix("WARN"))
                #expect(stream.findings.isEmpty, "\(name): \(stream.findings.kept)")
            }
            #expect(stream.loss == 0)
        }
        #expect(warned == 3)
    }

    @Test func chainedAndMultistreamFiles() throws {
        guard let chained = try Samples.files("chained"), let multistream = try Samples.files("multistream") else {
            return
        }
        #expect(chained.count == 3)
        #expect(multistream.count == 3)
        for file in chained {
            let stream = try validate(try Data(contentsOf: file))
            let changes = file.lastPathComponent.contains("mono_stereo")
            #expect(stream.findings.totals == (changes ? [.channelChange: 1] : [:]), "\(file.lastPathComponent)")
        }
        let facts = try multistream.map { try validate(try Data(contentsOf: $0)) }
        #expect(facts.allSatisfy { $0.findings.isEmpty })
        #expect(facts.map(\.facts.channels) == [6, 4, 6])
        #expect(facts.map { $0.facts.links[0].mappingFamily } == [255, 1, 1])
    }

    @Test func durationsAreAsTold() throws {
        let durations = try Samples.durations()
        guard let root = try Samples.files("good")?.first?.deletingLastPathComponent().deletingLastPathComponent()
        else {
            return
        }
        #expect(durations.count == 27)
        for (name, seconds) in durations {
            let facts = try validate(try Data(contentsOf: root.appending(path: name))).facts
            #expect(facts.links.count == seconds.count, "\(name)")
            for (link, expected) in zip(facts.links, seconds) {
                #expect(abs(link.duration - expected) < 0.001, "\(name): \(link.duration)")
            }
            #expect(abs(facts.duration - seconds.reduce(0, +)) < 0.001 * Double(seconds.count))
        }
    }

    @Test func anyChunkingGivesTheSame() throws {
        var judged = 0
        for folder in ["good", "bad", "chained", "multistream"] {
            guard let files = try Samples.files(folder) else { return }
            for file in files {
                let data = try Data(contentsOf: file)
                let whole = try? validate(data, chunk: 1 << 30)
                let error = refusal(data, chunk: 1 << 30)
                for chunk in [7, 27, 251, 4096, 65_307] {
                    #expect(
                        try whole == nil ? true : validate(data, chunk: chunk) == whole,
                        "\(file.lastPathComponent)"
                    )
                    #expect(refusal(data, chunk: chunk) == error, "\(file.lastPathComponent)")
                }
                judged += 1
            }
        }
        #expect(judged == 50)
    }

    @Test func theIndexPointsAtPages() throws {
        for folder in ["good", "chained"] {
            guard let files = try Samples.files(folder) else { return }
            for file in files {
                let data = try Data(contentsOf: file)
                let stream = try validate(data)
                let index = stream.index
                #expect(index.entries.first?.position == 0)
                #expect(index.offset(atOrBefore: -1) == index.entries.first?.offset)
                #expect(index.offset(atOrBefore: .infinity) == index.entries.last?.offset)
                for entry in index.entries {
                    #expect(data[Int(entry.offset)..<Int(entry.offset) + 4].elementsEqual("OggS".utf8))
                    #expect(index.offset(atOrBefore: Double(entry.position) / 48_000 + 0.0001) == entry.offset)
                }
                let steps = zip(index.entries, index.entries.dropFirst()).map { $1.position - $0.position }
                #expect(steps.allSatisfy { $0 >= 42_000 })
                let restored = try JSONDecoder().decode(TimeIndex.self, from: JSONEncoder().encode(index))
                #expect(restored == index)
            }
        }
    }

    /// Decoding from an index entry gives the audio that the whole decodes to there.
    @Test func audioBeginsWhereTheIndexSays() throws {
        guard let file = try Samples.files("good")?.first(where: { $0.lastPathComponent.contains("mono_fs20") }) else {
            return
        }
        let data = try Data(contentsOf: file)
        let stream = try validate(data)
        let whole = try decode(data)
        let headers = data[..<Int(try #require(stream.index.entries.first).offset)]
        let entry = try #require(stream.index.entries.dropFirst(2).first)
        // Headers, then from the page on: a hole in the page numbers, which becomes silence of the right length.
        let joined = try decode(headers + data[Int(entry.offset)...])
        #expect(joined.count == whole.count)
        let settled = Int(entry.position) + 48_000 / 4
        var noise = 0.0
        var signal = 0.0
        for (one, other) in zip(whole[settled...], joined[settled...]) {
            noise += pow(Double(one) - Double(other), 2)
            signal += pow(Double(one), 2)
        }
        #expect(noise < signal / 100)
        #expect(joined[..<Int(entry.position)].allSatisfy { $0 == 0 })
    }
}
