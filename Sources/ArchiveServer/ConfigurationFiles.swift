import AccessPolicy
import ArchiveConfiguration
import ArchiveCore
import ArchiveInterface
import AuditLog
import Crypto
import Foundation
import Retention
import Transcribing

/// One file of Config, read once: what was parsed is what was hashed.
struct ConfigurationFile<Value: Sendable>: Sendable {
    /// Where it is.
    let path: String
    /// The SHA-256 of its bytes, hex; nil where there are none.
    let digest: String?
    /// What it says, or its first mistake.
    let outcome: Result<Value, ConfigurationMistake>

    /// Reads `path`.
    init(
        _ path: String,
        _ files: any FileSystem,
        _ parse: (String, String) throws(ConfigurationError) -> Value
    ) throws(ArchiveError) {
        self.path = path
        guard let bytes = try files.contents(path) else {
            digest = nil
            outcome = .failure(ConfigurationMistake(file: path, code: "missing-file", message: "there is no such file"))
            return
        }
        digest = SHA256.hash(data: bytes).hexadecimal
        guard let text = String(validating: bytes, as: UTF8.self) else {
            outcome = .failure(ConfigurationMistake(file: path, code: "encoding", message: "the file is not UTF-8"))
            return
        }
        do {
            outcome = .success(try parse(text, path))
        } catch {
            outcome = .failure(ConfigurationMistake(error))
        }
    }

    /// The mistake, where there is one.
    var mistake: ConfigurationMistake? {
        guard case .failure(let mistake) = outcome else { return nil }
        return mistake
    }

    /// What the file says; nil where it has a mistake.
    var value: Value? { try? outcome.get() }
}

/// SHA-256, hex, of the files that are in force.
struct RuleDigests: Sendable, Equatable {
    var policy: String
    var schedule: String
}

/// policy.yaml and retention.yaml, read together.
struct RuleFiles: Sendable {
    let policy: ConfigurationFile<Policy>
    let schedule: ConfigurationFile<Schedule>

    /// - Parameter witnesses: how many there are to cosign the log; nil where that is not known.
    init(_ layout: StorageLayout, _ files: any FileSystem, witnesses: Int?) throws(ArchiveError) {
        policy = try ConfigurationFile(layout.policy, files) { text, file throws(ConfigurationError) in
            try Policy(yaml: text, file: file, witnesses: witnesses)
        }
        schedule = try ConfigurationFile(layout.schedule, files) { text, file throws(ConfigurationError) in
            try Schedule(yaml: text, file: file)
        }
    }

    /// What is wrong in either.
    var mistakes: [ConfigurationMistake] { [policy.mistake, schedule.mistake].compactMap { $0 } }

    /// Both, with their digests.
    ///
    /// - Throws: `configuration` where either has a mistake.
    func sound() throws(ArchiveError) -> (rules: Rules, digests: RuleDigests) {
        guard let policy = policy.value, let schedule = schedule.value, let first = self.policy.digest,
            let second = self.schedule.digest
        else { throw Self.refusal(of: mistakes) }
        return (Rules(policy: policy, schedule: schedule), RuleDigests(policy: first, schedule: second))
    }

    /// One error that names every mistake.
    static func refusal(of mistakes: [ConfigurationMistake]) -> ArchiveError {
        ArchiveError(
            .configuration,
            mistakes.map(\.description).joined(separator: "; "),
            hint: mistakes.count > 1 ? "there are mistakes in \(mistakes.count) files" : nil
        )
    }
}

/// The three files of Config, read at one time.
struct ConfigurationFiles: Sendable {
    let settings: ConfigurationFile<Settings>
    let rules: RuleFiles

    init(_ layout: StorageLayout, _ files: any FileSystem) throws(ArchiveError) {
        settings = try ConfigurationFile(layout.settings, files) { text, file throws(ConfigurationError) in
            try Settings(yaml: text, file: file)
        }
        rules = try RuleFiles(layout, files, witnesses: settings.value?.log.witnesses.count)
    }

    /// What is wrong in any, or between two of them.
    var mistakes: [ConfigurationMistake] {
        [settings.mistake].compactMap { $0 } + rules.mistakes + [unknownName].compactMap { $0 }
    }

    /// A name in the settings that the policy does not have.
    private var unknownName: ConfigurationMistake? {
        guard let policy = rules.policy.value else { return nil }
        return settings.value?.transcription?.mistake(levels: policy.levels.map(\.level.name), units: policy.units)
            .map(ConfigurationMistake.init)
    }

    /// All three, with their digests.
    ///
    /// - Throws: `configuration` with every file's first mistake.
    func sound() throws(ArchiveError) -> (settings: Settings, digest: String, rules: Rules, digests: RuleDigests) {
        guard let settings = settings.value, let digest = self.settings.digest, mistakes.isEmpty else {
            throw RuleFiles.refusal(of: mistakes)
        }
        let (rules, digests) = try rules.sound()
        return (settings, digest, rules, digests)
    }
}

extension ConfigurationMistake {
    /// The same mistake, as reports state it.
    init(_ error: ConfigurationError) {
        self.init(
            file: error.file,
            line: error.line,
            column: error.column,
            code: error.code.rawValue,
            message: error.message
        )
    }
}
