import Foundation
import TestSupport
import Testing
import Transcription

/// Every shared transcript is read, or refused with its place, as is written here.
@Suite struct SampleTests {
    enum Verdict {
        /// Format, number of segments, speakers.
        case read(TranscriptFormat, Int, [String] = [])
        case refused(TranscriptError.Code, line: Int?)
    }

    static let verdicts: [String: Verdict] = [
        "bbb/made_caption_en.vtt": .read(.vtt, 3),
        "bbb/made_captions.json": .refused(.format, line: 1),
        "bbb/new-events-2_5.xml": .refused(.format, line: 1),
        "faster-whisper/diarized_dosparlants.json": .read(.whisper, 14, ["SPEAKER_01", "SPEAKER_00"]),
        "faster-whisper/diarized_dosparlants.srt": .read(.srt, 14, ["SPEAKER_01", "SPEAKER_00"]),
        "faster-whisper/diarized_dosparlants.tsv": .refused(.format, line: 1),
        "faster-whisper/diarized_dosparlants.txt": .refused(.format, line: 1),
        "faster-whisper/diarized_dosparlants.vtt": .read(.vtt, 14, ["SPEAKER_01", "SPEAKER_00"]),
        "jigasi/made_jigasi_transcript.json": .read(.jigasi, 2, ["Ada Example", "Bo Sample"]),
        "vosk/made_vosk_stream_concatenated.txt": .refused(.format, line: nil),
        "vosk/made_vosk_words.json": .read(.vosk, 1),
        "vtt-srt/captions_with_bom.vtt": .read(.vtt, 4),
        "vtt-srt/cdown_gb2312.srt": .refused(.encoding, line: 3),
        "vtt-srt/cue_tags.vtt": .read(.vtt, 3),
        // Without its header it is SubRip with points for commas.
        "vtt-srt/invalid.vtt": .read(.srt, 7),
        "vtt-srt/invalid_format1.srt": .refused(.syntax, line: 1),
        "vtt-srt/invalid_format3.srt": .refused(.time, line: 2),
        "vtt-srt/invalid_timeframe.sbv": .refused(.format, line: 1),
        "vtt-srt/invalid_timeframe.vtt": .refused(.time, line: 6),
        "vtt-srt/metadata_headers.vtt": .read(.vtt, 2),
        "vtt-srt/missing_caption_text.sbv": .refused(.format, line: 1),
        "vtt-srt/missing_caption_text.vtt": .read(.vtt, 4),
        "vtt-srt/missing_timeframe.srt": .refused(.time, line: 6),
        "vtt-srt/no_captions.vtt": .read(.vtt, 0),
        "vtt-srt/one_caption.vtt": .read(.vtt, 1),
        "vtt-srt/sample.srt": .read(.srt, 5),
        "vtt-srt/styles.vtt": .read(.vtt, 1),
        "vtt-srt/using_identifiers.vtt": .read(.vtt, 6),
        "webvtt-wpt/wpt-cue-parsing_entities.vtt": .read(.vtt, 22),
        // Text after an empty line belongs to no cue.
        "webvtt-wpt/wpt-cue-parsing_text.vtt": .refused(.syntax, line: 23),
        "webvtt-wpt/wpt-cue-parsing_tree-building.vtt": .read(.vtt, 9),
        "webvtt-wpt/wpt-file-parsing_header-garbage.vtt": .read(.vtt, 1),
        "webvtt-wpt/wpt-file-parsing_header-tab.vtt": .read(.vtt, 1),
        "webvtt-wpt/wpt-file-parsing_ids.vtt": .read(.vtt, 5),
        "webvtt-wpt/wpt-file-parsing_nulls.vtt": .refused(.time, line: 21),
        "webvtt-wpt/wpt-file-parsing_regions-lines.vtt": .read(.vtt, 13),
        "webvtt-wpt/wpt-file-parsing_regions-regionanchor.vtt": .read(.vtt, 20),
        "webvtt-wpt/wpt-file-parsing_regions-viewportanchor.vtt": .read(.vtt, 20),
        "webvtt-wpt/wpt-file-parsing_settings-line.vtt": .read(.vtt, 46),
        "webvtt-wpt/wpt-file-parsing_settings-position.vtt": .read(.vtt, 22),
        "webvtt-wpt/wpt-file-parsing_settings-size.vtt": .read(.vtt, 16),
        "webvtt-wpt/wpt-file-parsing_signature-bom.vtt": .read(.vtt, 0),
        "webvtt-wpt/wpt-file-parsing_signature-space-no-newline.vtt": .read(.vtt, 0),
        "webvtt-wpt/wpt-file-parsing_signature-tab-no-newline.vtt": .read(.vtt, 0),
        "webvtt-wpt/wpt-file-parsing_signature-timings.vtt": .read(.vtt, 0),
        // What browsers drop in silence.
        "webvtt-wpt/wpt-file-parsing_timings-60.vtt": .refused(.time, line: 3),
        "webvtt-wpt/wpt-file-parsing_timings-garbage.vtt": .refused(.time, line: 3),
        "webvtt-wpt/wpt-file-parsing_timings-omitted-hours.vtt": .read(.vtt, 3),
        "webvtt-wpt/wpt-file-parsing_timings-too-short.vtt": .refused(.time, line: 6),
        "whispercpp/made.srt": .read(.srt, 4),
        "whispercpp/made.vtt": .read(.vtt, 4),
        "whispercpp/made_diarize.srt": .read(.srt, 4, ["Speaker0", "Speaker1"]),
        "whispercpp/made_diarize.vtt": .read(.vtt, 4, ["Speaker0", "Speaker1"]),
        "whispercpp/made_oj.json": .read(.whisperCpp, 4),
        "whispercpp/made_oj_diarize_stereo.json": .read(.whisperCpp, 4, ["Speaker0", "Speaker1"]),
        "whispercpp/made_ojf_full.json": .read(.whisperCpp, 4),
        "whispercpp/real_stub_model_empty.csv": .refused(.format, line: 1),
        "whispercpp/real_stub_model_empty.json": .read(.whisperCpp, 0),
        "whispercpp/real_stub_model_empty.lrc": .refused(.format, line: 1),
        "whispercpp/real_stub_model_empty.srt": .read(.srt, 0),
        "whispercpp/real_stub_model_empty.txt": .read(.txt, 0),
        "whispercpp/real_stub_model_empty.vtt": .read(.vtt, 0),
        "zoom/made_cloud.transcript.vtt": .read(.zoom, 3, ["Sari Wulandari", "Budi Santoso"]),
        "zoom/zoom_saved_closed_caption.txt": .refused(.format, line: 1),
    ]

