internal import ArchiveCore
internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOFoundationCompat
internal import NIOHTTP1

extension ArchiveClient {
    /// What went wrong on the side that takes the bytes: that is never a reason to ask for them again.
    private struct SinkFailure: Error { let cause: any Error }

    /// Fetches what `link` of an access names and hands its bytes to `sink`, in order and each once.
    ///
    /// A dropped connection is taken up where it broke, with `Range` and `If-Range` (RFC 9110 §13.1.5, §14.2). Memory
    /// does not depend on the length: the connection is read only as fast as `sink` returns.
    ///
    /// - Returns: how many bytes there were.
    /// - Throws: what `sink` throws; `conflict` where what the link names changed while it was fetched.
    public func fetch(
        _ link: String,
        progress: TransferProgress? = nil,
        into sink: (UnsafeRawBufferPointer) throws -> Void
    ) async throws -> Int64 {
        let url = try server.url(following: link)
        var state = FetchState()
        var interruptions = 0
        while true {
            let before = state.received
            do {
                try await receive(url, state: &state, progress: progress, into: sink)
                return state.received
            } catch let failure as SinkFailure {
                throw failure.cause
            } catch let error as ArchiveError where error.isPassing && !state.changed {
                interruptions = state.received > before ? 1 : interruptions + 1
                // RFC 9110 §13.1.5: without a strong validator a part cannot be told from a part of something else.
                guard state.received == 0 || state.tag != nil else { throw error }
                try await retries.pause(after: interruptions, of: error)
            }
        }
    }

    private struct FetchState {
        var received: Int64 = 0
        var total: Int64?
        var tag: String?
        var changed = false
    }

    private func receive(
        _ url: String,
        state: inout FetchState,
        progress: TransferProgress?,
        into sink: (UnsafeRawBufferPointer) throws -> Void
    ) async throws {
        if let total = state.total, state.received == total { return }
        var request = HTTPClientRequest(.GET, url)
        if state.received > 0, let tag = state.tag {
            request.headers.add(name: "Range", value: "bytes=\(state.received)-")
            request.headers.add(name: "If-Range", value: tag)
        }
        let response = try await transport.send(request)
        try await check(response, state: &state)
        var body = response.body.makeAsyncIterator()
        while let buffer = try await next(&body, url: url) {
            do {
                try buffer.withUnsafeReadableBytes(sink)
            } catch {
                throw SinkFailure(cause: error)
            }
            state.received += Int64(buffer.readableBytes)
            progress?.report(state.received, state.total)
        }
        guard let total = state.total, state.received != total else { return }
        throw ArchiveError(.unreachable, "the archive sent \(state.received) of \(total) bytes")
    }

    private func check(_ response: HTTPClientResponse, state: inout FetchState) async throws {
        switch response.status.code {
        case 200 where state.received == 0:
            state.total = response.headers.first(name: "Content-Length").flatMap { Int64($0) }
            state.tag = response.headers.first(name: "ETag").flatMap { $0.hasPrefix("W/") ? nil : $0 }
        case 206 where state.received > 0:
            // RFC 9110 §14.4: `bytes FIRST-LAST/LENGTH`.
            let range = response.headers.first(name: "Content-Range") ?? ""
            guard range.hasPrefix("bytes \(state.received)-") else {
                throw ArchiveError(.badRange, "asked for bytes from \(state.received), got \(range.debugDescription)")
            }
        case 200:
            state.changed = true
            throw ArchiveError(.conflict, "the recording's file changed while it was fetched", hint: "fetch it again")
        default:
            throw await transport.problem(of: response)
        }
    }

    private func next(
        _ body: inout HTTPClientResponse.Body.AsyncIterator,
        url: String
    ) async throws -> ByteBuffer? {
        do {
            return try await body.next()
        } catch {
            throw Transport.failure(error, reaching: url)
        }
    }
}
