package import ArchiveCore
internal import CLinux
internal import Foundation
internal import Glibc

/// A folder of its owner's alone on a file system that is in memory, for a text that must not come to a disk (DESIGN.md
/// invariant 5). Gone with all that is in it when it is destroyed, and when the last reference goes.
///
/// What a process that was killed has left is removed when the next folder is made: it is known by its name, and by its lock,
/// which the kernel drops with the process.
package final class MemoryFolder: Sendable {
    private static let prefix = "risalah-edit."

    /// Where it is.
    package let path: String
    private let lock: FileLock

    /// Makes one in the first of `places` that is in memory, and removes what a killed process has left there.
    ///
    /// - Throws: `configuration` where none of them is; `input-output`.
    package init(in places: [String]) throws(ArchiveError) {
        guard let place = places.first(where: { linux_is_in_memory($0) == 1 }) else {
            throw ArchiveError(
                .configuration,
                "there is no file system in memory, and what was said must not come to a disk: looked at "
                    + (places.isEmpty ? "nothing" : places.joined(separator: ", ")),
                hint: "mount a tmpfs at /dev/shm, or have XDG_RUNTIME_DIR name a folder of yours on one"
            )
        }
        Self.removeLeftovers(in: place)
        (path, lock) = try Self.make(in: place)
    }

    /// In `$XDG_RUNTIME_DIR`, else /dev/shm.
    package convenience init(environment: [String: String]) throws(ArchiveError) {
        // XDG Base Directory Specification: a path that is not absolute is to be ignored.
        let own = environment["XDG_RUNTIME_DIR"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        try self.init(in: [own, "/dev/shm"].compactMap(\.self))
    }

    deinit { destroy() }

    /// Where the file called `name` is, or would be.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes `contents` into the file called `name`.
    package func write(_ contents: some Collection<UInt8>, to name: String) throws {
        let output = try OutputFile(path: file(name), name: name)
        try Array(contents).withUnsafeBytes { try output.write($0) }
        try output.commit()
    }

    /// Removes it with all that is in it; whether nothing is left.
    @discardableResult
    package func destroy() -> Bool {
        try? FileManager.default.removeItem(atPath: path)
        lock.release()
        return access(path, F_OK) != 0
    }

    private static func make(in place: String) throws(ArchiveError) -> (String, FileLock) {
        for _ in 0..<8 {
            // mkdtemp(3) puts other letters in the place of the last six, and makes a folder of mode 0700 that nobody had.
            var template = Array("\(place)/\(prefix)\(String(repeating: "X", count: 6))".utf8CString)
            guard mkdtemp(&template) != nil else {
                throw ArchiveError(.inputOutput, "make a folder in \(place): \(String(cString: strerror(errno)))")
            }
            let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            // Somebody who clears up may be faster than our lock: then it is theirs to remove.
            do throws(ArchiveError) {
                if let lock = try FileLock(folder: path) { return (path, lock) }
            } catch  where error.code == .notFound {
                continue
            }
        }
        throw ArchiveError(.inputOutput, "a folder in \(place) is taken away again and again")
    }

    private static func removeLeftovers(in place: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? [] where name.hasPrefix(prefix) {
            let path = "\(place)/\(name)"
            // Of a link these are its own.
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            guard attributes?[.type] as? FileAttributeType == .typeDirectory,
                (attributes?[.ownerAccountID] as? NSNumber)?.uint32Value == geteuid(),
                let lock = try? FileLock(folder: path)
            else { continue }
            try? FileManager.default.removeItem(atPath: path)
            lock.release()
        }
    }
}
