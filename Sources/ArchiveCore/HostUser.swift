#if canImport(Glibc)
import Glibc
#endif

/// Users of this host, by the names that people use.
public enum HostUser {
    /// The id of the user called `name`, or numbered so; nil where there is none.
    public static func id(_ name: String) -> UInt32? {
        if let number = UInt32(name) { return number }
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16 << 10)
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return entry.pw_uid
    }
}
