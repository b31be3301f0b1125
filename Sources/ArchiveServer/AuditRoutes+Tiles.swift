import ArchiveCore
import ArchiveInterface
import AuditLog
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization
import TransparencyLog

/// Tiles, bundles and proofs (C2SP tlog-tiles, tlog-proof; RFC 6962 §2.1.2).
extension AuditRoutes {
    /// Adds their routes.
    func addTiles(to group: RouterGroup<ArchiveContext>) {
        group.on("tile/**", method: .get) { _, context in
            try await self.authorize(context, "audit.read", details: ["what": "tiles"], once: self.tileReaders)
            let path = "tile/" + context.parameters.getCatchAll().joined(separator: "/")
            guard let bytes = try await archive.log.file(path) else { throw ArchiveError.notFound }
            return Response(
                status: .ok,
                // Whatever a path has once answered, it answers for ever.
                headers: [
                    .contentType: "application/octet-stream", .cacheControl: "private, max-age=31536000, immutable",
                ],
                body: .init(byteBuffer: ByteBuffer(bytes: bytes))
            )
        }
        group.on("origins", method: .get) { _, context in
            try await self.authorize(context, "audit.read", details: ["what": "origins"])
            return try await Response.json(LogOriginList(origins: archive.log.origins().map(Archive.report)))
        }
        group.on("proof", method: .get) { request, context in
            let numbers = try Self.numbers(["seq"], of: request)
            try await self.authorize(context, "audit.prove", details: ["seq": String(numbers[0])])
            guard let proof = try await archive.log.proof(of: numbers[0]) else { throw ArchiveError.notFound }
            return Self.text(proof.text)
        }
        group.on("consistency", method: .get) { request, context in
            let numbers = try Self.numbers(["from", "to"], of: request)
            try await self.authorize(
                context,
                "audit.prove",
                details: ["from": String(numbers[0]), "to": String(numbers[1])]
            )
            let proof = try await archive.log.consistencyProof(from: numbers[0], to: numbers[1])
            return try Response.json(
                ConsistencyReport(from: proof.oldSize, to: proof.newSize, hashes: proof.hashes.map(\.description))
            )
        }
    }

    private static func numbers(_ names: [String], of request: Request) throws -> [Int] {
        var found: [String: Int] = [:]
        for (name, value) in try request.queryItems() {
            guard names.contains(name) else {
                throw ArchiveError(.badRequest, "there is no parameter \(name.prefix(40).debugDescription)")
            }
            found[name] = try RecordingRoutes.number(name, value)
        }
        return try names.map { name in
            guard let number = found[name] else { throw ArchiveError(.badRequest, "\(name) is missing") }
            return number
        }
    }
}

/// Who has read tiles lately: reading a log is a request a tile, and one entry, not one each, which would grow the log by what
/// is read of it.
final class TileReaders: Sendable {
    /// Seconds for which one entry counts.
    private static let interval: TimeInterval = 600

    private let seen = Mutex<[PrincipalID: Date]>([:])

    /// Whether `reader` had an entry of it within the interval; else it counts as having one from `now` on.
    func knows(_ reader: PrincipalID, at now: Date) -> Bool {
        seen.withLock { seen in
            seen = seen.filter { (0..<Self.interval).contains(now.timeIntervalSince($0.value)) }
            if seen[reader] != nil { return true }
            seen[reader] = now
            return false
        }
    }

    /// The entry of `reader` could not be made: the next request tries again.
    func forget(_ reader: PrincipalID) { seen.withLock { $0[reader] = nil } }
}
