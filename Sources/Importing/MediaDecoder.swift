internal import ArchiveCore
internal import CLinux
internal import Foundation
internal import OggOpus
internal import Synchronization
internal import Transcription

/// Has `ffmpeg` make samples of what we do not read ourselves, where it can do no harm.
///
/// It gets one file, as its stdin that it opens once more, and no name of anything else: only its `file` protocol is on and
/// only containers that refer to no other file, so that a playlist in the place of a video reaches nothing. It runs as
/// engines do: without a network where the kernel lets us take it away, without core dumps, with bounds of memory and time,
/// and gone with all that it started when this process is (EngineConfinement).
public struct MediaDecoder: Sendable {
    /// What it may use for one file.
    public struct Limits: Sendable {
        /// Bytes of memory (RLIMIT_DATA).
        public var memory = 1 << 30
        /// Seconds, besides one for each second of audio.
        public var seconds: Double = 600
        /// How much it stands back before other programs, 0 to 19.
        public var niceness = 5

        /// The defaults.
        public init() {}
    }

    /// Containers that hold what they play. Playlists (HLS, DASH, concat) name other files, and are not among them.
    private static let containers = [
        "aac", "ac3", "aiff", "amr", "asf", "au", "avi", "caf", "eac3", "flac", "flv", "loas", "matroska", "webm",
        "mov", "mp4", "mp3", "mpeg",
        "mpegts", "ogg", "w64", "wav",
    ].joined(separator: ",")
    /// Of these the duration is in the file, as ffprobe names them.
    private static let counting: Set<String> = [
        "aiff", "caf", "flac", "mov,mp4,m4a,3gp,3g2,mj2", "ogg", "w64", "wav",
    ]
    private static let input = ["-protocol_whitelist", "file", "-format_whitelist", containers]
    private static let source = "file:/proc/self/fd/0"

    private let ffmpeg: String
    private let ffprobe: String
    private let confinement: EngineConfinement
    private let limits: Limits

    /// Finds the programs.
    ///
    /// - Parameters:
    ///   - program: the path of ffmpeg, beside which ffprobe lies; nil to look for both on `PATH`.
    ///   - keeper: the path of `risalah-engine`; nil for the one beside the program that runs.
    ///   - path: the `PATH`.
    /// - Throws: `configuration` with what to install.
    public init(
        program: String? = nil,
        keeper: String? = nil,
        path: String = "/usr/local/bin:/usr/bin:/bin",
        limits: Limits = Limits()
    ) async throws {
        func find(_ name: String) throws(ArchiveError) -> String {
            let places =
                program.map { ["\($0.parentFolder)/\(name)"] } ?? path.split(separator: ":").map { "\($0)/\(name)" }
            guard let found = places.first(where: FileManager.default.isExecutableFile) else {
                throw ArchiveError(
                    .configuration,
                    "\(name) is not there, which decodes what is neither Ogg Opus nor WAV",
                    hint: "install it (Debian: apt install ffmpeg), or name ffmpeg by --ffmpeg"
                )
            }
            return found
        }
        ffmpeg = try find(program.map(lastName) ?? "ffmpeg")
        ffprobe = try find("ffprobe")
        confinement = try await EngineConfinement(keeper: keeper)
        self.limits = limits
    }

    /// The sound of a file.
    struct Facts: Equatable {
        /// Hz.
        let sampleRate: Int
        /// 1 or 2: more are mixed to two.
        let channels: Int
        /// Seconds that the container says it has, or that are guessed from its length; nil where nobody knows.
        let duration: Double?
        /// Whether they are what its writer counted, so that fewer are a loss.
        var isCounted = false
    }

    private struct Answer: Decodable {
        struct Stream: Decodable {
            var sample_rate: String?
            var channels: Int?
            var duration: String?
        }
        struct Format: Decodable { var format_name: String }
        var streams: [Stream]?
        var format: Format?
    }

    /// What `file` says of its sound.
    ///
    /// - Throws: `bad-recording` where it has none, or more than one track of it, of which the others would be lost.
    func facts(of file: SourceFile) throws -> Facts {
        let fields = [
            "-show_entries", "stream=sample_rate,channels,duration:format=format_name", "-select_streams", "a", "-of",
            "json",
        ]
        var text = Data()
        let (complaint, status) = try run(
            ffprobe,
            ["-v", "error"] + Self.input + fields + [Self.source],
            over: file,
            seconds: 60
        ) { bytes in
            guard text.count < 1 << 20 else { return }
            text.append(contentsOf: bytes)
        }
        guard status == 0, let answer = try? JSONDecoder().decode(Answer.self, from: text), let streams = answer.streams
        else {
            throw Self.failure(file, complaint)
        }
        guard let stream = streams.first, let rate = stream.sample_rate.flatMap({ Int($0) }), rate > 0,
            let channels = stream.channels, channels > 0
        else { throw ArchiveError(.badRecording, "\(file.name) has no sound") }
        guard streams.count == 1 else {
            throw ArchiveError(
                .badRecording,
                "\(file.name) has \(streams.count) tracks of sound, and a recording has one",
                hint: "take each by itself: ffmpeg -i FILE -map 0:a:0 -c copy FIRST.mka"
            )
        }
        return Facts(
            sampleRate: (8_000...192_000).contains(rate) ? rate : 48_000,
            channels: min(channels, 2),
            duration: stream.duration.flatMap { Double($0) }.flatMap { $0.isFinite && $0 > 0 ? $0 : nil },
            // Of MP3 and AAC without a container the length is an estimate.
            isCounted: answer.format.map { Self.counting.contains($0.format_name) } ?? false
        )
    }

