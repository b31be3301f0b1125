internal import Foundation
public import ArchiveConfiguration
public import Transcription

/// Which engine hears recordings, and how: `transcription:` of risalah.yaml, and of the file of a transcriber elsewhere.
public struct TranscriptionSettings: Sendable {
    /// The engines that there are.
    public enum Engine: String, Sendable, CaseIterable {
        /// Debian's packages; English.
        case pocketsphinx
        /// `whisper-cli` of whisper.cpp.
        case whisper
        /// Any other program.
        case command
    }

    /// Which.
    public var engine: Engine
    /// The program and its arguments, of ``Engine/command``; the program alone, of ``Engine/whisper``. Empty for where it usually is.
    public var program: [String]
    /// The file of the model, or its folder; nil where the engine has its own.
    public var model: String?
    /// Which language is spoken where nobody asked for one.
    public var languages: SpokenLanguages
    /// The highest level of what the archive hears itself, and unasked; nil for the lowest. Not for a transcriber elsewhere.
    public var highest: String?
    /// What the engine may use.
    public var limits: EngineLimits
    /// Where the names of a level and of units stand, which only a policy knows.
    private let names: (level: ConfigurationValue?, units: [ConfigurationValue])

    /// Reads them.
    public init(_ value: ConfigurationValue) throws(ConfigurationError) {
        self = try value.mapping { map throws(ConfigurationError) in try Self(&map) }
    }

    private init(_ map: inout ConfigurationMapping) throws(ConfigurationError) {
        let name = try map.required("engine")
        guard let engine = Engine(rawValue: try name.string()) else {
            throw name.fail(
                Engine.allCases.map(\.rawValue).joined(separator: ", ") + " or, for no engine, nothing at all"
            )
        }
        self.engine = engine
        let program = map.optional("program")
        self.program =
            try program.map { value throws(ConfigurationError) in
                guard engine == .command else { return [try value.string()] }
                var words: [String] = []
                for word in try value.list(atLeast: 1) { words.append(try word.string()) }
                return words
            } ?? []
        let model = map.optional("model")
        self.model = try model.map { value throws(ConfigurationError) in try value.string() }
        switch engine {
        case .command where program == nil: throw name.fail("program: [PROGRAM, ARGUMENT, …] beside the engine command")
        case .whisper where model == nil: throw name.fail("model: FILE beside the engine whisper")
        default: break
        }
        var named: [ConfigurationValue] = []
        languages = SpokenLanguages()
        languages.other = try map.optional("language").map { value throws(ConfigurationError) in
            try Self.language(value)
        }
        if let units = map.optional("languages") {
            for entry in try units.mapping({ map throws(ConfigurationError) in map.all() }) {
                languages.units[try entry.key.string()] = try Self.language(entry.value)
                named.append(entry.key)
            }
        }
        let level = map.optional("up_to")
        highest = try level.map { value throws(ConfigurationError) in try value.string() }
        names = (level, named)
        limits = EngineLimits()
        if let value = map.optional("memory") { limits.memory = try value.byteCount(in: (64 << 20)...(1 << 42)) }
        if let value = map.optional("seconds") { limits.seconds = Double(try value.integer(in: 1...86_400)) }
    }

    /// The first name that a policy with these levels and units does not have.
    public func mistake(levels: [String], units: [String]) -> ConfigurationError? {
        func unknown(_ value: ConfigurationValue?, _ known: [String], _ kind: String) -> ConfigurationError? {
            guard let value, let name = try? value.string(), !known.contains(name) else { return nil }
            return value.fail("\(kind) of policy.yaml: \(known.joined(separator: ", "))")
        }
        return unknown(names.level, levels, "a level")
            ?? names.units.lazy.compactMap { unknown($0, units, "a unit") }.first
    }

    private static func language(_ value: ConfigurationValue) throws(ConfigurationError) -> String {
        let text = try value.string()
        guard text.wholeMatch(of: /[a-z]{2,3}/) != nil else { throw value.fail("a language of ISO 639, like id or en") }
        return text
    }

    /// The engine, found and confined.
    ///
    /// - Throws: ``EngineFailure`` where the program or its model is not there.
    public func make(in confinement: EngineConfinement) throws(EngineFailure) -> any TranscriptionEngine {
        switch engine {
        case .pocketsphinx:
            guard let model else { return try PocketSphinx(confinement: confinement, limits: limits) }
            return try PocketSphinx(folder: model, confinement: confinement, limits: limits)
        case .whisper:
            return try WhisperCLI(
                program: program.first ?? "whisper-cli",
                modelFile: model ?? "",
                confinement: confinement,
                limits: limits
            )
        case .command:
            return try CommandEngine(program, model: model, confinement: confinement, limits: limits) { output in
                try Transcript(ofEngine: output).segments.map(HeardSegment.init)
            }
        }
    }
}

extension Transcript {
    /// What a program printed, in whichever format it is in.
    fileprivate init(ofEngine output: Data) throws {
        self = try TranscriptFormat.detect(output, name: nil).parse(output)
    }
}

extension HeardSegment {
    fileprivate init(_ segment: TranscriptSegment) {
        self.init(
            start: segment.start.seconds,
            end: segment.end.seconds,
            text: segment.text,
            confidence: segment.confidence,
            words: (segment.words ?? []).map { word in
                HeardWord(
                    start: word.start.seconds,
                    end: word.end.seconds,
                    text: word.text,
                    confidence: word.confidence
                )
            }
        )
    }
}
