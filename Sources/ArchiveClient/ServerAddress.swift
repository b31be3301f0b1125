public import ArchiveCore
internal import Foundation

/// Where an archive is: `https://HOST[:PORT]`, and nothing behind it.
public struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
    /// The address without a slash at its end.
    public let description: String

    /// The address that `text` spells; white space around it and one slash at its end do not matter.
    ///
    /// - Throws: `bad-request` for anything but `https` and a host.
    public init(parsing text: String) throws(ArchiveError) {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let parts = URLComponents(string: trimmed), parts.scheme?.lowercased() == "https",
            let host = parts.host, !host.isEmpty, parts.path.isEmpty || parts.path == "/",
            parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil
        else {
            throw ArchiveError(
                .badRequest,
                "\(trimmed.debugDescription) is not the address of an archive",
                hint: "it looks like https://archive.example:8443"
            )
        }
        let port = parts.port.map { ":\($0)" } ?? ""
        // A host with colons is an IPv6 address, which a URL writes in brackets (RFC 3986 §3.2.2).
        let name = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        description = "https://\(name)\(port)"
    }

    /// The URL of `path`, which begins with a slash, with `query` percent-encoded.
    func url(_ path: String, query: [(name: String, value: String)] = []) -> String {
        guard !query.isEmpty else { return description + path }
        let pairs = query.map { "\(Self.escape($0.name))=\(Self.escape($0.value))" }
        return "\(description)\(path)?\(pairs.joined(separator: "&"))"
    }

    /// The URL here of what `link` names elsewhere: only path and query count, so that a client behind another name
    /// or port reaches it, and so that no answer sends the certificate to another host.
    func url(following link: String) throws(ArchiveError) -> String {
        guard let parts = URLComponents(string: link), parts.percentEncodedPath.hasPrefix("/"),
            !parts.percentEncodedPath.hasPrefix("//")
        else { throw ArchiveError(.unexpected, "the archive answered with the link \(link.debugDescription)") }
        return description + parts.percentEncodedPath + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
    }

    /// RFC 3986 §2.3: everything but unreserved characters is escaped, `+` and `&` included.
    private static func escape(_ text: String) -> String {
        let unreserved = CharacterSet(
            charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
        )
        return text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
    }
}
