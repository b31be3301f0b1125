import HTTPTypes
import Hummingbird
import NIOCore
import NIOFoundationCompat
import NIOSSL

/// The peer went away in the middle of a body.
struct BrokenConnection: Error {}

/// A request's body that tells a whole one from one whose connection broke: Hummingbird ends both alike.
struct ReceivedBody: AsyncSequence, Sendable {
    typealias Element = ByteBufferView

    private let body: RequestBody
    private let channel: any Channel
    private let announced: Int?

    /// The body of `request`.
    init(_ request: Request, _ context: ArchiveContext) {
        body = request.body
        channel = context.channel
        announced = request.headers[.contentLength].flatMap(Int.init)
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var base: RequestBody.AsyncIterator
        fileprivate let channel: any Channel
        fileprivate let announced: Int?
        fileprivate var received = 0

        mutating func next() async throws -> ByteBufferView? {
            guard let buffer = try await nextBuffer() else {
                // A chunked body has no length: there an end without its last chunk has closed the connection.
                guard announced.map({ $0 == received }) ?? channel.isActive else { throw BrokenConnection() }
                return nil
            }
            received += buffer.readableBytes
            return buffer.readableBytesView
        }

        private mutating func nextBuffer() async throws -> ByteBuffer? {
            do {
                return try await base.next()
            } catch is NIOSSLError {
                // A peer that is gone does not say goodbye in TLS either: nothing that is wrong in the archive.
                throw BrokenConnection()
            } catch is ChannelError {
                throw BrokenConnection()
            } catch is IOError {
                throw BrokenConnection()
            }
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: body.makeAsyncIterator(), channel: channel, announced: announced)
    }
}
