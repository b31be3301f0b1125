import ArchiveCore
import NIOCore

/// Who is at the other end of a Unix socket.
enum PeerCredentials {
    /// `struct ucred` of unix(7), which glibc shows only to programs that define _GNU_SOURCE.
    private struct Credentials {
        var process: Int32 = 0
        var user: UInt32 = 0
        var group: UInt32 = 0
    }

    /// SO_PEERCRED, the same on every architecture that Swift runs on.
    private static let option = NIOBSDSocket.Option(rawValue: 17)

    /// The user of the process that connected.
    static func user(of channel: any Channel) async throws -> UInt32 {
        guard let provider = channel as? any SocketOptionProvider else {
            throw ArchiveError(.unexpected, "the administration socket is no socket")
        }
        let credentials: Credentials = try await provider.unsafeGetSocketOption(level: .socket, name: option).get()
        return credentials.user
    }
}
