internal import ArchiveCore
internal import Foundation
internal import Subprocess
internal import SystemPackage

/// Where engines run: under `risalah-engine`, and without a network where the kernel lets us take it away.
public struct EngineConfinement: Sendable {
    /// The path of `risalah-engine`.
    public let keeper: String
    /// Whether engines run in a network namespace of their own, which has no interface that is up.
    public let isWithoutNetwork: Bool
    /// Why not, as the kernel says it; nil where they do.
    public let reason: String?

    /// Asks the kernel once.
    ///
    /// - Parameter keeper: the path of `risalah-engine`; nil for the one beside the program that runs, or else on PATH.
    /// - Throws: ``EngineFailure/missing(program:hint:)`` where it is nowhere, and
    ///   ``EngineFailure/notConfined(program:reason:)`` where another program is in its place, or it does not start.
    public init(keeper: String? = nil) async throws {
        self.keeper = try keeper ?? Self.findKeeper()
        let hint = "it is installed beside risalahd"
        let probe: ExecutionResult<Void, StringOutput<UTF8>, StringOutput<UTF8>>
        do {
            probe = try await run(
                .path(FilePath(self.keeper)),
                arguments: ["probe"],
                environment: .custom([:] as [Environment.Key: String]),
                output: .string(limit: 1_024),
                error: .string(limit: 16_384)
            )
        } catch {
            throw EngineFailure.missing(program: self.keeper, hint: hint)
        }
        let answer = probe.standardOutput.trimmingCharacters(in: .newlines)
        guard probe.terminationStatus.isSuccess, let status = Int32(answer) else {
            throw EngineFailure.notConfined(
                program: self.keeper,
                reason: probe.standardError.isEmpty ? "it does not answer" : probe.standardError
            )
        }
        isWithoutNetwork = status == 0
        reason = status == 0 ? nil : String(cString: strerror(status))
    }

    /// One that leaves engines the network, for `reason`.
    init(openWith keeper: String, reason: String) {
        self.keeper = keeper
        self.reason = reason
        isWithoutNetwork = false
    }

    private static func findKeeper() throws -> String {
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let beside = own.map { URL(filePath: $0).deletingLastPathComponent().appending(path: "risalah-engine").path }
        if let beside, FileManager.default.isExecutableFile(atPath: beside) { return beside }
        return try EngineProgram.find("risalah-engine", hint: "it is installed beside risalahd")
    }
}

/// Finds programs and the files that they need.
enum EngineProgram {
    /// Where programs lie, for us and for the engines.
    static let path = "/usr/local/bin:/usr/bin:/bin"

    /// The path of the program `name`, which can be a path itself.
    static func find(_ name: String, hint: String) throws(EngineFailure) -> String {
        let places = name.contains("/") ? [absolute(name)] : path.split(separator: ":").map { "\($0)/\(name)" }
        guard let found = places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw EngineFailure.missing(program: name, hint: hint)
        }
        return found
    }

    /// The same path from /, where engines start.
    static func absolute(_ path: String) -> String { URL(filePath: path).path }

    /// Throws where one of `files` cannot be read.
    static func require(_ files: [String], hint: String) throws(EngineFailure) {
        for file in files where !FileManager.default.isReadableFile(atPath: file) {
            throw EngineFailure.missing(program: file, hint: hint)
        }
    }
}
