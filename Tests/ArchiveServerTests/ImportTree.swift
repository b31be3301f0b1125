import Foundation
import TestSupport
import Testing

/// A folder as an institution has it that leaves other services, made by the real ffmpeg.
struct ImportTree {
    private static let meeting = "7b647dc3d3dfaa5262e4a01b8828639bb1d6c5c8-1684351990846"

    private let folder: URL
    /// Where it is.
    var path: String { folder.path }

    init(_ folder: URL) throws {
        self.folder = folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func place(_ name: String) throws -> String {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        return file.path
    }

    private func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: try place(name)))
    }

    /// A tone, with a picture where it is a video.
    func tone(_ name: String, frequency: Int, seconds: Int) throws {
        var arguments = ["-v", "error", "-f", "lavfi", "-i", "sine=\(frequency):d=\(seconds):r=48000"]
        if name.hasSuffix("mp4") {
            arguments += [
                "-f", "lavfi", "-i", "color=c=black:s=64x64:r=5:d=\(seconds)", "-c:v", "libx264", "-c:a", "aac",
            ]
        }
        if name.hasSuffix("webm") || name.hasSuffix("opus") { arguments += ["-c:a", "libopus"] }
        if name.hasSuffix("opus") { arguments += ["-f", "ogg"] }
        let made = try Program.run("ffmpeg", arguments + ["file:\(try place(name))"])
        try #require(made.status == 0, "\(made.errorText)")
    }

    /// A long WAV of silence at 48 kHz, mostly a hole; its path, without links.
    func silence(_ name: String, seconds: Int) throws -> String {
        func word(_ value: Int, _ bytes: Int) -> [UInt8] {
            (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let length = seconds * 96_000
        var header =
            Array("RIFF".utf8) + word(36 + length, 4) + Array("WAVEfmt ".utf8) + word(16, 4) + word(1, 2) + word(1, 2)
        header += word(48_000, 4) + word(96_000, 4) + word(2, 2) + word(16, 2) + Array("data".utf8) + word(length, 4)
        let path = try place(name)
        try Data(header).write(to: URL(filePath: path))
        #expect(truncate(path, off_t(header.count + length)) == 0)
        return URL(filePath: path).resolvingSymlinksInPath().path
    }

    /// How many recordings ``makeEverything()`` is good for.
    let good = 9
    /// And how many things in it are broken.
    let broken = 5
    /// What they are called.
    let titles: Set<String> = [
        "Rapat Kabinet", "Rapat Anggaran", "RapatKerja", "test-polling", "pidato baru", "..titik", "é ünï", "satu",
    ]
    /// The Ogg Opus in it.
    var original: URL { folder.appending(path: "bbb/\(Self.meeting)/audio/\(Self.meeting)-4356226259.opus") }

    /// One tree in each of the layouts that are known, with broken members among good ones.
    func makeEverything() throws {
        let samples = try #require(SharedData.folder("samples/transcripts"))
        let local = "zoom/2020-04-15 09.30.12 Rapat Kabinet 81234567890"
        try tone("\(local)/audio_only.m4a", frequency: 400, seconds: 3)
        try tone("\(local)/zoom_0.mp4", frequency: 400, seconds: 3)
        try tone("\(local)/Audio Record/audioBudiSantoso1812345678.m4a", frequency: 410, seconds: 3)
        try write("\(local)/chat.txt", "09:31:00 From Budi : halo\n")
        try tone("awan/GMT20200416-023012_Recording.m4a", frequency: 420, seconds: 13)
        try tone("awan/GMT20200416-023012_Recording_1920x1080.mp4", frequency: 420, seconds: 13)
        try write(
            "awan/GMT20200416-023012_Recording.transcript.vtt",
            String(contentsOf: samples.appending(path: "zoom/made_cloud.transcript.vtt"), encoding: .utf8)
        )
        try write(
            "awan/participants_81234567890.csv",
            "Meeting ID,Topic\n81234567890,Rapat Anggaran\n\nName (Original Name),User Email\n\"Sari, W.\",s@example.org\n"
        )
        try tone("jitsi/abc/rapatkerja_2020-04-15-09-30-12.mp4", frequency: 430, seconds: 3)
        try write(
            "jitsi/abc/metadata.json",
            #"{"meeting_url":"https://meet.example.org/RapatKerja","participants":[{"user":{"name":"Budi"}}]}"#
        )
        try tone("bbb/\(Self.meeting)/audio/\(Self.meeting)-4356226259.opus", frequency: 440, seconds: 100)
        try write(
            "bbb/\(Self.meeting)/events.xml",
            String(contentsOf: samples.appending(path: "bbb/new-events-2_5.xml"), encoding: .utf8)
        )
        try tone("lain lain/pidato\nbaru.wav", frequency: 450, seconds: 2)
        try tone("lain lain/..titik.webm", frequency: 460, seconds: 2)
        try tone("lain lain/é ünï.mp3", frequency: 470, seconds: 2)
        try tone("satu.opus", frequency: 480, seconds: 2)
        try FileManager.default.copyItem(atPath: place("satu.opus"), toPath: place("lain lain/satu.opus"))
        try write("catatan.txt", "bukan rekaman")

        try write("kosong.wav", "")
        try write("rusak.mp4", "bukan video")
        try Data(contentsOf: URL(filePath: try place("\(local)/zoom_0.mp4"))).prefix(9_000)
            .write(to: URL(filePath: try place("potong.mp4")))
        try write("bbb/lain/events.xml", "<recording><event")
        try FileManager.default.createSymbolicLink(atPath: try place("luar.wav"), withDestinationPath: "/etc/passwd")
    }
}