    private func read(_ file: URL) throws -> Result<(TranscriptFormat, Transcript), TranscriptError> {
        let data = try Data(contentsOf: file)
        do throws(TranscriptError) {
            let format = try TranscriptFormat.detect(data, name: file.lastPathComponent)
            return .success((format, try format.parse(data)))
        } catch {
            return .failure(error)
        }
    }

    @Test func everyFileGetsItsVerdict() throws {
        guard let folder = SharedData.folder("samples/transcripts") else { return }
        var seen: Set<String> = []
        for part in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            // The expectations of the WebVTT tests lie beside them.
            for file in try SharedData.files(in: part)
            where !(part.lastPathComponent == "webvtt-wpt" && file.pathExtension != "vtt") {
                let name = "\(part.lastPathComponent)/\(file.lastPathComponent)"
                seen.insert(name)
                switch (try #require(Self.verdicts[name], "no verdict for \(name)"), try read(file)) {
                case (.read(let format, let count, let speakers), .success(let (found, transcript))):
                    #expect(found == format, "\(name)")
                    #expect(transcript.segments.count == count, "\(name)")
                    #expect(transcript.speakers == speakers, "\(name)")
                    for format in TranscriptFormat.writable {
                        let again = try format.parse(format.write(transcript))
                        #expect(again.segments.map(\.text) == transcript.segments.map(\.text), "\(name) as \(format)")
                        #expect(again.segments.map(\.end) == transcript.segments.map(\.end), "\(name) as \(format)")
                        #expect(again.speakers == transcript.speakers, "\(name) as \(format)")
                    }
                case (.refused(let code, let line), .failure(let error)):
                    #expect(error.code == code, "\(name): \(error)")
                    #expect(error.place == line.map { .line($0) } ?? .segment(3), "\(name): \(error)")
                case (_, .success): Issue.record("\(name) is read")
                case (_, .failure(let error)): Issue.record("\(name): \(error)")
                }
            }
        }
        #expect(seen == Set(Self.verdicts.keys))
        #expect(seen.count == 64)
    }

    /// The trees that the web platform's tests expect, as the text that is in them.
    @Test(arguments: ["entities", "tree-building"])
    func cueTextsAreWhatTheWebExpects(_ name: String) throws {
        guard let folder = SharedData.folder("samples/transcripts/webvtt-wpt") else { return }
        struct Expectation: Decodable {
            let text: String
            let expectedTree: String
        }
        let base = folder.appending(path: "wpt-cue-parsing_\(name)")
        let expected = try JSONDecoder().decode(
            [Expectation].self,
            from: Data(contentsOf: base.appendingPathExtension("json"))
        )
        let transcript = try TranscriptFormat.vtt.parse(Data(contentsOf: base.appendingPathExtension("vtt")))
        var checked = 0
        var segments = transcript.segments[...]
        for expectation in expected {
            let texts = expectation.expectedTree.split(separator: "\n").compactMap { line -> String? in
                guard let open = line.firstIndex(of: "\"") else { return nil }
                return String(line[open...].dropFirst().dropLast())
            }
            // Names of HTML that no author of WebVTT is asked to use stay as they are written.
            let isUnknown = ["copy", "Clockwise", "nsubE", "&not"].contains { expectation.text.contains($0) }
            let text = (isUnknown ? expectation.text : texts.joined()).trimmingCharacters(in: .whitespacesAndNewlines)
            if text.isEmpty { continue }
            #expect(segments.popFirst()?.text == text, "\(expectation.text)")
            checked += 1
        }
        #expect(segments.isEmpty)
        #expect(checked == (name == "entities" ? 22 : 9))
    }
}
