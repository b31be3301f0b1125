public import Foundation
public import TransparencyLog

/// Where a log can be read: an archive, a folder that it was exported to, or anything else that serves C2SP tlog-tiles.
///
/// Nothing that it says is believed before it was checked.
public protocol LogSource: Sendable {
    /// The newest checkpoint, a signed note, as it came.
    func checkpoint() async throws -> Data
    /// The bundle of entries at the place of this tile of level 0, as wide as that says.
    ///
    /// - Throws: `not-found` where the source does not have it.
    func bundle(_ tile: Tile) async throws -> Data
    /// The hashes of this tile.
    ///
    /// - Throws: `not-found` where the source does not have it.
    func tile(_ tile: Tile) async throws -> Data
}
