import ArchiveCore
import Foundation
import TestSupport
import Testing

/// A file system of a few MiB in memory, in a mount namespace of its own that a waiting process holds; gone with it.
final class SmallDisk {
    /// Where it is seen from outside of the namespace.
    let path: URL
    /// Where it is within its namespace. SQLite resolves links, so that ``path`` is no way to it for a database.
    let inside: URL
    /// Arguments of `nsenter` that lead into the namespace.
    var entering: [String] { ["-t", String(holder.identifier), "-U", "-m", "--preserve-credentials"] }
    private let holder: ChildProcess

    /// Whether this host lets its users have namespaces.
    static let isPossible = (try? Program.run("unshare", ["-Urm", "true"]).status) == 0

    /// A disk of `mebibytes`.
    init(mebibytes: Int) throws {
        inside = FileManager.default.temporaryDirectory.appending(path: "disk-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: inside, withIntermediateDirectories: true)
        let (input, output) = (Pipe(), Pipe())
        // It ends when the test does, for then its input ends.
        let script = #"mount -t tmpfs -o size="$1"m tmpfs "$0" && echo mounted && exec cat"#
        holder = try Program.start(
            "unshare",
            ["-Urm", "sh", "-c", script, inside.path, String(mebibytes)],
            input: .pipe(input),
            output: .pipe(output)
        )
        path = URL(filePath: "/proc/\(holder.identifier)/root\(inside.path)")
        let said = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        try #require(said == "mounted\n", "the small disk was not mounted")
    }

    deinit {
        holder.send(signal: SIGKILL)
        holder.waitUntilExit()
        try? FileManager.default.removeItem(at: inside)
    }

    private var ballast: URL { path.appending(path: "ballast") }

    /// Takes all that is free but `bytes`.
    func fill(leaving bytes: Int = 0) throws {
        try Data().write(to: ballast)
        let file = try FileHandle(forWritingTo: ballast)
        defer { try? file.close() }
        while (try? file.write(contentsOf: Data(count: 4096))) != nil {}
        let length = try file.seekToEnd()
        try file.truncate(atOffset: length - min(length, UInt64(bytes)))
    }

    /// Gives it back.
    func free() throws { try FileManager.default.removeItem(at: ballast) }
}
