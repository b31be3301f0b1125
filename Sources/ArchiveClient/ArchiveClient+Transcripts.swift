public import Age
public import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOFoundationCompat
internal import NIOHTTP1
public import Transcription

/// Transcripts: asking for them, reading and correcting them.
extension ArchiveClient {
    /// `POST /v1/transcriptions`: asks for transcripts.
    public func askForTranscripts(
        of recordings: [RecordingID],
        language: String?
    ) async throws -> [TranscriptionReport] {
        let body = TranscriptionBody(recordings: recordings, language: language)
        let request = try HTTPClientRequest(.POST, server.url("/v1/transcriptions"), json: body)
        return try await transport.answer(TranscriptionPage.self, to: request, expecting: 201).transcriptions
    }

    /// `GET /v1/transcriptions`: a page of jobs, the newest first.
    public func transcriptions(
        in states: [TranscriptionState],
        limit: Int,
        cursor: String?
    ) async throws -> TranscriptionPage {
        var query = states.map { (name: "state", value: $0.rawValue) }
        query.append((name: "limit", value: String(limit)))
        if let cursor { query.append((name: "cursor", value: cursor)) }
        let request = HTTPClientRequest(.GET, server.url("/v1/transcriptions", query: query))
        return try await transport.answer(TranscriptionPage.self, to: request, expecting: 200)
    }

    /// `GET /v1/transcriptions/{id}`: one job.
    public func transcription(_ id: TranscriptionID) async throws -> TranscriptionReport {
        let request = HTTPClientRequest(.GET, server.url("/v1/transcriptions/\(id)"))
        return try await transport.answer(TranscriptionReport.self, to: request, expecting: 200)
    }

    /// `DELETE /v1/transcriptions/{id}`: takes a job back.
    public func cancel(_ id: TranscriptionID) async throws -> TranscriptionReport {
        let request = HTTPClientRequest(.DELETE, server.url("/v1/transcriptions/\(id)"))
        return try await transport.answer(TranscriptionReport.self, to: request, expecting: 200)
    }

    /// `GET /v1/recordings/{id}/transcripts`: up to `limit` revisions below `revision`, the newest first.
    public func transcripts(
        of recording: RecordingID,
        below revision: Int? = nil,
        limit: Int
    ) async throws -> TranscriptPage {
        var query = [(name: "limit", value: String(limit))]
        if let revision { query.append((name: "before", value: String(revision))) }
        let request = HTTPClientRequest(.GET, server.url("/v1/recordings/\(recording)/transcripts", query: query))
        return try await transport.answer(TranscriptPage.self, to: request, expecting: 200)
    }

    /// `PUT /v1/recordings/{id}/transcript`: keeps the next revision.
    ///
    /// - Parameter base: the newest revision that its author looked at; nil where there was none.
    public func put(
        _ transcript: Transcript,
        of recording: RecordingID,
        after base: Int?
    ) async throws -> TranscriptReport {
        let query = base.map { [(name: "after", value: String($0))] } ?? []
        var request = HTTPClientRequest(.PUT, server.url("/v1/recordings/\(recording)/transcript", query: query))
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(data: try TranscriptFormat.json.write(transcript)))
        return try await transport.answer(TranscriptReport.self, to: request, expecting: 201)
    }

    /// The transcript within an open access, sealed on the way and opened with one of `identities`.
    ///
    /// - Parameter revision: nil for the newest.
    public func transcript(
        _ access: AccessID,
        revision: Int?,
        opening identities: [Identity]
    ) async throws -> Transcript {
        let query = revision.map { "?revision=\($0)" } ?? ""
        var opener = RecordingOpener(identities: identities)
        var json = Data()
        func keep(_ plaintext: UnsafeRawBufferPointer) { json.append(contentsOf: plaintext) }
        _ = try await fetch("/v1/accesses/\(access)/transcript.json.age\(query)") { sealed in
            try opener.update(sealed, into: keep)
        }
        try opener.finish(into: keep)
        return try TranscriptFormat.json.parse(json)
    }
}
