import ArchiveCore
import ArchiveTesting
import Foundation
import TestSupport
import Testing

@testable import Importing

/// What ffmpeg decodes for us, with the real ffmpeg.
@Suite struct MediaDecoderTests {
    private let folder: TemporaryFolder
    private let root: SourceRoot

    init() throws {
        folder = try TemporaryFolder()
        root = try SourceRoot(folder.path)
    }

    /// Has ffmpeg make `name`.
    private func make(_ name: String, _ arguments: [String], limit: Double = 300) throws -> SourceFile {
        let made = try Program.run("ffmpeg", ["-v", "error"] + arguments + [folder.file(name)], limit: limit)
        try #require(made.status == 0, "\(made.errorText)")
        return try root.open(name)
    }

    private static func tone(_ seconds: Double, rate: Int = 44_100) -> [String] {
        ["-f", "lavfi", "-i", "sine=440:d=\(seconds):r=\(rate)"]
    }

    private static let picture = ["-f", "lavfi", "-i", "color=c=black:s=64x64:r=10", "-shortest"]

    private func probed(_ name: String) throws -> Double {
        // Of the sound, where the container says so: a picture may be longer.
        let fields = ["-select_streams", "a", "-show_entries", "stream=duration:format=duration", "-of", "csv=p=0"]
        let said = try Program.run("ffprobe", ["-v", "error"] + fields + [folder.file(name)])
        return try #require(said.text.split(whereSeparator: \.isNewline).lazy.compactMap { Double($0) }.first)
    }

    /// A file that ffmpeg makes, and how long one packet of it lasts.
    struct Sample: Sendable, CustomTestStringConvertible {
        let name: String
        let options: String
        let packet: Double
        var testDescription: String { "\(name) \(options)" }
    }

