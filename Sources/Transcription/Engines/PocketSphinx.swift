internal import Foundation

/// PocketSphinx with Debian's model of American English.
///
/// `pocketsphinx_batch` takes a piece as a whole, so that it knows how loud all of it is before it hears the first word;
/// `pocketsphinx_continuous` does not, and later versions do not have it.
public struct PocketSphinx: TranscriptionEngine {
    /// `pocketsphinx`.
    public let name = "pocketsphinx"
    /// `en-us`, after the folder of the model.
    public let model: String?
    private let process: EngineProcess
    private let options: [String]

    /// It reads the names of its inputs from a file, and the input from another: here both are open already, and none
    /// lies on a disk. The first argument of the script is the program.
    private static let script = """
        exec 3<&0
        echo 3 | exec "$0" -ctl /proc/self/fd/0 -cepdir /proc/self/fd -cepext '' -ctm /dev/stdout "$@"
        """
    /// So long a pause between two words parts segments, in seconds.
    private static let pause = 0.5

    /// Finds the program and its model.
    ///
    /// - Parameter folder: has the acoustic model `en-us`, the language model `en-us.lm.bin` and the dictionary
    ///   `cmudict-en-us.dict`, or the same for another name of the folder.
    /// - Throws: ``EngineFailure/missing(program:hint:)``.
    public init(
        folder: String = "/usr/share/pocketsphinx/model/en-us",
        confinement: EngineConfinement,
        limits: EngineLimits = .init()
    ) throws(EngineFailure) {
        let folder = EngineProgram.absolute(folder)
        let name = URL(filePath: folder).lastPathComponent
        model = name
        let files = ["\(folder)/\(name)", "\(folder)/\(name).lm.bin", "\(folder)/cmudict-\(name).dict"]
        options = ["-hmm", files[0], "-lm", files[1], "-dict", files[2], "-adcin", "yes", "-cmn", "batch"]
        let program = try EngineProgram.find("pocketsphinx_batch", hint: "install Debian's package pocketsphinx")
        process = EngineProcess(
            program: program,
            launch: ["/bin/sh", "-c", Self.script, program],
            confinement: confinement,
            limits: limits
        )
        try EngineProgram.require(files, hint: "install Debian's package pocketsphinx-en-us")
    }

    /// It hears English only.
    ///
    /// - Throws: as the protocol says.
    public func transcribe(_ piece: SpeechPiece, language: String?) async throws -> EngineAnswer {
        guard language ?? "en" == "en" else {
            throw EngineFailure.unknownLanguage(program: process.program, language: language ?? "")
        }
        do {
            // Samples without a header.
            let output = try await process.run(options, input: piece.bytes)
            return EngineAnswer(language: "en", segments: Self.segments(String(decoding: output.bytes, as: UTF8.self)))
        } catch EngineFailure.failed(let program, let status, let complaint) {
            // Its log has what it heard; what is wrong stands in lines of its own.
            let lines = complaint.split(separator: "; ").filter { $0.hasPrefix("ERROR") || $0.hasPrefix("FATAL") }
            throw EngineFailure.failed(program: program, status: status, complaint: lines.joined(separator: "; "))
        }
    }

    /// Reads the format CTM of NIST: `file channel start duration word confidence`. A second way to pronounce a word is
    /// `word(2)`; silence and noise, where they stand among the words, are `<sil>`, `[NOISE]` and `++UH++`.
    static func segments(_ text: String) -> [HeardSegment] {
        var groups: [[HeardWord]] = []
        for word in text.split(whereSeparator: \.isNewline).compactMap(word) {
            if let last = groups.last?.last, word.start - last.end < pause {
                groups[groups.count - 1].append(word)
            } else {
                groups.append([word])
            }
        }
        return groups.map { words in
            HeardSegment(
                start: words[0].start,
                end: words[words.count - 1].end,
                text: words.map(\.text).joined(separator: " "),
                confidence: words.compactMap(\.confidence).mean,
                words: words
            )
        }
    }

    private static func word(_ line: Substring) -> HeardWord? {
        let fields = line.split(separator: " ")
        guard fields.count == 6, let start = Double(fields[2]), let duration = Double(fields[3]),
            let confidence = Double(fields[5]), let first = fields[4].first, !"<[+".contains(first)
        else { return nil }
        let text = String(fields[4].prefix { $0 != "(" })
        // Rounded in logarithms, it can come out a little more than 1.
        return HeardWord(start: start, end: start + duration, text: text, confidence: min(max(confidence, 0), 1))
    }
}
