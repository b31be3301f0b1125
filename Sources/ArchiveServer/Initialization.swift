import AccessPolicy
import ArchiveConfiguration
public import ArchiveCore
import AuditLog
import Catalogue
import Crypto
import Foundation
import Retention
import TransparencyLog
public import Vault

/// What a new archive shows once, to be kept on paper.
public struct FingerprintSheet: Codable, Sendable {
    /// The archive's name.
    public let name: String
    /// Where it will serve.
    public let listen: String
    /// SHA-256 of the CA certificate, hex.
    public let authority: String
    /// The public key of the log, a C2SP vkey.
    public let log: String
    /// Whether it runs without a second person for grants.
    public let solo: Bool
    /// The two persons that it begins with, who confirm each other; none where it begins without.
    public let people: [Founder]
}

extension Archive {
    /// Makes an archive below `root`: Config and Storage, root key, CA, server certificate, log key, level identities.
    ///
    /// `policy.yaml` and `retention.yaml` that are there already are used as they are; anything else is never
    /// overwritten. A mistake in them is found before the first write; what fails later is undone.
    ///
    /// - Parameters:
    ///   - rootKey: where the root key comes from.
    ///   - keys: what there is to get at it with.
    public static func initialize(
        root: String,
        name: String?,
        listen: String,
        health: String,
        isSolo: Bool,
        people: [String] = [],
        rootKey: RootKeyKind = .file,
        keys: RootKeySources = RootKeySources(),
        clock: any ArchiveClock = SystemClock(),
        files: any FileSystem = LocalFileSystem()
    ) async throws -> FingerprintSheet {
        let layout = StorageLayout(root: root)
        try refuseToOverwrite(layout, files)
        guard let address = NetworkAddress(listen) else {
            throw ArchiveError(.badRequest, "--listen \(listen.debugDescription) is not HOST:PORT")
        }
        try checkFounders(people, isSolo: isSolo)
        let name = name ?? "risalah.local"
        guard name.wholeMatch(of: /[A-Za-z0-9.\-]{1,100}/) != nil else {
            throw ArchiveError(.badRequest, "--name is a host name: letters, digits, dots and hyphens")
        }
        let settings = Settings.shipped(name: name, listen: listen, health: health, isSolo: isSolo, rootKey: rootKey)
        let texts = try [
            (layout.policy, Policy.shipped), (layout.schedule, Schedule.shipped), (layout.settings, settings),
        ]
        .filter { path, _ in try files.length(path) == nil }
        let (policy, parsed) = try parse(layout, files, written: Dictionary(uniqueKeysWithValues: texts))
        for folder in [layout.config, layout.secrets, layout.storage] {
            try files.makeFolder(folder, label: "init.make-folder")
        }
        // Of two that begin at once the second finds the lock, or the archive of the first.
        let lock = try FileLock.ofFolder(with: layout.lock)
        defer { lock.release() }
        try refuseToOverwrite(layout, files)
        let made =
            [layout.versionFile] + texts.map(\.0)
            + [layout.rootKey, layout.sealedRootKey, layout.authority, layout.logKey, layout.checkpoint]
            + [layout.vaultDatabase, layout.archiveDatabase].flatMap { [$0, "\($0)-wal", "\($0)-shm"] }
        do {
            for (path, text) in texts { try files.replace(path, with: text.utf8, label: "init.configuration") }
            let key = try rootKey.provider(layout, keys, files: files).create()
            let sheet = try await makeParts(
                layout,
                files,
                clock,
                policy,
                parsed,
                people: people,
                rootKey: (rootKey, key),
                name: name,
                address: (address.host, address.port),
                isSolo: isSolo
            )
            // The version comes last: without it there is no archive, whatever a crash left behind.
            try files.replace(layout.versionFile, with: "\(StorageLayout.version)\n".utf8, label: "init.version")
            return sheet
        } catch {
            for path in made { try? files.remove(path, label: "init.undo") }
            throw error
        }
    }

