internal import ArchiveCore
internal import Glibc

/// The terminal of this process, wherever stdin and stdout go.
final class Terminal {
    private let descriptor: Int32

    /// Nil where there is none.
    init?() {
        descriptor = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// Asks for a line that is not shown.
    ///
    /// Keys come one by one and signals by keys are off, so that ^C ends the question and not the process: it would
    /// leave a terminal behind that shows nothing.
    ///
    /// - Throws: `configuration` where the person gives up, or gives nothing.
    func secretLine(_ prompt: String, limit: Int) throws(ArchiveError) -> SecretBytes {
        var before = termios()
        guard tcgetattr(descriptor, &before) == 0 else {
            throw ArchiveError(.configuration, "the terminal cannot be asked: \(String(cString: strerror(errno)))")
        }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO | ECHONL | ICANON | ISIG)
        guard tcsetattr(descriptor, TCSAFLUSH, &silent) == 0 else {
            throw ArchiveError(.configuration, "the terminal cannot be asked: \(String(cString: strerror(errno)))")
        }
        defer {
            tcsetattr(descriptor, TCSAFLUSH, &before)
            show("\n")
        }
        show(prompt)
        var line: [UInt8] = []
        while true {
            var key: UInt8 = 0
            let count = read(descriptor, &key, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { throw Self.nothing }
            switch key {
            case 0x0A, 0x0D:
                guard !line.isEmpty else { throw Self.nothing }
                return SecretBytes(line)
            case 0x03, 0x04, 0x1C: throw Self.nothing
            case 0x08, 0x7F: Self.removeLastCharacter(of: &line)
            case 0x15: line.removeAll()
            default: if line.count < limit { line.append(key) }
            }
        }
    }

    private static let nothing = ArchiveError(.configuration, "no passphrase was given")

    /// A character of UTF-8 ends with its continuation bytes.
    private static func removeLastCharacter(of line: inout [UInt8]) {
        while let last = line.popLast(), last & 0xC0 == 0x80 {}
    }

    private func show(_ text: String) {
        // A prompt that is not seen loses nothing: the answer decides.
        _ = Array(text.utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }
}
