import Foundation

/// Looks again and again until `condition` holds, and gives up after so many seconds: for what another process does, of
/// which nothing else tells.
///
/// - Throws: ``GaveUpWaiting``, or what `condition` throws.
public func waitUntil(seconds: Double, for what: String, _ condition: () throws -> Bool) throws {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while try !condition() {
        guard Date() < deadline else { throw GaveUpWaiting(what: what) }
        usleep(20_000)
    }
}

/// The same for a `condition` that waits for something itself.
public func waitUntil(seconds: Double, for what: String, _ condition: () async throws -> Bool) async throws {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while try await !condition() {
        guard Date() < deadline else { throw GaveUpWaiting(what: what) }
        try await Task.sleep(for: .milliseconds(20))
    }
}

/// What a test waited for has not come.
public struct GaveUpWaiting: Error, CustomStringConvertible {
    /// What it was.
    public let what: String
    /// That it has not come.
    public var description: String { "gave up waiting for \(what)" }
}
