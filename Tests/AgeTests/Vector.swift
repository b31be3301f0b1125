import Age
import CZlib
import Foundation
import Testing
import TestSupport

/// One of the public test vectors for age v1: what it expects, and the file itself.
struct Vector: Sendable, CustomTestStringConvertible {
    /// Keys that a vector may have; one with another is not understood and must not count as passed.
    static let knownKeys: Set<String> = [
        "expect", "payload", "identity", "passphrase", "armored", "compressed", "file key", "comment",
    ]

    let name: String
    let fields: [String: [String]]
    /// The age file, inflated.
    let file: [UInt8]

    var testDescription: String { name }
    var expectation: String { fields["expect"]?.first ?? "" }
    var payloadDigest: String? { fields["payload"]?.first }
    var identities: [String] { fields["identity"] ?? [] }
    var isArmored: Bool { fields["armored"] != nil }
    var passphrase: String? { fields["passphrase"]?.first }
    var isKnown: Bool { Set(fields.keys).isSubset(of: Self.knownKeys) }

    var fileKey: [UInt8]? {
        guard let digits = fields["file key"]?.first.map({ Array($0) }), digits.count % 2 == 0 else { return nil }
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }

    init(name: String, content: Data) throws {
        let separator = try #require(content.firstRange(of: Data("\n\n".utf8)))
        var fields: [String: [String]] = [:]
        for line in String(decoding: content[..<separator.lowerBound], as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: ": ", maxSplits: 1).map(String.init)
            fields[parts[0].hasSuffix(":") ? String(parts[0].dropLast()) : parts[0], default: []]
                .append(parts.count > 1 ? parts[1] : "")
        }
        let body = Array(content[separator.upperBound...])
        self.name = name
        self.fields = fields
        file = fields["compressed"]?.first == "zlib" ? try inflated(body) : body
    }

    /// All vectors, sorted by name; empty where they are not here, which SharedData says aloud.
    static let all: [Vector] = {
        guard let folder = SharedData.folder("vectors/age"), let files = try? SharedData.files(in: folder) else {
            return []
        }
        return files.compactMap { url in
            try? Vector(name: url.lastPathComponent, content: Data(contentsOf: url))
        }
    }()

    /// What comes out of it.
    func opened(sizes: [Int] = []) throws -> Opened {
        Opened(
            file,
            identities: try identities.map { try Identity(parsing: $0) },
            passphrase: try passphrase.map { try Passphrase($0.utf8) },
            isArmored: isArmored,
            sizes: sizes
        )
    }

    /// The file without its armor.
    func unarmored() throws -> [UInt8] {
        guard isArmored else { return file }
        var (decoder, bytes) = (ArmorDecoder(), [UInt8]())
        try file.withUnsafeBytes { try decoder.update($0, into: &bytes) }
        try decoder.finish(into: &bytes)
        return bytes
    }
}

/// Inflates a zlib stream (RFC 1950).
func inflated(_ bytes: [UInt8]) throws -> [UInt8] {
    var capacity = 1 << 20
    while capacity <= 1 << 26 {
        var length = uLongf(capacity)
        var status = Z_OK
        let output = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            status = uncompress(buffer.baseAddress, &length, bytes, uLong(bytes.count))
            count = status == Z_OK ? Int(length) : 0
        }
        if status == Z_OK { return output }
        try #require(status == Z_BUF_ERROR, "zlib gave \(status)")
        capacity *= 2
    }
    throw POSIXError(.EFBIG)
}
