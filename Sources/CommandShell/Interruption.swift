internal import Dispatch
internal import Glibc
internal import Synchronization

/// Turns SIGINT, SIGTERM and SIGHUP into cancellation, so that every file that is half written is removed by whoever
/// writes it, and the program still ends soon.
package final class Interruption: Sendable {
    /// How long a command may take to clean up; one that waits for stdin never would.
    private static let grace = DispatchTimeInterval.seconds(5)

    private let received = Mutex<Int32?>(nil)
    /// Who gets signals instead; see ``Signals``.
    fileprivate static let handler = Mutex<(@Sendable (Int32) -> Void)?>(nil)

    /// Nothing has come yet.
    package init() {}

    /// The signal that came, if one did.
    package var signal: Int32? { received.withLock { $0 } }

    /// Runs `body` in a task that a signal cancels.
    package func run(_ body: @escaping @Sendable () async -> Int32) async -> Int32 {
        let task = Task { await body() }
        let queue = DispatchQueue(label: "risalah.interruption")
        let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            // The source sees it all the same; the default action would end us at once.
            Glibc.signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { [self] in
                if let handler = Self.handler.withLock({ $0 }) { return handler(number) }
                let isFirst = received.withLock { known in
                    defer { known = known ?? number }
                    return known == nil
                }
                guard isFirst else { return }
                task.cancel()
                queue.asyncAfter(deadline: .now() + Self.grace) { _exit(128 + number) }
            }
            source.resume()
            return source
        }
        let status = await task.value
        for source in sources { source.cancel() }
        return status
    }
}

/// For a command that ends in its own way when it is asked to.
package enum Signals {
    /// Runs `body`; meanwhile `handler` gets every SIGINT, SIGTERM and SIGHUP, one after the other, and they neither
    /// cancel the command nor decide its exit status.
    package static func handled<Value>(
        by handler: @escaping @Sendable (Int32) -> Void,
        _ body: () async throws -> Value
    ) async rethrows -> Value {
        Interruption.handler.withLock { $0 = handler }
        defer { Interruption.handler.withLock { $0 = nil } }
        return try await body()
    }
}
