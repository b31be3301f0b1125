public import ArchiveCore
import Foundation
import Synchronization

/// Looks into streams for another process: `risalahd ingest`. It reads no file and no configuration, and has no keys but
/// those of the streams that it is looking into.
public struct InspectionService: Sendable {
    /// One stream more is refused.
    private static let streamLimit = 20_000
    private static let stackSize = 512 << 10

    private let listener: LocalSocket
    private let user: UInt32
    private let streams = Count()

    /// Listens at `path` for processes of `user`.
    ///
    /// - Throws: `conflict` where somebody listens there already.
    public init(path: String, serving user: UInt32) throws(ArchiveError) {
        listener = try LocalSocket.listen(at: path)
        self.user = user
    }

    /// Serves until it is ended from outside.
    public func run() throws(ArchiveError) -> Never {
        while true {
            let socket = try listener.accept()
            guard (try? socket.peer()) == user, streams.enter(upTo: Self.streamLimit) else { continue }
            // A thread for each: what it does blocks, and most of them wait for a recorder.
            let thread = Thread { [streams] in
                Self.serve(socket)
                streams.leave()
            }
            thread.stackSize = Self.stackSize
            thread.start()
        }
    }

    private static func serve(_ socket: LocalSocket) {
        do {
            try inspect(socket)
        } catch {
            // Where even that cannot be said, the other side knows it by the end of the socket.
            try? socket.send(.failure, json: InspectionFrame.Failure(error))
        }
    }

    private static func inspect(_ socket: LocalSocket) throws {
        guard let first = try socket.receive() else { return }
        guard first.kind == .order else { throw ArchiveError(.unexpected, "an order was expected") }
        let inspector = try Inspector(JSONDecoder().decode(InspectionOrder.self, from: Data(first.contents)))
        try socket.send(.accepted)
        var output: [UInt8] = []
        while let frame = try socket.receive() {
            output.removeAll(keepingCapacity: true)
            switch frame.kind {
            case .bytes:
                try frame.contents.withUnsafeBytes { try inspector.consume($0, into: &output) }
                try socket.send(.output, output)
            case .progress: try socket.send(.seen, json: inspector.progress())
            case .finish:
                let result = try inspector.finish(into: &output)
                try socket.send(.output, output)
                return try socket.send(.result, json: result)
            default: throw ArchiveError(.unexpected, "a frame that only answers have")
            }
        }
    }
}

/// How many there are, from many threads.
private final class Count: Sendable {
    private let value = Mutex(0)

    /// Counts one more, unless there are `limit`.
    func enter(upTo limit: Int) -> Bool {
        value.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    func leave() { value.withLock { $0 -= 1 } }
}
