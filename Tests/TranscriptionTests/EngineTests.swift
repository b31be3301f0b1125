import Foundation
import TestSupport
import Testing
import Transcription

/// What engines and services write.
@Suite struct EngineTests {
    private func read(_ text: String) throws -> (TranscriptFormat, Transcript) {
        let format = try TranscriptFormat.detect(Data(text.utf8))
        return (format, try format.parse(Data(text.utf8)))
    }

    private func sample(_ name: String) throws -> Transcript? {
        guard let folder = SharedData.folder("samples/transcripts") else { return nil }
        let data = try Data(contentsOf: folder.appending(path: name))
        return try TranscriptFormat.detect(data).parse(data)
    }

    @Test func tokensOfWhisperCppBecomeWords() throws {
        guard let transcript = try sample("whispercpp/made_ojf_full.json") else { return }
        #expect(transcript.language == "en")
        #expect(transcript.engine == "whisper.cpp")
        #expect(transcript.model == "small")
        let words = try #require(transcript.segments[0].words)
        #expect(words.map(\.text) == ["Good", "morning,", "this", "is", "the", "Tuesday", "review."])
        #expect(words[1].start == at(310))
        #expect(words[1].end == at(1_010))
        #expect(words[1].confidence == 0.937)
        #expect(transcript.segments[1].words?.map(\.text) == ["He", "said", "\"no\",", "naïve", "日本語🙂"])
        #expect(transcript.segments[2].start == at(3_599_990))
        // A token without times takes the words of its segment with it.
        #expect(transcript.segments[3].words == nil)
        #expect(transcript.segments[3].flags == [.noVoice])
    }

