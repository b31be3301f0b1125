import ArchiveCore
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import Retrieval

extension Delivery {
    /// Bytes read and written at a time.
    private static let step = 256 << 10

    /// The answer that delivers it, or the range of it that `request` asks for.
    func response(_ mediaType: String, to request: Request, _ context: ArchiveContext) async throws -> Response {
        let tag = "\"\(entityTag)\""
        var headers: HTTPFields = [
            // RFC 9110 §14.3: what is another each time has no parts that go together.
            .contentType: mediaType, .acceptRanges: isRepeatable ? "bytes" : "none", .eTag: tag,
            // The same bytes for the same access, and for nobody else.
            .cacheControl: "private, no-store",
        ]
        var range = 0..<length
        var status = HTTPResponse.Status.ok
        // RFC 9110 §13.1.5: with an If-Range that does not match, the Range is ignored.
        if isRepeatable, let text = request.headers[.range], request.headers[.ifRange].map({ $0 == tag }) ?? true {
            switch ByteRange.parse(text, length: length) {
            case .whole: break
            case .part(let part):
                range = part
                status = .partialContent
                headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(length)"
            case .unsatisfiable:
                return Response(
                    status: .rangeNotSatisfiable,
                    headers: [.contentRange: "bytes */\(length)"]
                )
            }
        }
        let part = range
        let budget = try await context.channel.pipeline.handler(type: ConnectionGuard.self).map(\.budget).get()
        return Response(
            status: status,
            headers: headers,
            body: ResponseBody(contentLength: part.count) { writer in
                var offset = part.lowerBound
                while offset < part.upperBound {
                    let count = min(Self.step, part.upperBound - offset)
                    // After the wait for room, which a slow peer makes long.
                    try await budget.reserve(count)
                    try await self.assertAllowed()
                    try await writer.write(self.bytes(at: offset, count))
                    offset += count
                }
                try await writer.finish(nil)
            }
        )
    }

    /// Reads on a thread that may wait for the disk.
    private func bytes(at offset: Int, _ count: Int) async throws -> ByteBuffer {
        try await NIOThreadPool.singleton.runIfActive {
            var buffer = ByteBufferAllocator().buffer(capacity: count)
            let read = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
                try self.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]), at: offset)
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
