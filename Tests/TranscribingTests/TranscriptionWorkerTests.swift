import ArchiveCore
import ArchiveTesting
import Foundation
import OggOpus
import Synchronization
import TestSupport
import Testing
import Transcription

@testable import Transcribing

/// What becomes of a job whatever happens to it: the source and the engine are played by the test, for nothing real can be made to fail so.
@Suite struct TranscriptionWorkerTests {
    /// Gives one job out, of a recording in which somebody speaks or nobody, and notes what comes back.
    private final class Source: JobSource {
        struct Noted {
            var isGiven = false
            var brought: [Transcript] = []
            var failures: [(problem: String, isFinal: Bool, counts: Bool)] = []
            var progress = 0
            var refusals: [ArchiveError] = []
        }

        let noted = Mutex(Noted())
        private let opus: [UInt8]
        private let interruption: ArchiveError?

        /// - Parameter interruption: what `progress` throws.
        init(_ opus: [UInt8], interruption: ArchiveError? = nil, refusals: [ArchiveError] = []) {
            self.opus = opus
            self.interruption = interruption
            noted.withLock { $0.refusals = refusals }
        }

        func next() async throws -> TranscriptionTask? {
            guard
                noted.withLock({ noted in
                    defer { noted.isGiven = true }
                    return !noted.isGiven
                })
            else { return nil }
            return TranscriptionTask(
                id: TranscriptionID(),
                lease: Data(count: 16),
                unit: "umum",
                language: nil,
                duration: 4,
                patience: 60
            )
        }

        func stream(_ task: TranscriptionTask) async throws -> any JobStream { Stream(opus) }

        func progress(_ task: TranscriptionTask, heard: Double) async throws {
            noted.withLock { $0.progress += 1 }
            if let interruption { throw interruption }
        }

        func finish(_ task: TranscriptionTask, with transcript: Transcript) async throws {
            let refusal = noted.withLock { $0.refusals.popLast() }
            if let refusal { throw refusal }
            noted.withLock { $0.brought.append(transcript) }
        }

        func fail(_ task: TranscriptionTask, because problem: String, isFinal: Bool, counts: Bool) async throws {
            noted.withLock { $0.failures.append((problem, isFinal, counts)) }
        }
    }

    /// Bytes in pieces of odd sizes.
    private final class Stream: JobStream {
        private var rest: ArraySlice<UInt8>
        init(_ bytes: [UInt8]) { rest = bytes[...] }
        func next() async throws -> [UInt8]? {
            guard !rest.isEmpty else { return nil }
            defer { rest = rest.dropFirst(777) }
            return Array(rest.prefix(777))
        }
    }

    private struct Engine: TranscriptionEngine {
        let name = "uji"
        let model: String? = nil
        var answer: @Sendable (SpeechPiece, String?) async throws -> EngineAnswer = { piece, language in
            EngineAnswer(
                language: language,
                segments: [HeardSegment(start: -1, end: piece.duration + 9, text: "didengar")]
            )
        }

        func transcribe(_ piece: SpeechPiece, language: String?) async throws -> EngineAnswer {
            try await answer(piece, language)
        }
    }

    /// Somebody who says something, as Ogg Opus.
    private static let speech = Result {
        let samples = try Speech.synthesize("the committee has approved the budget")
        let encoder = try Encoder(configuration: .init(bitrate: 32_000))
        // Three samples of 48 kHz for each of 16 kHz.
        let wide = samples.flatMap { [Float](repeating: Float($0) / 32_768, count: 3) }
        return try wide.withUnsafeBufferPointer { try encoder.encode($0) } + encoder.finish()
    }

    /// - Parameter passes: which pauses are over at once; the others last until the work is over.
    private func work(
        _ source: Source,
        _ engine: Engine = Engine(),
        languages: SpokenLanguages = .init(),
        passes: @escaping @Sendable (Double) -> Bool = { _ in false }
    ) async throws -> TranscriptionWorker.Outcome? {
        try await TranscriptionWorker(source, engine: engine, languages: languages) { seconds in
            if !passes(seconds) { try await Self.untilCancelled() }
        }.workOnce()
    }

    /// Goes on until its task is cancelled, and no longer.
    private static func untilCancelled() async throws {
        let (silence, end) = AsyncStream.makeStream(of: Void.self)
        for await _ in silence {}
        end.finish()
        throw CancellationError()
    }

