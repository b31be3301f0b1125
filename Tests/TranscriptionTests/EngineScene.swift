import Foundation
import TestSupport
import Testing

@testable import Transcription

/// Programs for one test, and what they are run with.
final class EngineScene: Sendable {
    let folder: URL
    let confinement: EngineConfinement
    /// Stands in the arguments of processes that a test starts, so that they are found wherever they hide: an
    /// argument for sleep(1) that nobody else uses.
    let marker = "\(1_000_000 + Int.random(in: 0..<1_000_000_000)).5"

    /// - Parameter isOpen: whether the network is left to the programs, as on a kernel without namespaces for users.
    init(isOpen: Bool = false) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "engine-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let asked = try await EngineConfinement(keeper: Self.keeper)
        confinement = isOpen ? EngineConfinement(openWith: asked.keeper, reason: "a test wants it") : asked
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The keeper that was built with the tests.
    static var keeper: String {
        let bundle = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        return (bundle ?? program).deletingLastPathComponent().appending(path: "risalah-engine").path
    }

    /// Runs `script` by sh, or what `shell` names.
    func run(
        _ script: String,
        by shell: [String] = ["/bin/sh", "-c"],
        input: [UInt8] = [],
        limits: EngineLimits = .init()
    ) async throws -> EngineProcess.Output {
        let process = EngineProcess(program: shell[0], confinement: confinement, limits: limits)
        return try await process.run(shell.dropFirst() + [script], input: input)
    }

    /// How that failed.
    func failure(
        _ script: String,
        by shell: [String] = ["/bin/sh", "-c"],
        limits: EngineLimits = .init()
    ) async throws -> EngineFailure? {
        do {
            _ = try await run(script, by: shell, limits: limits)
            return nil
        } catch let failure as EngineFailure {
            return failure
        }
    }

    /// Writes a program.
    func write(_ name: String, _ script: String) throws -> String {
        let file = folder.appending(path: name)
        try Data(script.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        return file.path
    }

    /// What lies in `name`, a file in the folder; nil where it is not there.
    func read(_ name: String) -> Data? { try? Data(contentsOf: folder.appending(path: name)) }

    /// Ids of the processes that have the marker among their arguments.
    func marked() throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap(Int32.init).filter { process in
            let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
            return String(decoding: line, as: UTF8.self).contains(marker)
        }
    }

    /// Limits of so many seconds.
    static func limits(seconds: Double = 60, memory: Int = 1 << 30, output: Int = 1 << 20) -> EngineLimits {
        var limits = EngineLimits()
        (limits.seconds, limits.memory, limits.output) = (seconds, memory, output)
        return limits
    }
}
