import ArchiveCore
import ArgumentParser
import Foundation

/// `torture`: clients work at an archive whose server is killed again and again; README.md beside this says what must hold.
@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "torture",
        abstract: "Kill an archive's server at every bad moment, and see that nothing acknowledged is lost.",
        subcommands: [RunCommand.self, ServerCommand.self],
        defaultSubcommand: RunCommand.self
    )
}

/// The torture itself.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "Run for a chosen time.")

    @Option(help: "After this no further round is begun.")
    var minutes: Double = 2

    @Option(help: "At most so many rounds; 0 for as many as the time allows.")
    var rounds = 0

    @Option(help: "Chooses faults and operations; a random one where nothing is said.")
    var seed: UInt64?

    @Option(help: "A folder to work in; what was found stays there.")
    var folder: String?

    func run() async throws {
        let seed = seed ?? UInt64.random(in: 1...999_999_999)
        tell(
            "torture: seed \(seed); the same faults and operations again: make torture SEED=\(seed) MINUTES=\(minutes)"
        )
        let work = folder ?? FileManager.default.temporaryDirectory.appending(path: "torture-\(getpid())").path
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        let torture = try Torture(seed: seed, folder: work)
        let end = ContinuousClock.now + .seconds(minutes * 60)
        do {
            try await torture.run(rounds: rounds == 0 ? .max : rounds, until: end)
        } catch {
            tell(torture.tally.report)
            tell("torture: FOUND in round \(torture.tally.rounds), seed \(seed): \(error)")
            tell("torture: the last rounds were \(torture.recent.joined(separator: "; "))")
            tell("torture: what is left of the archive is in \(work)")
            throw ExitCode.failure
        }
        tell(torture.tally.report)
        if folder == nil { try FileManager.default.removeItem(atPath: work) }
        if let missing = torture.tally.missing {
            tell("torture: nothing was shown: \(missing)")
            throw ExitCode.failure
        }
    }
}

/// One line, at once also where stdout is a file.
func tell(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

/// One server, as a process of its own that can be killed.
struct ServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "server", shouldDisplay: false)

    @Option var root: String
    @Option var seed: UInt64
    /// A ``Fault`` that is armed from the start.
    @Option var fault: String?

    func run() async throws {
        try await TorturedServer(root: root, seed: seed, fault: fault.map(Fault.init(parsing:))).run()
    }
}
