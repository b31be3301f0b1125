import ArchiveCore
import Foundation
import Synchronization
import Testing

/// A folder of one test, gone with its last reference.
final class TestFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "client-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func names(_ sub: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: sub.isEmpty ? path : file(sub)).sorted()
    }

    func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        try Data(Array(bytes)).write(to: URL(filePath: file(name)))
        return file(name)
    }
}

/// Counts from 1.
final class Counter: Sendable {
    private let value = Atomic(0)
    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
    var count: Int { value.load(ordering: .relaxed) }
}

/// The error of `code` that `body` throws, recorded as an issue where it does not.
func expectError(
    _ code: ArchiveError.Code,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async -> ArchiveError? {
    do {
        try await body()
        Issue.record("expected \(code)", sourceLocation: sourceLocation)
    } catch {
        let known = error as? ArchiveError
        #expect(known?.code == code, "\(error)", sourceLocation: sourceLocation)
        return known
    }
    return nil
}

extension FileManager {
    /// The permission bits of what is at `path`.
    func mode(_ path: String) throws -> Int? {
        try (attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
    }
}