    @Test func charactersThatTokensCutInTwoAreTaken() throws {
        var json = Data(#"{"transcription":[{"offsets":{"from":0,"to":9},"text":" é","tokens":[{"text":" "#.utf8)
        json += [0xC3] + Data(#"","offsets":{"from":0,"to":4},"p":0.5},{"text":""#.utf8) + [0xA9]
        json += Data(#"","offsets":{"from":4,"to":9},"p":0.7}]}]}"#.utf8)
        #expect(try TranscriptFormat.detect(json) == .whisperCpp)
        let segment = try #require(try TranscriptFormat.whisperCpp.parse(json).segments.first)
        #expect(segment.text == "é")
        #expect(segment.words == nil)
        #expect(segment.confidence == 0.6)
    }

    @Test func whisperOfAllKindsIsRead() throws {
        let (format, transcript) = try read(
            #"""
            {"text": " a b", "language": "id", "segments": [
              {"id": 0, "start": 0.0, "end": 2.4999999, "text": " Selamat pagi", "avg_logprob": -0.1053605,
               "compression_ratio": 2.5, "words": [
                {"word": " Selamat", "start": 0.1, "end": 0.5, "probability": 0.91},
                {"word": " pagi", "start": 0.05, "end": 0.04, "score": 2}]},
              {"id": 1, "start": 3, "end": 4, "text": " 2026", "avg_logprob": NaN, "words": [{"word": " 2026"}]},
              {"id": 2, "start": 4, "end": 5, "text": "  ", "speaker": "SPEAKER_00"}]}
            """#
        )
        #expect(format == .whisper)
        #expect(transcript.language == "id")
        #expect(transcript.segments.count == 2)
        let first = transcript.segments[0]
        #expect(first.end == at(2_500))
        #expect(first.confidence == 0.9)
        #expect(first.flags == [.repeated])
        // Engines let words begin before the one in front, and end before they begin.
        #expect(first.words?.map(\.start) == [at(100), at(100)])
        #expect(first.words?.map(\.end) == [at(500), at(100)])
        #expect(first.words?.map(\.confidence) == [0.91, 1])
        #expect(transcript.segments[1].confidence == nil)
        #expect(transcript.segments[1].words == nil)

        let (list, segments) = try read(#"[{"id":1,"start":1.5,"end":2,"text":"a"}]"#)
        #expect(list == .whisper)
        #expect(segments.segments.first?.start == at(1_500))
    }

    @Test func whisperWithoutATimeIsRefusedAtItsSegment() throws {
        let json = #"{"segments":[{"start":0,"end":1,"text":"a"},{"start":NaN,"end":1,"text":"b"}]}"#
        let error = refusal { () throws(TranscriptError) in try TranscriptFormat.whisper.parse(Data(json.utf8)) }
        #expect(error?.code == .time)
        #expect(error?.place == .segment(2))
        let backwards = #"{"segments":[{"start":2,"end":1,"text":"a"}]}"#
        #expect(
            refusal { () throws(TranscriptError) in try TranscriptFormat.whisper.parse(Data(backwards.utf8)) }?.code
                == .time
        )
    }

    @Test func resultsOfVoskFollowEachOther() throws {
        let (format, transcript) = try read(
            """
            {"partial": "sela"}
            {"result": [{"conf": 0.5, "start": 1.0, "end": 1.5, "word": "selamat"},
                        {"conf": 1.0, "start": 1.5, "end": 2.25, "word": "pagi"}], "text": "selamat pagi"}
            {"text": ""}{"alternatives": [{"confidence": 197.5, "result": [{"start": 3, "end": 4, "word": "ya"}], "text": "ya"}]}
            """
        )
        #expect(format == .vosk)
        #expect(transcript.engine == "vosk")
        #expect(transcript.segments.map(\.text) == ["selamat pagi", "ya"])
        #expect(transcript.segments[0].end == at(2_250))
        #expect(transcript.segments[0].confidence == 0.75)
        #expect(transcript.segments[1].confidence == nil)
        let error = refusal { () throws(TranscriptError) in
            try TranscriptFormat.vosk.parse(Data("{\"text\":\"a\"}\n{\"text\" 1}".utf8))
        }
        #expect(error?.place == .line(2))
    }

    @Test func sentencesOfJigasiEndWhereTheNextBegins() throws {
        guard let transcript = try sample("jigasi/made_jigasi_transcript.json") else { return }
        #expect(transcript.language == "en-US")
        #expect(transcript.segments.map(\.start) == [at(7_890), at(10_636)])
        #expect(transcript.segments.map(\.end) == [at(10_636), at(20_636)])
        #expect(transcript.segments.map(\.text) == ["good morning everyone", "<b>naïve & \"quoted\"</b> 日本語 🙂"])
        #expect(transcript.segments.map(\.confidence) == [0.94, nil])
        let early =
            #"{"start_time":"2026-03-10T09:00:02Z","events":[{"event":"SPEECH","timestamp":\#(Int.min),"transcript":[{"text":"a"}]}]}"#
        let error = refusal { () throws(TranscriptError) in try TranscriptFormat.jigasi.parse(Data(early.utf8)) }
        #expect(error?.code == .time)
        #expect(error?.place == .segment(1))
    }

    @Test func namesOfZoomAreSpeakers() throws {
        guard let transcript = try sample("zoom/made_cloud.transcript.vtt") else { return }
        #expect(transcript.segments.map(\.speaker) == ["Sari Wulandari", "Budi Santoso", nil])
        #expect(transcript.segments[1].text == "Good morning. Item one is the budget: we need 12:30 at the latest.")
    }

    @Test func aColonMakesNoZoomOfOtherCues() throws {
        // Numbered, but hardly a name; and names, but not numbered as Zoom does it.
        let texts = [
            "WEBVTT\n\n1\n00:01.000 --> 00:02.000\nPukul 12:30\n\n2\n00:02.000 --> 00:03.000\nCatatan: a\n",
            "WEBVTT\n\n00:01.000 --> 00:02.000\nCatatan: a\n", "WEBVTT\n\n2\n00:01.000 --> 00:02.000\nCatatan: a\n",
            "WEBVTT\n\n1\n00:01.000 --> 00:02.000\n<v A>Catatan: a\n",
        ]
        for text in texts { #expect(try read(text).0 == .vtt, "\(text)") }
        #expect(
            try read("WEBVTT\n\n1\n00:01.000 --> 00:02.000\nDr. Sari, M.Si.: a\n").1.speakers == ["Dr. Sari, M.Si."]
        )
    }

    @Test func whatIsNotReadIsNamed() throws {
        for (text, reason) in [
            ("<?xml version=\"1.0\"?>", "XML"), ("start\tend\ttext\n0\t1\ta", "table"), ("[by:whisper.cpp]\n", "LRC"),
            ("[Sari]: a", "no times"), ("[Sari W] 11:02:09\na", "times of the day"), ("{\"a\": 1}", "JSON"),
            ("0:00:00.378,0:00:11.378\na", "SubViewer"), ("", "empty"), ("kata", "begins like no transcript"),
            ("[{\"locale\": \"en\", \"localeName\": \"English\"}]", "list of captions"),
        ] {
            let error = try #require(
                refusal { () throws(TranscriptError) in try TranscriptFormat.detect(Data(text.utf8)) },
                "\(text)"
            )
            #expect(error.code == .format)
            #expect(error.place == .line(1))
            #expect(error.reason.contains(reason), "\(error)")
        }
    }
}
