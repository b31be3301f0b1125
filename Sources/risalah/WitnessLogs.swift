internal import ArchiveCore
internal import TransparencyLog

/// The logs that a witness cosigns for: those of its command line, and those in the file `logs` of its folder.
struct WitnessLogs {
    /// Their keys.
    let verifiers: [NoteVerifier]

    /// Reads `logs` in the folder `state`, where it is there: one vkey a line, empty lines and lines with # aside.
    ///
    /// - Throws: `configuration` with file and line for what is no vkey of a log, and where there is none at all.
    init(state: String, also vkeys: [String], files: any FileSystem = LocalFileSystem()) throws(ArchiveError) {
        var found: [NoteVerifier] = []
        for vkey in vkeys { found.append(try Self.verifier(vkey, at: "--log")) }
        let path = "\(state)/logs"
        let text = String(decoding: try files.contents(path) ?? [], as: UTF8.self)
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty && !line.hasPrefix("#") {
            found.append(try Self.verifier(String(line), at: "\(path):\(number + 1)"))
        }
        guard !found.isEmpty else {
            throw ArchiveError(
                .configuration,
                "this witness knows no log",
                hint: "give --log VKEY, or write it into \(path)"
            )
        }
        verifiers = found
    }

    private static func verifier(_ vkey: String, at place: String) throws(ArchiveError) -> NoteVerifier {
        do {
            return try NoteVerifier(vkey: vkey)
        } catch {
            throw ArchiveError(.configuration, "\(place): no vkey of a log: \(error.message)", hint: "NAME+ID+KEY")
        }
    }
}
