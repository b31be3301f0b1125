internal import Crypto
internal import Foundation

/// Files of a bag with their digests, as RFC 8493 section 2.1.3 spells them.
struct BagManifest {
    private var digests: [String: String] = [:]
    /// Bytes of all of them.
    private(set) var octets: Int64 = 0

    /// How many there are.
    var count: Int { digests.count }

    /// A file of `length` bytes with this SHA-256.
    mutating func add(_ path: String, _ digest: SHA256.Digest, length: Int64) {
        digests[path] = digest.hexadecimal
        octets += length
    }

    /// The file: a line for each, sorted by path.
    var text: String {
        digests.sorted { $0.key < $1.key }.map { "\($0.value)  \(Self.encoded($0.key))\n" }.joined()
    }

    /// RFC 8493 §2.1.3: LF, CR and the percent sign of a path are percent-encoded, and nothing else.
    static func encoded(_ path: String) -> String {
        // By scalars: CR and LF behind each other are one Character.
        path.unicodeScalars.map { scalar in
            switch scalar {
            case "%": "%25"
            case "\r": "%0D"
            case "\n": "%0A"
            default: String(scalar)
            }
        }.joined()
    }
}

/// The tag file `bag-info.txt`: RFC 8493 section 2.2.2.
struct BagInfo {
    private var lines: [String] = []

    /// Adds an element; nothing where there is no value. Whatever would begin another line becomes a space.
    mutating func add(_ label: StaticString, _ value: String?) {
        guard let value else { return }
        var line = ""
        for scalar in value.unicodeScalars {
            let breaks =
                switch scalar.properties.generalCategory {
                case .control, .lineSeparator, .paragraphSeparator: true
                default: false
                }
            line.unicodeScalars.append(breaks ? " " : scalar)
        }
        lines.append("\(label): \(line)\n")
    }

    /// The file.
    var text: String { lines.joined() }
}

extension SHA256.Digest {
    /// Lower-case hexadecimal.
    var hexadecimal: String { map { String(Int($0) + 256, radix: 16).suffix(2) }.joined() }
}
