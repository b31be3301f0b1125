internal import Glibc

extension NetworkAddress {
    /// What tells peers apart by their addresses: an IPv4 address, or the network `/64` of an IPv6 one, for a host takes as
    /// many addresses in it as it likes (RFC 4291 section 2.5.1). IPv4 within IPv6 is IPv4; what is no address stays as it is.
    ///
    /// - Parameter address: as the kernel prints it, without a port.
    public static func network(of address: String) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, address, &bytes) == 1 else { return address }
        if bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) {
            return bytes[12...].map(String.init).joined(separator: ".")
        }
        let groups = stride(from: 0, to: 8, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
        return groups.joined(separator: ":") + "::/64"
    }
}