    /// Durations agree with ffprobe within one packet.
    @Test(arguments: [
        Sample(name: "a.mp4", options: "-c:a aac", packet: 0.0233),
        Sample(name: "a.m4a", options: "-c:a aac -ac 2", packet: 0.0233),
        Sample(name: "a.mp3", options: "-c:a libmp3lame", packet: 0.0262),
        Sample(name: "a.webm", options: "-c:a libopus", packet: 0.02),
        Sample(name: "a.flac", options: "-ac 6", packet: 0.1045),
        Sample(name: "a.mkv", options: "-c:a libvorbis -ac 2", packet: 0.0465),
        Sample(name: "a.ogg", options: "-c:a libvorbis -ac 2", packet: 0.0465),
        Sample(name: "a.wav", options: "-c:a adpcm_ms", packet: 0.0465),
        Sample(name: "a.wav", options: "-c:a pcm_u8 -ar 6000", packet: 0.1707),
    ])
    func `what other programs wrote`(_ sample: Sample) async throws {
        let (name, packet) = (sample.name, sample.packet)
        let options = sample.options.split(separator: " ").map(String.init)
        let hasPicture = name == "a.mp4"
        let file = try make(name, Self.tone(5.5) + (hasPicture ? Self.picture : []) + options)
        #expect(try SourceEncoder.kind(of: file) == .media)
        let decoder = try await MediaDecoder()
        let facts = try decoder.facts(of: file)
        var (count, loudest) = (0, Float(0))
        let (samples, complaint) = try decoder.decode(file, as: facts) { block in
            count += block.count
            loudest = max(loudest, block.max() ?? 0)
        }
        let expected = try probed(name)
        let seconds = Double(samples) / Double(facts.sampleRate)
        #expect(abs(seconds - 5.5) <= packet, "\(seconds)")
        // ffprobe counts what an encoder of MP3 puts in front and behind, which is no sound and is left out.
        #expect(abs(seconds - expected) <= packet * (name == "a.mp3" ? 2 : 1), "\(seconds) for \(expected)")
        #expect(
            count == samples * facts.channels && loudest > 0.05 && loudest <= 1 && complaint.isEmpty,
            "\(complaint)"
        )
        #expect(facts.channels == (options.contains("-ac") ? 2 : 1))
    }

    /// Its index is at its end, so that it has to be read from both.
    @Test func `three hours of video`() async throws {
        let options = ["-c:a", "aac", "-b:a", "12k", "-c:v", "libx264", "-preset", "ultrafast"]
        let sound = ["-f", "lavfi", "-i", "sine=440:d=5400:r=8000,apad=whole_dur=10800"]
        let picture = ["-f", "lavfi", "-i", "color=c=black:s=16x16:r=1:d=10800"]
        let file = try make("long.mp4", sound + picture + options)
        let decoder = try await MediaDecoder()
        let facts = try decoder.facts(of: file)
        let (samples, _) = try decoder.decode(file, as: facts) { _ in }
        let expected = try probed("long.mp4")
        #expect(expected > 10_799 && abs(Double(samples) / Double(facts.sampleRate) - expected) <= 1024 / 8_000)
    }

    @Test func `sound that begins late is heard when it was`() async throws {
        let late = ["-itsoffset", "2"] + Self.tone(3)
        let file = try make("late.mkv", late + ["-f", "lavfi", "-i", "color=c=black:s=64x64:r=10:d=5", "-c:a", "flac"])
        let decoder = try await MediaDecoder()
        let facts = try decoder.facts(of: file)
        var first: Int?
        var place = 0
        _ = try decoder.decode(file, as: facts) { block in
            if first == nil, let loud = block.firstIndex(where: { abs($0) > 0.01 }) { first = place + loud }
            place += block.count
        }
        let began = Double(try #require(first)) / Double(facts.sampleRate)
        #expect(abs(began - 2) < 0.05, "\(began)")
    }

    @Test func `two tracks are not one recording`() async throws {
        let file = try make("two.mka", Self.tone(1) + Self.tone(1) + ["-map", "0:a", "-map", "1:a", "-c:a", "flac"])
        let silent = try make("silent.mp4", ["-f", "lavfi", "-i", "color=c=black:s=64x64:r=10:d=1"])
        let decoder = try await MediaDecoder()
        for (file, word) in [(file, "2 tracks"), (silent, "no sound")] {
            let error = #expect(throws: ArchiveError.self) { try decoder.facts(of: file) }
            #expect(error?.code == .badRecording && error?.message.contains(word) == true)
        }
    }

    /// Only what a writer counted can be missed.
    @Test func `a duration that is a guess is no promise`() async throws {
        let decoder = try await MediaDecoder()
        let raw = try make("raw.aac", Self.tone(5) + ["-c:a", "aac"])
        let contained = try make("contained.m4a", Self.tone(5) + ["-c:a", "aac"])
        #expect(try decoder.facts(of: contained).isCounted && !decoder.facts(of: raw).isCounted)
    }

    /// A playlist in the place of a video would have ffmpeg read what it names.
    @Test(arguments: [
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:5,\nSECRET\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile 'SECRET'\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
    ])
    func `a playlist reaches nothing`(_ text: String) async throws {
        _ = try make("secret.wav", Self.tone(5))
        let playlist = text.replacing("SECRET", with: folder.file("secret.wav"))
        try Data(playlist.utf8).write(to: URL(filePath: folder.file("meeting.mp4")))
        let file = try root.open("meeting.mp4")
        let decoder = try await MediaDecoder()
        #expect(throws: ArchiveError.self) { try decoder.facts(of: file) }
        let facts = MediaDecoder.Facts(sampleRate: 8_000, channels: 1, duration: nil)
        let error = #expect(throws: ArchiveError.self) { try decoder.decode(file, as: facts) { _ in } }
        #expect(error?.code == .badRecording)
    }

    @Test func `a program that is not there is named`() async throws {
        await #expect { try await MediaDecoder(path: "/nonexistent") } throws: { error in
            let error = error as? ArchiveError
            return error?.code == .configuration && error?.message.hasPrefix("ffmpeg is not there") == true
        }
    }

    /// One that never ends is ended, and so is what it started.
    @Test func `time is bounded`() async throws {
        let script = "#!/bin/sh\nexec sleep 600\n"
        for name in ["ffmpeg", "ffprobe"] {
            try Data(script.utf8).write(to: URL(filePath: folder.file(name)))
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.file(name))
        }
        let file = try make("a.mp3", Self.tone(1))
        var limits = MediaDecoder.Limits()
        limits.seconds = 0.5
        let decoder = try await MediaDecoder(program: folder.file("ffmpeg"), limits: limits)
        let facts = MediaDecoder.Facts(sampleRate: 8_000, channels: 1, duration: 0.5)
        let error = #expect(throws: ArchiveError.self) { try decoder.decode(file, as: facts) { _ in } }
        #expect(error?.message.contains("stopped after 1 s") == true, "\(String(describing: error))")
    }

    @Test func `who takes the samples can stop it`() async throws {
        struct Enough: Error {}
        let file = try make("a.mp3", Self.tone(600))
        let decoder = try await MediaDecoder()
        let facts = try decoder.facts(of: file)
        #expect(throws: Enough.self) { try decoder.decode(file, as: facts) { _ in throw Enough() } }
    }

    @Test func `what is ours to read is known by its bytes`() throws {
        #expect(try SourceEncoder.kind(of: make("x.opus", Self.tone(1) + ["-c:a", "libopus"])) == .opus)
        #expect(try SourceEncoder.kind(of: make("x.wav", Self.tone(1))) == .wave)
        #expect(try SourceEncoder.kind(of: make("six.wav", Self.tone(1) + ["-ac", "6"])) == .media)
        try Data("age-encryption.org/v1\n".utf8).write(to: URL(filePath: folder.file("sealed.opus")))
        try Data().write(to: URL(filePath: folder.file("empty.wav")))
        for name in ["sealed.opus", "empty.wav"] {
            #expect(throws: ArchiveError.self) { try SourceEncoder.kind(of: root.open(name)) }
        }
    }
}
