import AccessPolicy
import ArchiveConfiguration
public import ArchiveCore
import AuditLog
import Catalogue
import Crypto
import Foundation
import Retention
import TransparencyLog
import Vault

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
}

extension Archive {
    /// Makes an archive below `root`: Config and Storage, root key, CA, server certificate, log key, level identities.
    ///
    /// `policy.yaml` and `retention.yaml` that are there already are used as they are; anything else is never overwritten.
    public static func initialize(
        root: String,
        name: String?,
        listen: String,
        health: String,
        isSolo: Bool,
        clock: any ArchiveClock = SystemClock(),
        files: any FileSystem = LocalFileSystem()
    ) async throws -> FingerprintSheet {
        let layout = StorageLayout(root: root)
        for path in [layout.versionFile, layout.archiveDatabase, layout.vaultDatabase, layout.rootKey, layout.settings]
        where try files.length(path) != nil {
            throw ArchiveError(
                .configuration,
                "\(path) is there already; nothing was changed",
                hint: "choose another --root, or remove that archive yourself"
            )
        }
        guard let address = Settings.address(listen) else {
            throw ArchiveError(.badRequest, "--listen \(listen.debugDescription) is not HOST:PORT")
        }
        let name = name ?? "risalah.local"
        guard name.wholeMatch(of: /[A-Za-z0-9.\-]{1,100}/) != nil else {
            throw ArchiveError(.badRequest, "--name is a host name: letters, digits, dots and hyphens")
        }
        for folder in [layout.config, layout.secrets, layout.storage] {
            try files.makeFolder(folder, label: "init.make-folder")
        }
        try writeConfiguration(layout, files, name: name, listen: listen, health: health, isSolo: isSolo)
        try RootKeyFile(path: layout.rootKey, files: files).create()
        let sheet = try await makeParts(layout, files, clock, name: name, address: address, isSolo: isSolo)
        // The version comes last: without it there is no archive, whatever a crash left behind.
        try files.replace(layout.versionFile, with: "\(StorageLayout.version)\n".utf8, label: "init.version")
        return sheet
    }

    private static func writeConfiguration(
        _ layout: StorageLayout,
        _ files: any FileSystem,
        name: String,
        listen: String,
        health: String,
        isSolo: Bool
    ) throws {
        let texts = [
            (layout.policy, Policy.shipped), (layout.schedule, Schedule.shipped),
            (layout.settings, Settings.shipped(name: name, listen: listen, health: health, isSolo: isSolo)),
        ]
        for (path, text) in texts where try files.length(path) == nil {
            try files.replace(path, with: text.utf8, label: "init.configuration")
        }
    }

    private static func makeParts(
        _ layout: StorageLayout,
        _ files: any FileSystem,
        _ clock: any ArchiveClock,
        name: String,
        address: (host: String, port: Int),
        isSolo: Bool
    ) async throws -> FingerprintSheet {
        let now = clock.now
        let policy = try read(layout.policy, files) { text, file throws(ConfigurationError) in
            try Policy(yaml: text, file: file)
        }
        _ = try read(layout.schedule, files) { text, file throws(ConfigurationError) in
            try Schedule(yaml: text, file: file)
        }
        _ = try read(layout.settings, files) { text, file throws(ConfigurationError) in
            try Settings(yaml: text, file: file)
        }
        let vault = try Vault(
            path: layout.vaultDatabase,
            root: RootKeyFile(path: layout.rootKey, files: files),
            files: files
        )
        let catalogue = try Catalogue(path: layout.archiveDatabase, files: files)
        let authority = try Authority.create(name: name, in: vault, now: now)
        try authority.makeServerCertificate(
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
            files: files
        )
        try await log.record(
            actor: .hostUser(getuid()),
            action: "archive.init",
            details: ["solo": String(isSolo), "ca": try authority.certificate.fingerprint()]
        )
        try files.replace(layout.authority, with: try authority.certificate.pemText().utf8, label: "init.ca")
        try files.setMode(layout.authority, 0o644, label: "init.ca")
        try files.replace(layout.logKey, with: "\(log.verificationKey)\n".utf8, label: "init.log-key")
        try files.setMode(layout.logKey, 0o644, label: "init.log-key")
        let sheet = FingerprintSheet(
            name: name,
            listen: "\(address.host):\(address.port)",
            authority: try authority.certificate.fingerprint(),
            log: log.verificationKey,
            solo: isSolo
        )
        try catalogue.close()
        try vault.close()
        return sheet
    }
}
