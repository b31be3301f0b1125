package import ArchiveCore
internal import Glibc
internal import Synchronization

/// Gets a passphrase where the command line, the environment or a person has it, and gets it once.
package final class PassphraseReader: PassphraseSource {
    /// More than a person remembers.
    private static let limit = 1024

    /// What a passphrase is of, and where it is looked for.
    package struct Purpose: Sendable {
        /// The variable of the environment that names its file.
        let variable: String
        /// How a person is asked for one to choose, and for the one chosen.
        let questions: (new: String, known: String)
        /// Says that there is none.
        let none: any PassphraseSource

        /// What `questions` ask for; `none` says where it could come from.
        package init(variable: String, questions: (new: String, known: String), none: any PassphraseSource) {
            self.variable = variable
            self.questions = questions
            self.none = none
        }

        /// The passphrase of an archive's root key.
        package static let rootKey = Purpose(
            variable: "RISALAH_PASSPHRASE_FILE",
            questions: (
                localized("New passphrase of the root key: ", id: "Frasa sandi baru untuk kunci akar: "),
                localized("Passphrase of the root key: ", id: "Frasa sandi kunci akar: ")
            ),
            none: NoPassphrase.ofRootKey
        )
    }

    private let file: String?
    private let purpose: Purpose
    private let known = Mutex<SecretBytes?>(nil)

    /// Reads `file` (`-` is stdin), else the file that the purpose's variable of `environment` names, else asks at the
    /// terminal.
    package init(file: String?, environment: [String: String], for purpose: Purpose = .rootKey) {
        let named = environment[purpose.variable].flatMap { $0.isEmpty ? nil : $0 }
        self.file = file ?? named
        self.purpose = purpose
    }

    /// Whether a person will be asked.
    package var asks: Bool { file == nil }

    /// See ``PassphraseSource/passphrase(isNew:)``.
    package func passphrase(isNew: Bool) throws(ArchiveError) -> SecretBytes {
        if let found = known.withLock({ $0 }) { return found }
        let found: SecretBytes
        if let file { found = try Self.read(file) } else { found = try ask(isNew: isNew) }
        known.withLock { $0 = found }
        return found
    }

    // MARK: A file

    private static func read(_ path: String) throws(ArchiveError) -> SecretBytes {
        if path == "-" { return try read(STDIN_FILENO, "stdin") }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw ArchiveError(.configuration, "the passphrase file \(path) cannot be read: \(reason)")
        }
        defer { close(descriptor) }
        var status = stat()
        // A pipe, as /dev/fd/3, is nobody's to read but its ends'. A credential of systemd is let in by an ACL, whose
        // mask shows as the bits of the group.
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o007 != 0 {
            throw ArchiveError(
                .configuration,
                "everybody may read the passphrase in \(path)",
                hint: "chmod 600 \(path)"
            )
        }
        return try read(descriptor, path)
    }

    /// One line: what stands before its line feed.
    private static func read(_ descriptor: Int32, _ name: String) throws(ArchiveError) -> SecretBytes {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: limit)
        while bytes.count <= limit {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                let reason = String(cString: strerror(errno))
                throw ArchiveError(.configuration, "the passphrase in \(name) cannot be read: \(reason)")
            }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard !bytes.isEmpty, bytes.count <= limit, !bytes.contains(where: { $0 == 0 || $0 == UInt8(ascii: "\n") })
        else {
            throw ArchiveError(.configuration, "\(name) does not hold a passphrase: one line of at most \(limit) bytes")
        }
        return SecretBytes(bytes)
    }

    // MARK: A person

    private func ask(isNew: Bool) throws(ArchiveError) -> SecretBytes {
        guard let terminal = Terminal() else { return try purpose.none.passphrase(isNew: isNew) }
        let first = try terminal.secretLine(
            isNew ? purpose.questions.new : purpose.questions.known,
            limit: Self.limit
        )
        guard isNew else { return first }
        let again = try terminal.secretLine(
            localized("The same again: ", id: "Sekali lagi: "),
            limit: Self.limit
        )
        guard first == again else { throw ArchiveError(.configuration, "the two passphrases differ; nothing was made") }
        return first
    }
}
