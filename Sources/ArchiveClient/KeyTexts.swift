internal import ArchiveCore
internal import Foundation

/// The secrets of an enrolment, as the files in clear spell them.
struct KeyTexts: Sendable, Equatable {
    /// `key.pem`.
    var key: String
    /// `identity.txt`.
    var identity: String
    /// `identity-pq.txt`.
    var hybridIdentity: String

    private static let title = "# risalah keys 1"
    private static let keyPrefix = "# key: "
    private static let hybridPrefix = "# hybrid: "

    /// The secrets in these files.
    init(key: String, identity: String, hybridIdentity: String) {
        self.key = key
        self.identity = identity
        self.hybridIdentity = hybridIdentity
    }

    /// Reads what ``file`` wrote; nil for anything else.
    init?(file: String) {
        var lines = file.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.first == Self.title else { return nil }
        lines.removeFirst()
        func taken(_ prefix: String) -> String? {
            guard let index = lines.firstIndex(where: { $0.hasPrefix(prefix) }),
                let data = Data(base64Encoded: String(lines.remove(at: index).dropFirst(prefix.count)))
            else { return nil }
            return String(data: data, encoding: .utf8)
        }
        guard let key = taken(Self.keyPrefix), let hybrid = taken(Self.hybridPrefix) else { return nil }
        self.init(key: key, identity: lines.joined(separator: "\n"), hybridIdentity: hybrid)
    }

    /// An identity file of the stock `age`, which passes over the key and the hybrid identity: they are comments, because
    /// its older versions refuse a file with an identity that they do not know.
    var file: String {
        """
        \(Self.title)
        \(Self.keyPrefix)\(Data(key.utf8).base64EncodedString())
        \(Self.hybridPrefix)\(Data(hybridIdentity.utf8).base64EncodedString())
        \(identity)
        """
    }

    /// What `file` has in clear.
    func text(of file: ClientHome.File) -> String {
        switch file {
        case .identity: identity
        case .hybridIdentity: hybridIdentity
        default: key
        }
    }
}
