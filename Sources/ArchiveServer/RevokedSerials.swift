import ArchiveCore
import Foundation
import Logging
import Synchronization
import X509

/// A local list of certificates that no longer count, by serial number: hexadecimal, one a line, colons and leading zeros
/// as they come; `#` begins a comment. Docs/operations.md says how to make one of a CRL.
///
/// Read again whenever the file has changed, so that a revocation counts from the next request.
final class RevokedSerials: Sendable {
    private static let limit = 16 << 20

    private let path: String
    private let logger = Logger(label: "risalahd")
    private let known: Mutex<(stamp: FileStamp, serials: Set<[UInt8]>)>

    /// The list at `path`.
    ///
    /// - Throws: `configuration` where it cannot be read, with the line that is no serial number.
    init(path: String) throws(ArchiveError) {
        self.path = path
        let stamp = try FileStamp(of: path)
        known = Mutex((stamp, try Self.read(path)))
    }

    /// Whether `serial` is on the list as it is now.
    ///
    /// - Throws: `configuration` where it cannot be read now.
    func contains(_ serial: Certificate.SerialNumber) throws(ArchiveError) -> Bool {
        // Before it is read: what is written meanwhile is seen at the next look.
        let stamp = try FileStamp(of: path)
        let bytes = Array(serial.bytes.drop { $0 == 0 })
        if let answer = known.withLock({ known -> Bool? in
            known.stamp == stamp ? known.serials.contains(bytes) : nil
        }) {
            return answer
        }
        let serials = try Self.read(path)
        let before = known.withLock { known in
            defer { known = (stamp, serials) }
            return known.serials
        }
        // A list loses a serial number when its certificate has ended anyway; one that shrinks may be half a list.
        if before.isSubset(of: serials) {
            logger.notice("\(path): \(serials.count) revoked serial numbers")
        } else {
            let lost = before.subtracting(serials).count
            logger.warning("\(path): \(serials.count) revoked serial numbers, \(lost) that were there are gone")
        }
        return serials.contains(bytes)
    }

    /// Says in the service's log how many there are.
    func report() { logger.notice("\(path): \(known.withLock { $0.serials.count }) revoked serial numbers") }

    private static func read(_ path: String) throws(ArchiveError) -> Set<[UInt8]> {
        guard let bytes = try LocalFileSystem().contents(path, limit: limit) else {
            throw ArchiveError(.configuration, "there is no \(path)")
        }
        var serials: Set<[UInt8]> = []
        let lines = String(decoding: bytes, as: UTF8.self).split(
            omittingEmptySubsequences: false,
            whereSeparator: \.isNewline
        )
        for (index, line) in lines.enumerated() {
            let text = line.prefix { $0 != "#" }.filter { !$0.isWhitespace && $0 != ":" }
            guard !text.isEmpty else { continue }
            guard let serial = serial(text) else {
                throw ArchiveError(
                    .configuration,
                    "\(path):\(index + 1): expected a serial number in hexadecimal, one a line"
                )
            }
            serials.insert(serial)
        }
        return serials
    }

    private static func serial(_ text: String) -> [UInt8]? {
        let digits = text.count.isMultiple(of: 2) ? text : "0\(text)"
        var bytes: [UInt8] = []
        var rest = digits[...]
        while !rest.isEmpty {
            guard rest.prefix(2).allSatisfy({ $0.isASCII && $0.isHexDigit }),
                let byte = UInt8(rest.prefix(2), radix: 16)
            else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return Array(bytes.drop { $0 == 0 })
    }
}
