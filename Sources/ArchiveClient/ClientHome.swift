public import ArchiveCore
internal import Foundation

/// The folder of one enrolment: certificate, keys and the server's address, each a 0600 file in a 0700 folder.
///
/// It is enrolled when `certificate.pem` is there, which is written last; keys that are there are never overwritten.
public struct ClientHome: Sendable, Hashable {
    /// The files of an enrolment.
    public enum File: String, Sendable, CaseIterable {
        /// Where the archive is.
        case server = "server.txt"
        /// The CA certificate: the only root that is trusted.
        case authority = "ca.pem"
        /// The key of the certificate.
        case key = "key.pem"
        /// The X25519 age identity, as the stock `age` reads it.
        case identity = "identity.txt"
        /// The hybrid age identity.
        case hybridIdentity = "identity-pq.txt"
        /// The certificate that the archive issued.
        case certificate = "certificate.pem"

        /// Whether it is for its owner's eyes only.
        var isSecret: Bool {
            switch self {
            case .key, .identity, .hybridIdentity: true
            case .server, .authority, .certificate: false
            }
        }
    }

    /// The folder.
    public let path: String
    /// What opens the keys where they rest under a passphrase, and has opened them.
    let opened: OpenedKeys

    /// The folder at `path`; `passphrase` opens its keys where they rest under one.
    public init(path: String, passphrase: any PassphraseSource = NoPassphrase.ofClient) {
        self.path = path
        opened = OpenedKeys(passphrase)
    }

    /// The same, with another cost of scrypt in files that are made.
    init(path: String, passphrase: any PassphraseSource, workFactor: Int) {
        self.path = path
        opened = OpenedKeys(passphrase, workFactor: workFactor)
    }

    /// Homes are the same where their folders are.
    public static func == (left: Self, right: Self) -> Bool { left.path == right.path }

    /// Homes are the same where their folders are.
    public func hash(into hasher: inout Hasher) { hasher.combine(path) }

    /// The folder that `option` names, else `RISALAH_HOME`, else `risalah` in `XDG_CONFIG_HOME`, else
    /// `~/.config/risalah`; a variable that is empty counts as absent.
    ///
    /// - Throws: `configuration` where nothing says which.
    public init(
        option: String?,
        environment: [String: String],
        passphrase: any PassphraseSource = NoPassphrase.ofClient
    ) throws(ArchiveError) {
        opened = OpenedKeys(passphrase)
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let chosen = option ?? variable("RISALAH_HOME") {
            path = chosen
        } else if let base = variable("XDG_CONFIG_HOME"), base.hasPrefix("/") {
            // XDG Base Directory 0.8: a relative path is invalid and is to be ignored.
            path = "\(base)/risalah"
        } else if let home = variable("HOME") {
            path = "\(home)/.config/risalah"
        } else {
            throw ArchiveError(.configuration, "HOME is not set", hint: "name the folder of the enrolment with --home")
        }
    }

    /// The path of `file`.
    public func path(of file: File) -> String { "\(path)/\(file.rawValue)" }

    /// Where recordings wait, sealed, while they are sent.
    public var spool: String { "\(path)/spool" }

    /// Whether an enrolment was completed here.
    public func isEnrolled(in files: some FileSystem = LocalFileSystem()) throws(ArchiveError) -> Bool {
        try files.length(path(of: .certificate)) != nil
    }

    /// The contents of `file`, as UTF-8.
    ///
    /// - Throws: `configuration` where there is no enrolment, or not all of it, or a key that others can read.
    func text(of file: File, in files: some FileSystem) throws(ArchiveError) -> String {
        if file.isSecret, let keys = try openedKeys(in: files) { return keys.text(of: file) }
        guard let bytes = try files.contents(path(of: file)) else {
            guard try isEnrolled(in: files) else {
                throw ArchiveError(
                    .configuration,
                    "this machine is not enrolled: there is no certificate in \(path)",
                    hint: "risalah enrol URL --invite INVITE"
                )
            }
            throw ArchiveError(
                .configuration,
                "\(path(of: file)) is missing",
                hint: "restore it, or ask for a new invite and enrol into another --home"
            )
        }
        let othersMay = try files.mode(path(of: file)) & 0o077
        guard !file.isSecret || othersMay == 0 else {
            throw ArchiveError(
                .configuration,
                "\(path(of: file)) can be read by other users of this machine",
                hint: "chmod 600 \(path(of: file))"
            )
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ArchiveError(.configuration, "\(path(of: file)) is not UTF-8")
        }
        return text
    }

    /// Makes the folder and writes `contents` durably, one file at a time and ``File/certificate`` last, so that a
    /// crash leaves no enrolment rather than half of one. On failure what was written is removed again.
    func write(_ contents: [File: String], in files: some FileSystem) throws(ArchiveError) {
        do {
            try prepareFolder(path, in: files)
            for file in File.allCases {
                guard let text = contents[file] else { continue }
                try files.replace(path(of: file), with: text.utf8, label: "home.write")
            }
        } catch {
            discard(contents.keys, in: files)
            throw error
        }
    }

    /// Writes what an enrolment has before the archive has answered; on failure nothing is left.
    func begin(
        _ server: ServerAddress,
        authority: String,
        _ keys: KeyTexts,
        isProtected: Bool,
        in files: some FileSystem
    ) throws(ArchiveError) {
        var contents: [File: String] = [.server: "\(server)\n", .authority: authority]
        if isProtected {
            try writeSealed(keys, in: files)
        } else {
            for file in [File.key, .identity, .hybridIdentity] { contents[file] = keys.text(of: file) }
        }
        do {
            try write(contents, in: files)
        } catch {
            discard(File.allCases, in: files)
            throw error
        }
    }

    /// Removes `written` after a failure; what cannot be removed is no enrolment without its certificate.
    func discard(_ written: some Sequence<File>, in files: some FileSystem) {
        for file in written {
            try? files.remove(path(of: file), label: "home.discard")
        }
        // What failed was an enrolment, into a folder that had none of this.
        if written.contains(.key) { try? files.remove(sealedKeys, label: "home.discard") }
    }

    /// Refuses a folder that has an enrolment, or any part of one: keys are never overwritten.
    func requireEmpty(in files: some FileSystem) throws(ArchiveError) {
        for name in File.allCases.map(\.rawValue) + [Self.sealedKeysName] {
            guard try files.length("\(path)/\(name)") != nil else { continue }
            let what = try isEnrolled(in: files) ? "an enrolment" : "a part of an enrolment"
            throw ArchiveError(
                .configuration,
                "\(path) has \(what) already: \(name) is there",
                hint: "enrol into another folder with --home DIR"
            )
        }
    }

    /// Makes the folder of the spool where it is absent.
    func prepareSpool(in files: some FileSystem) throws(ArchiveError) {
        try prepareFolder(spool, in: files)
    }

    private func prepareFolder(_ path: String, in files: some FileSystem) throws(ArchiveError) {
        // Made 0700; a folder that was there keeps the mode that its owner gave it, and every file in it is 0600.
        try files.makeFolder(path, label: "home.folder")
    }
}
