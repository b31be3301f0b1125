public import Age
internal import ArchiveCore
internal import ArchiveInterface
internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOFoundationCompat
internal import NIOHTTP1
public import Transcribing
public import Transcription

/// The jobs of an archive elsewhere, for a machine of role transcriber.
public struct RemoteJobs: JobSource {
    private let client: ArchiveClient
    private let identities: [Identity]

    /// Jobs that `client` takes and whose recordings `identities` open.
    public init(_ client: ArchiveClient, identities: [Identity]) {
        self.client = client
        self.identities = identities
    }

    /// `POST /v1/transcriptions/next`.
    public func next() async throws -> TranscriptionTask? {
        let request = HTTPClientRequest(.POST, client.server.url("/v1/transcriptions/next"))
        let response = try await client.transport.send(request)
        guard response.status != .noContent else { return nil }
        guard response.status == .ok else { throw await client.transport.problem(of: response) }
        let body = try await client.transport.wholeBody(of: response, url: request.url)
        let job = try CanonicalJSON.decode(TakenTranscription.self, from: body)
        return TranscriptionTask(
            id: job.id,
            lease: job.lease.bytes,
            unit: job.unit,
            language: job.language,
            duration: job.duration,
            patience: max(1, job.patience)
        )
    }

    /// `GET /v1/transcriptions/{id}/recording.opus.age`, part by part.
    public func stream(_ task: TranscriptionTask) async throws -> any JobStream {
        RemoteStream(client, request: { try request(.GET, task, "recording.opus.age") }, identities: identities)
    }

    /// `POST /v1/transcriptions/{id}/heartbeat`.
    public func progress(_ task: TranscriptionTask, heard: Double) async throws {
        let request = try request(.POST, task, "heartbeat", json: HeartbeatBody(heard: heard))
        _ = try await client.transport.answer(HeartbeatReport.self, to: request, expecting: 200)
    }

    /// `PUT /v1/transcriptions/{id}/transcript`.
    public func finish(_ task: TranscriptionTask, with transcript: Transcript) async throws {
        var request = try request(.PUT, task, "transcript")
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(data: try TranscriptFormat.json.write(transcript)))
        try await expect(201, of: request)
    }

    /// `POST /v1/transcriptions/{id}/failure`.
    public func fail(
        _ task: TranscriptionTask,
        because problem: String,
        isFinal: Bool,
        counts: Bool
    ) async throws {
        let body = TranscriptionFailureBody(problem: problem, final: isFinal, counts: counts)
        try await expect(204, of: request(.POST, task, "failure", json: body))
    }

    private func request(_ method: HTTPMethod, _ task: TranscriptionTask, _ name: String) throws -> HTTPClientRequest {
        var request = HTTPClientRequest(method, client.server.url("/v1/transcriptions/\(task.id)/\(name)"))
        request.headers.add(name: JobLease.header, value: JobLease(task.lease)?.description ?? "")
        return request
    }

    private func request(
        _ method: HTTPMethod,
        _ task: TranscriptionTask,
        _ name: String,
        json: some Encodable
    ) throws -> HTTPClientRequest {
        var request = try request(method, task, name)
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(data: try CanonicalJSON.encode(json)))
        return request
    }

    private func expect(_ status: UInt, of request: HTTPClientRequest) async throws {
        let response = try await client.transport.send(request)
        guard response.status.code == status else { throw await client.transport.problem(of: response) }
        _ = try await client.transport.wholeBody(of: response, url: request.url)
    }
}

/// Reads a sealed recording in parts of one size and opens it: what waits is never more than a part, however long hearing takes.
private final class RemoteStream: JobStream {
    /// Bytes asked for at a time.
    private static let step = 1 << 20

    private let client: ArchiveClient
    private let request: () throws -> HTTPClientRequest
    private var opener: RecordingOpener
    private var offset = 0
    private var length: Int?
    private var isFinished = false

    init(_ client: ArchiveClient, request: @escaping () throws -> HTTPClientRequest, identities: [Identity]) {
        self.client = client
        self.request = request
        opener = RecordingOpener(identities: identities)
    }

    func next() async throws -> [UInt8]? {
        var plaintext: [UInt8] = []
        func keep(_ bytes: UnsafeRawBufferPointer) { plaintext += bytes }
        while plaintext.isEmpty, !isFinished {
            if let length, offset >= length {
                try opener.finish(into: keep)
                isFinished = true
                continue
            }
            let sealed = try await partInTheEnd()
            try sealed.withUnsafeBytes { try opener.update($0, into: keep) }
            offset += sealed.count
        }
        return plaintext.isEmpty ? nil : plaintext
    }

    /// The next part, after whatever interrupts the connection meanwhile.
    private func partInTheEnd() async throws -> Data {
        var interruptions = 0
        while true {
            do {
                return try await part()
            } catch let error as ArchiveError where error.isPassing {
                interruptions += 1
                try await client.retries.pause(after: interruptions, of: error)
            }
        }
    }

    private func part() async throws -> Data {
        var request = try request()
        request.headers.add(name: "Range", value: "bytes=\(offset)-\(offset + Self.step - 1)")
        let response = try await client.transport.send(request)
        guard response.status.code == 206,
            let total = response.headers.first(name: "Content-Range")?.split(separator: "/").last.flatMap({ Int($0) })
        else {
            throw response.status.code == 206
                ? ArchiveError(.unexpected, "the archive does not say how long the recording is")
                : await client.transport.problem(of: response)
        }
        length = total
        let body = try await client.transport.wholeBody(of: response, url: request.url)
        guard !body.isEmpty else { throw ArchiveError(.unreachable, "the archive sent nothing") }
        return body
    }
}
