public import ArchiveCore
import Synchronization

extension FaultyFileSystem {
    /// Photographs of the folder at `root` before each labelled call that `body` makes, with its label: what a kill at that
    /// moment leaves on the disk.
    ///
    /// - Parameter isWanted: which calls are photographed.
    public func photographs(
        of root: String,
        where isWanted: @escaping @Sendable (FileLabel) -> Bool = { _ in true },
        during body: () async throws -> Void
    ) async throws -> [(label: FileLabel, folder: TemporaryFolder)] {
        let album = Album()
        fail { label, _ in
            if isWanted(label) { album.add(label, Result { try TemporaryFolder(photographing: root) }) }
            return nil
        }
        defer { heal() }
        try await body()
        return try album.pages.map { ($0.label, try $0.result.get()) }
    }
}

/// Keeps what photographs gave, in order.
private final class Album: Sendable {
    typealias Page = (label: FileLabel, result: Result<TemporaryFolder, any Error>)
    private let kept = Mutex<[Page]>([])
    var pages: [Page] { kept.withLock { $0 } }
    func add(_ label: FileLabel, _ result: Result<TemporaryFolder, any Error>) {
        kept.withLock { $0.append((label, result)) }
    }
}