    @Test func `what is heard is brought, held to what was given`() async throws {
        let source = Source(try Self.speech.get())
        guard case .done(_, let count)? = try await work(source, languages: .init(units: ["umum": "id-ID"])) else {
            Issue.record("it is not done")
            return
        }
        let brought = try #require(source.noted.withLock { $0.brought.first })
        #expect(count == brought.segments.count && count >= 1)
        #expect(brought.language == "id-ID" && brought.engine == "uji")
        #expect(brought.segments.allSatisfy { $0.start.seconds >= 0 && $0.end.seconds <= 4.1 })
        #expect(try await work(source) == nil)
    }

    @Test func `where nobody speaks no engine is asked`() async throws {
        let encoder = try Encoder(configuration: .init(bitrate: 32_000))
        let silence = [Float](repeating: 0, count: 96_000)
        let source = Source(try silence.withUnsafeBufferPointer { try encoder.encode($0) } + encoder.finish())
        let engine = Engine { _, _ in throw ArchiveError(.unexpected, "it was asked") }
        guard case .done(_, 0)? = try await work(source, engine) else {
            Issue.record("it is not done")
            return
        }
        #expect(source.noted.withLock { $0.brought.first?.segments.isEmpty } == true)
    }

    @Test func `a job that is lost in the middle is let go`() async throws {
        let source = Source(try Self.speech.get(), interruption: ArchiveError(.gone, "another has it"))
        let engine = Engine { _, _ in
            try await Self.untilCancelled()
            throw ArchiveError(.unexpected, "nobody stopped it")
        }
        guard case .lost? = try await work(source, engine, passes: { _ in true }) else {
            Issue.record("it is not lost")
            return
        }
        #expect(source.noted.withLock { $0.brought.isEmpty && $0.failures.isEmpty })
    }

    /// Three signs of four may be lost; one that arrives begins anew.
    @Test func `a line that is down for longer than the source's patience ends it`() async throws {
        let source = Source(try Self.speech.get(), interruption: ArchiveError(.unreachable, "the line is down"))
        let engine = Engine { _, _ in
            try await Self.untilCancelled()
            throw ArchiveError(.unexpected, "nobody stopped it")
        }
        guard case .failed(_, let error)? = try await work(source, engine, passes: { $0 == 15 }) else {
            Issue.record("it has not failed")
            return
        }
        #expect(error.code == .unreachable && source.noted.withLock { $0.progress } == 4)
        #expect(source.noted.withLock { $0.failures.first?.isFinal } == false)
    }

    @Test(arguments: [ArchiveError.Code.unreachable, .exhausted, .inputOutput])
    func `what was heard arrives although it could not at first`(_ code: ArchiveError.Code) async throws {
        let source = Source(try Self.speech.get(), refusals: [ArchiveError(code, "not now")])
        guard case .done? = try await work(source, passes: { $0 == 1 }) else {
            Issue.record("it is not done")
            return
        }
        #expect(source.noted.withLock { $0.brought.count } == 1)
    }

    @Test(arguments: [
        (EngineFailure.failed(program: "x", status: 3, complaint: "kata rahasia"), "engine-failed", false, true),
        (.unknownLanguage(program: "x", language: "jv"), "language-unknown", true, true),
        (.missing(program: "x", hint: ""), "engine-missing", false, false),
    ])
    func `what an engine cannot do is given back`(
        _ failure: EngineFailure,
        _ code: String,
        _ isFinal: Bool,
        _ counts: Bool
    ) async throws {
        let source = Source(try Self.speech.get())
        let engine = Engine { _, _ in throw failure }
        do {
            guard case .failed(_, let error)? = try await work(source, engine) else {
                Issue.record("it has not failed")
                return
            }
            #expect(counts && !error.description.contains("rahasia"))
        } catch is EngineFailure {
            #expect(!counts)
        }
        let failures = source.noted.withLock { $0.failures }
        #expect(failures.count == 1)
        #expect(
            failures.first?.problem == code && failures.first?.isFinal == isFinal && failures.first?.counts == counts
        )
    }

    @Test func `a recording that is none is no use trying again`() async throws {
        let source = Source(Array("this is no Ogg".utf8))
        guard case .failed? = try await work(source) else {
            Issue.record("it has not failed")
            return
        }
        #expect(source.noted.withLock { $0.failures.first?.isFinal } == true)
    }

    @Test func `one that is stopped gives the job back at once, and it was no attempt`() async throws {
        let source = Source(try Self.speech.get())
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let engine = Engine { _, _ in
            begin.finish()
            try await Self.untilCancelled()
            throw ArchiveError(.unexpected, "nobody stopped it")
        }
        let task = Task { try await work(source, engine) }
        for await _ in begun {}
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        let failures = source.noted.withLock { $0.failures }
        #expect(failures.count == 1 && failures.first?.problem == "stopped" && failures.first?.counts == false)
    }
}
