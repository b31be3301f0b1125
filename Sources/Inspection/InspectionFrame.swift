import ArchiveCore
import Foundation

/// What the two sides of a ``LocalSocket`` say: one byte that tells what, four of length (big-endian), and the rest.
///
/// The side that asks sends `order` once, then any number of `bytes` and `progress`, then perhaps `finish`, and gets one
/// frame for each: `output` and, after a `finish`, `result` behind it; or `failure`, after which nothing more is taken.
struct InspectionFrame {
    enum Kind: UInt8 {
        case order = 1
        case bytes
        case progress
        case finish
        case accepted
        case output
        case seen
        case result
        case failure
    }

    /// The longest frame that is believed: several times a piece of a stream, sealed again, and any result.
    static let limit = 8 << 20

    let kind: Kind
    let contents: [UInt8]

    /// An error, as it goes over the socket.
    struct Failure: Codable {
        var code: ArchiveError.Code
        var message: String
        var hint: String?
        var offset: Int64?

        init(_ error: any Error) {
            let error = error as? ArchiveError ?? ArchiveError(.unexpected, "\(error)")
            code = error.code
            message = error.message
            hint = error.hint
            offset = error.offset
        }

        var error: ArchiveError { ArchiveError(code, message, hint: hint, offset: offset) }
    }
}

extension LocalSocket {
    /// Sends one frame.
    func send(_ kind: InspectionFrame.Kind, _ contents: UnsafeRawBufferPointer) throws(ArchiveError) {
        var head: [UInt8] = [kind.rawValue]
        withUnsafeBytes(of: UInt32(contents.count).bigEndian) { head.append(contentsOf: $0) }
        try write(head)
        try write(contents)
    }

    /// Sends one frame with bytes.
    func send(_ kind: InspectionFrame.Kind, _ contents: [UInt8] = []) throws(ArchiveError) {
        let sent = contents.withUnsafeBytes { contents in
            Result { () throws(ArchiveError) in try send(kind, contents) }
        }
        try sent.get()
    }

    /// Sends one frame with a value as JSON.
    func send(_ kind: InspectionFrame.Kind, json value: some Encodable) throws {
        try send(kind, Array(JSONEncoder().encode(value)))
    }

    /// The next frame; nil where the other side has ended between two of them.
    func receive() throws -> InspectionFrame? {
        guard let head = try read(5) else { return nil }
        let length = head[1...].reduce(0) { $0 << 8 | Int($1) }
        guard let kind = InspectionFrame.Kind(rawValue: head[0]), length <= InspectionFrame.limit else {
            throw ArchiveError(.unexpected, "a frame on the inspection socket that nobody sends")
        }
        guard let contents = length == 0 ? [] : try read(length) else {
            throw ArchiveError(.unreachable, "the other side of the inspection socket ended within a frame")
        }
        return InspectionFrame(kind: kind, contents: contents)
    }
}
