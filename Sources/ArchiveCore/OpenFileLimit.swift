import Glibc

/// How many files and connections this process may have open.
public enum OpenFileLimit {
    /// Raises the limit to the most that the host lets it have: a service needs two for each upload that is under way, and
    /// the soft limit of a shell is meant for programs that use select(2). Returns what it is now.
    @discardableResult
    public static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        limit.rlim_cur = limit.rlim_max
        // Where the host refuses, what there was stays.
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }
}