    private static func refuseToOverwrite(_ layout: StorageLayout, _ files: any FileSystem) throws {
        guard try files.length(layout.versionFile) == nil else {
            throw ArchiveError(
                .configuration,
                "there is an archive at \(layout.root) already; nothing was changed",
                hint: "choose another --root"
            )
        }
        let parts = [
            layout.settings, layout.rootKey, layout.sealedRootKey, layout.authority, layout.logKey, layout.checkpoint,
            layout.archiveDatabase, layout.vaultDatabase,
        ]
        for path in parts where try files.length(path) != nil {
            throw ArchiveError(
                .configuration,
                "\(path) is there, but no \(layout.versionFile); nothing was changed",
                hint: "an init was cut off here, or VERSION was lost: bring VERSION back, or, where nothing was ever "
                    + "archived, remove \(layout.settings), \(layout.secrets) and \(layout.storage)"
            )
        }
    }

    /// Reads the three files of Config as they will be: as they are there, or as they will be `written`.
    private static func parse(
        _ layout: StorageLayout,
        _ files: any FileSystem,
        written: [String: String]
    ) throws -> (Policy, Settings) {
        func text<Value>(
            _ path: String,
            _ parse: (String, String) throws(ConfigurationError) -> Value
        ) throws(ArchiveError) -> Value {
            guard let text = written[path] else { return try read(path, files, parse) }
            do {
                return try parse(text, path)
            } catch {
                throw ArchiveError(.configuration, error.description)
            }
        }
        let settings = try text(layout.settings) { text, file throws(ConfigurationError) in
            try Settings(yaml: text, file: file)
        }
        _ = try text(layout.schedule) { text, file throws(ConfigurationError) in try Schedule(yaml: text, file: file) }
        let policy = try text(layout.policy) { text, file throws(ConfigurationError) in
            try Policy(yaml: text, file: file)
        }
        return (policy, settings)
    }

    private static func makeParts(
        _ layout: StorageLayout,
        _ files: any FileSystem,
        _ clock: any ArchiveClock,
        _ policy: Policy,
        _ settings: Settings,
        people: [String],
        rootKey: (kind: RootKeyKind, key: SecretBytes),
        name: String,
        address: (host: String, port: Int),
        isSolo: Bool
    ) async throws -> FingerprintSheet {
        let now = clock.now
        let vault = try Vault(path: layout.vaultDatabase, rootKey: rootKey.key, clock: clock, files: files)
        let catalogue = try Catalogue(path: layout.archiveDatabase, files: files)
        let authority = try Authority.create(name: name, in: vault, now: now)
        let server = try authority.makeServerCertificate(
            hosts: Authority.hosts(name: name, listening: address.host),
            in: vault,
            now: now
        )
        for level in policy.levels { try vault.makeIdentities(for: level.level) }
        // A random part keeps the logs of two archives of one name apart.
        let origin = "\(name)/\(Base32.encode(Random.bytes(5)))"
        try vault.keep(Data(origin.utf8), as: originName)
        let log = try AuditLog(
            catalogue: catalogue,
            vault: vault,
            layout: layout,
            clock: clock,
            origin: origin,
            isNew: true,
            files: files
        )
        try await log.record(
            actor: .hostUser(getuid()),
            action: "archive.init",
            details: [
                "solo": String(isSolo), "ca": try authority.certificate.fingerprint(),
                "rootKey": rootKey.kind.description, "tls": try server.fingerprint(),
                "log": log.verificationKey, "levels": policy.levels.map(\.level.name).joined(separator: ","),
            ]
        )
        let founders = try await addFounders(people, policy, settings, catalogue, vault, log, authority, now: now)
        try files.replace(layout.authority, with: try authority.certificate.pemText().utf8, label: "init.ca")
        try files.setMode(layout.authority, 0o644, label: "init.ca")
        try files.replace(layout.logKey, with: "\(log.verificationKey)\n".utf8, label: "init.log-key")
        try files.setMode(layout.logKey, 0o644, label: "init.log-key")
        let sheet = FingerprintSheet(
            name: name,
            listen: "\(address.host):\(address.port)",
            authority: try authority.certificate.fingerprint(),
            log: log.verificationKey,
            solo: isSolo,
            people: founders
        )
        try catalogue.close()
        try vault.close()
        return sheet
    }
}
