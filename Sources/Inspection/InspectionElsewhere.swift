import ArchiveCore
import Foundation

/// Has streams looked into by a process of another user, which has no keys but those of the streams in flight
/// (DESIGN.md invariant 6).
public struct InspectionElsewhere: InspectionPlace {
    private let path: String
    private let user: UInt32?

    /// The process that listens at `path`.
    ///
    /// - Parameter user: who it has to run as; file keys are shown to nobody else. nil for anybody.
    public init(path: String, user: UInt32?) {
        self.path = path
        self.user = user
    }

    /// See ``InspectionPlace``.
    public func begin(_ order: InspectionOrder) throws -> any StreamInspection {
        let socket = try LocalSocket.connect(to: path, expecting: user)
        let inspection = RemoteInspection(socket)
        try socket.send(.order, json: order)
        _ = try inspection.answer(.accepted)
        return inspection
    }
}

/// One stream that is looked into elsewhere.
private final class RemoteInspection: StreamInspection {
    private let socket: LocalSocket

    init(_ socket: LocalSocket) { self.socket = socket }

    func consume(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) throws {
        var rest = bytes
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.pieceLength))
            try socket.send(.bytes, piece)
            output.append(contentsOf: try answer(.output))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
        }
    }

    private static let pieceLength = 1 << 20

    func finish(into output: inout [UInt8]) throws -> InspectionResult {
        try socket.send(.finish)
        output.append(contentsOf: try answer(.output))
        return try JSONDecoder().decode(InspectionResult.self, from: Data(answer(.result)))
    }

    func progress() throws -> InspectionProgress {
        try socket.send(.progress)
        return try JSONDecoder().decode(InspectionProgress.self, from: Data(answer(.seen)))
    }

    /// What the next frame holds, which has to be of this kind.
    func answer(_ kind: InspectionFrame.Kind) throws -> [UInt8] {
        guard let frame = try socket.receive() else {
            throw ArchiveError(
                .unreachable,
                "the process that looks into streams has ended",
                hint: "see why risalahd ingest ended; senders go on from what is acknowledged"
            )
        }
        if frame.kind == .failure {
            throw try JSONDecoder().decode(InspectionFrame.Failure.self, from: Data(frame.contents)).error
        }
        guard frame.kind == kind else {
            throw ArchiveError(.unexpected, "the process that looks into streams answers something else")
        }
        return frame.contents
    }
}
