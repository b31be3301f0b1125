/// Where something listens: `HOST:PORT` or `[IPv6]:PORT`.
public struct NetworkAddress: Sendable, Hashable {
    /// A name or an address; that of IPv6 without its brackets.
    public let host: String
    /// 0 lets the kernel choose.
    public let port: Int

    /// Reads `text`; nil where it is neither form.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { return nil }
        self.host = String(host)
        self.port = Int(port)
    }
}