    /// Decodes `file`, and hands over the samples as they come, interleaved, from -1 to 1. What its times leave out is
    /// silence, so that what is heard at a time is heard at that time.
    ///
    /// - Parameter facts: what ``facts(of:)`` said.
    /// - Returns: how many samples of each channel came, and what ffmpeg complained of.
    /// - Throws: `bad-recording` where it cannot; what `take` throws.
    func decode(
        _ file: SourceFile,
        as facts: Facts,
        _ take: (UnsafeBufferPointer<Float>) throws -> Void
    ) throws -> (samples: Int, complaint: String) {
        let arguments =
            ["-nostdin", "-v", "error", "-threads", "1"] + Self.input + ["-i", Self.source, "-map", "0:a:0"]
            + ["-af", "aresample=async=1:first_pts=0", "-ac", "\(facts.channels)", "-ar", "\(facts.sampleRate)"]
            + ["-c:a", "pcm_f32le", "-f", "f32le", "pipe:1"]
        var samples = 0
        // A piece may end within a sample.
        var rest: [UInt8] = []
        let (complaint, status) = try run(
            ffmpeg,
            arguments,
            over: file,
            seconds: limits.seconds + (facts.duration ?? 24 * 3_600)
        ) { bytes in
            rest.append(contentsOf: bytes)
            let whole = rest.count / 4
            let values = rest.withUnsafeBytes { bytes in
                (0..<whole).map {
                    Float(
                        bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self))
                    )
                }
            }
            try values.withUnsafeBufferPointer(take)
            samples += whole
            rest.removeFirst(4 * whole)
        }
        guard status == 0 else { throw Self.failure(file, complaint) }
        return (samples / facts.channels, complaint)
    }

    private static func failure(_ file: SourceFile, _ complaint: String) -> ArchiveError {
        let words = complaint.isEmpty ? "ffmpeg does not say why" : complaint
        return ArchiveError(
            .badRecording,
            "\(file.name) is neither Ogg Opus nor WAV, and cannot be decoded: \(words)",
            hint: "ffprobe FILE says what it is",
            offset: 0
        )
    }

    /// Runs `program` over `file` to its end, and hands over what it prints.
    ///
    /// - Returns: the last of what it said on stderr, and how it ended.
    private func run(
        _ program: String,
        _ arguments: [String],
        over file: SourceFile,
        seconds: Double,
        _ take: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> (complaint: String, status: Int32) {
        let (output, errors) = (Pipe(), Pipe())
        let mode = confinement.isWithoutNetwork ? "isolated" : "open"
        let keeping = ["run", "\(limits.memory)", "\(limits.niceness)", "\(getpid())", mode, program]
        let process = try ChildProcess(
            confinement.keeper,
            keeping + arguments,
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"],
            folder: "/",
            input: .file(FileHandle(fileDescriptor: file.descriptor, closeOnDealloc: false)),
            output: .pipe(output),
            errors: .pipe(errors)
        )
        let complaint = Complaint(errors)
        // The keeper ends all of it, and itself.
        let watchdog = DispatchWorkItem { process.send(signal: SIGTERM) }
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: watchdog)
        defer { watchdog.cancel() }
        let began = ContinuousClock.now
        do {
            var buffer = [UInt8](repeating: 0, count: 1 << 18)
            while true {
                try Task.checkCancellation()
                let count = read(output.fileHandleForReading.fileDescriptor, &buffer, buffer.count)
                if count == 0 { break }
                guard count > 0 else {
                    if errno == EINTR { continue }
                    throw ArchiveError(.unexpected, "read from \(program): \(String(cString: strerror(errno)))")
                }
                try buffer.withUnsafeBytes { try take(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            }
        } catch {
            process.send(signal: SIGTERM)
            process.waitUntilExit()
            throw error
        }
        let status = process.waitUntilExit().status
        let said = complaint.text.replacing(Self.source, with: file.name)
        guard status != LINUX_NOT_CONFINED else {
            throw ArchiveError(.configuration, "\(program) cannot be confined: \(said)")
        }
        guard ContinuousClock.now - began < .seconds(seconds) else {
            throw ArchiveError(.badRecording, "\(file.name): \(lastName(program)) was stopped after \(Int(seconds)) s")
        }
        return (said, status)
    }
}

/// The last of what a program says on stderr, read on a thread of its own so that it never waits for us.
private final class Complaint: Sendable {
    private static let longest = 1_000
    private let done = DispatchGroup()
    private let kept = Mutex<[UInt8]>([])

    init(_ pipe: Pipe) {
        done.enter()
        Thread.detachNewThread { [self] in
            var buffer = [UInt8](repeating: 0, count: 4_096)
            while true {
                let count = read(pipe.fileHandleForReading.fileDescriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                kept.withLock { kept in
                    kept += buffer[..<count]
                    if kept.count > 2 * Self.longest { kept.removeFirst(kept.count - Self.longest) }
                }
            }
            done.leave()
        }
    }

    /// All that is left of it, once the program is gone.
    var text: String {
        done.wait()
        return String(decoding: kept.withLock { $0.suffix(Self.longest) }, as: UTF8.self)
            .split(whereSeparator: \.isNewline).suffix(3).joined(separator: "; ")
    }
}
