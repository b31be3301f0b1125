import ArchiveCore
import ArchiveInterface
import Catalogue
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import Retrieval

/// `/v1/accesses`: list and decide requests, deliver what an access has opened, and close it.
struct AccessRoutes: Sendable {
    /// Bytes read and written at a time.
    private static let step = 256 << 10

    let archive: Archive

    /// Adds the routes below `/v1/accesses`.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on(":id/recording.opus.age", method: .get) { request, context in
            try await self.deliver(.sealed, "application/age", request, context)
        }
        group.on(":id/recording.opus", method: .get) { request, context in
            try await self.deliver(.opened, "audio/ogg", request, context)
        }
        group.on("", method: .get) { request, context in try await self.list(request, context) }
        group.on(":id", method: .get) { _, context in
            let caller = try context.authenticated()
            let request = try await archive.retrieval.request(context.identifier("id"), by: caller)
            var report = try await archive.reports([request], to: caller)[0]
            if request.state == .open, report.principal == caller.principal.id {
                report.receipt = try await archive.receipt(for: request.row.entry)
            }
            return try Response.json(report)
        }
        group.on(":id/approval", method: .post) { _, context in
            let id: AccessID = try context.identifier("id")
            let missing = try await archive.retrieval.approve(id, by: context.authenticated())
            return try Response.json(RequestDecision(id: id, state: missing == 0 ? .open : .pending, missing: missing))
        }
        group.on(":id/refusal", method: .post) { request, context in
            let id: AccessID = try context.identifier("id")
            let body = try await request.json(RefusalBody.self)
            try await archive.retrieval.refuse(id, because: body.reason, by: context.authenticated())
            return try Response.json(RequestDecision(id: id, state: .refused, missing: 0))
        }
        group.on(":id", method: .delete) { _, context in
            try await archive.retrieval.close(context.identifier("id"), by: context.authenticated())
            return Response(status: .noContent)
        }
    }

    private func list(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        let query = try RequestQuery(request)
        let caller = try context.authenticated()
        let page = try await archive.retrieval.requests(
            query.list,
            limit: query.limit,
            cursor: query.cursor,
            by: caller
        )
        return try await Response.json(
            RequestPage(requests: archive.reports(page.requests, to: caller), next: page.next)
        )
    }

    private func deliver(
        _ form: AccessRow.Form,
        _ mediaType: String,
        _ request: Request,
        _ context: ArchiveContext
    ) async throws -> Response {
        let delivery = try await archive.retrieval.deliver(
            context.identifier("id"),
            as: form,
            by: context.authenticated()
        )
        let tag = "\"\(delivery.entityTag)\""
        var headers: HTTPFields = [
            .contentType: mediaType, .acceptRanges: "bytes", .eTag: tag,
            // The same bytes for the same access, and for nobody else.
            .cacheControl: "private, no-store",
        ]
        var range = 0..<delivery.length
        var status = HTTPResponse.Status.ok
        // RFC 9110 §13.1.5: with an If-Range that does not match, the Range is ignored.
        if let text = request.headers[.range], request.headers[.ifRange].map({ $0 == tag }) ?? true {
            switch ByteRange.parse(text, length: delivery.length) {
            case .whole: break
            case .part(let part):
                range = part
                status = .partialContent
                headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(delivery.length)"
            case .unsatisfiable:
                return Response(
                    status: .rangeNotSatisfiable,
                    headers: [.contentRange: "bytes */\(delivery.length)"]
                )
            }
        }
        let bytes = range
        let budget = try await context.channel.pipeline.handler(type: ConnectionGuard.self).map(\.budget).get()
        return Response(
            status: status,
            headers: headers,
            body: ResponseBody(contentLength: bytes.count) { writer in
                var offset = bytes.lowerBound
                while offset < bytes.upperBound {
                    let count = min(Self.step, bytes.upperBound - offset)
                    // After the wait for room, which a slow peer makes long.
                    try await budget.reserve(count)
                    try await delivery.assertAllowed()
                    try await writer.write(Self.read(delivery, at: offset, count))
                    offset += count
                }
                try await writer.finish(nil)
            }
        )
    }

    /// Reads on a thread that may wait for the disk.
    private static func read(_ delivery: Delivery, at offset: Int, _ count: Int) async throws -> ByteBuffer {
        try await NIOThreadPool.singleton.runIfActive {
            var buffer = ByteBufferAllocator().buffer(capacity: count)
            let read = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
                try delivery.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]), at: offset)
            }
            guard read == count else { throw ArchiveError(.storage, "the payload ended early") }
            return buffer
        }
    }
}

/// `Range` of one part, RFC 9110 §14.1.2.
enum ByteRange: Equatable {
    /// No range that is understood: the whole is sent.
    case whole
    /// These bytes.
    case part(Range<Int>)
    /// The resource has none of them.
    case unsatisfiable

    /// Reads the value of a Range header against a resource of `length` bytes.
    static func parse(_ text: String, length: Int) -> ByteRange {
        guard text.hasPrefix("bytes="), !text.contains(",") else { return .whole }
        let bounds = text.dropFirst("bytes=".count).split(
            separator: "-",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        .map { $0.trimmingPrefix(while: \.isWhitespace) }
        guard bounds.count == 2, bounds.allSatisfy({ $0.allSatisfy { ("0"..."9").contains($0) } }) else {
            return .whole
        }
        switch (Int(bounds[0]), Int(bounds[1])) {
        case (let first?, _) where first >= length: return .unsatisfiable
        case (let first?, let last?):
            return last < first ? .whole : .part(first..<(min(last, length - 1) + 1))
        case (let first?, nil): return bounds[1].isEmpty ? .part(first..<length) : .whole
        case (nil, let count?):
            guard bounds[0].isEmpty else { return .whole }
            return count == 0 || length == 0 ? .unsatisfiable : .part(max(0, length - count)..<length)
        case (nil, nil): return .whole
        }
    }
}
