import ArchiveCore
import Testing

/// Expects that `body` throws an error of `code`.
func expectError(
    _ code: ArchiveError.Code,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async {
    let error = await #expect(throws: ArchiveError.self, sourceLocation: sourceLocation) { try await body() }
    #expect(error?.code == code, sourceLocation: sourceLocation)
}
