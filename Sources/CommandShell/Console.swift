internal import ArchiveCore
internal import Foundation
internal import Glibc

/// Whoever read stdout is gone.
package struct ClosedOutput: Error {}

/// Results go to stdout, everything else to stderr.
package enum Console {
    /// Whether a person sees stdout.
    package static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    /// Whether a person sees stderr.
    package static var notesAreSeen: Bool { isatty(STDERR_FILENO) == 1 }

    /// A line of results.
    package static func print(_ line: String) throws {
        try Array("\(line)\n".utf8).withUnsafeBytes(write)
    }

    /// A value of results, as one line of JSON.
    package static func print(json value: some Encodable) throws {
        try print(String(decoding: try CanonicalJSON.encode(value), as: UTF8.self))
    }

    /// Bytes of results.
    ///
    /// - Throws: ``ClosedOutput`` where nobody reads them, `input-output` otherwise.
    package static func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(STDOUT_FILENO, rest.baseAddress, rest.count)
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                continue
            }
            switch errno {
            case EINTR: continue
            case EPIPE: throw ClosedOutput()
            default: throw ArchiveError(.inputOutput, "write stdout: \(String(cString: strerror(errno)))")
            }
        }
    }

    /// A line for people on stderr.
    package static func note(_ line: String) {
        FileHandle.standardError.write(Data("\(line)\n".utf8))
    }

    /// Asks whoever sits at the terminal, who answers with a line; nil where nobody does.
    package static func ask(_ question: String) -> String? {
        // stdin may be the audio, and stderr a file.
        guard let terminal = FileHandle(forUpdatingAtPath: "/dev/tty") else { return nil }
        defer { try? terminal.close() }
        guard (try? terminal.write(contentsOf: Data("\(question) ".utf8))) != nil else { return nil }
        var line: [UInt8] = []
        while let byte = try? terminal.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
    }

    /// `text` that came from elsewhere, fit for a terminal: control characters and those that reorder a line show as
    /// U+FFFD, so that a title cannot paint over its neighbours.
    package static func clean(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isHarmful =
                switch scalar.properties.generalCategory {
                case .control, .lineSeparator, .paragraphSeparator: true
                default: scalar.properties.isBidiControl
                }
            scalars.append(isHarmful ? "\u{FFFD}" : scalar)
        }
        return String(scalars)
    }
}
