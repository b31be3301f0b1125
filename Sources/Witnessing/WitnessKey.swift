public import ArchiveCore
import Crypto
import Foundation
public import TransparencyLog

/// The key of a witness as it lies in its folder: one line, `PRIVATE+KEY+NAME+ID+BASE64(0x04 || seed)`, the form that
/// other tools of the C2SP family give to keys of notes.
public struct WitnessKey: Sendable {
    private static let prefix = "PRIVATE+KEY+"
    private static let type: UInt8 = 0x04

    /// Makes cosignatures.
    public let signer: CosignatureSigner

    /// Makes a new key under `name` in the folder `state`, which is made too where it is absent; the file has mode 0600.
    ///
    /// - Throws: `conflict` where there is a key already: it is never overwritten; `bad-request` where no key can be
    ///   named so.
    public init(
        making name: String,
        in state: String,
        files: any FileSystem = LocalFileSystem()
    ) throws(ArchiveError) {
        let layout = WitnessLayout(folder: state)
        let key = Curve25519.Signing.PrivateKey()
        do {
            signer = try CosignatureSigner(name: name, privateKey: key)
        } catch {
            throw ArchiveError(.badRequest, "\(error.message)", hint: "name it like saksi.example/satu")
        }
        try files.makeFolder(state, label: "witness.folder")
        let lock = try FileLock.ofFolder(with: layout.lock)
        defer { lock.release() }
        guard try files.length(layout.key) == nil else {
            throw ArchiveError(.conflict, "there is a key already: \(layout.key)", hint: "give --state another folder")
        }
        let fields = signer.verifier.vkey.split(separator: "+", maxSplits: 2)
        let secret = Data([Self.type] + key.rawRepresentation).base64EncodedString()
        let line = "\(Self.prefix)\(fields[0])+\(fields[1])+\(secret)\n"
        try files.replace(layout.key, with: line.utf8, label: "witness.key")
    }

    /// Reads the key in the folder `state`.
    ///
    /// - Throws: `configuration` where there is none, others can read it, or it is not one.
    public init(in state: String, files: any FileSystem = LocalFileSystem()) throws(ArchiveError) {
        let path = WitnessLayout(folder: state).key
        guard let bytes = try files.contents(path, limit: 4096) else {
            throw ArchiveError(
                .configuration,
                "there is no key at \(path)",
                hint: "make one: risalah audit witness init --state \(state) --name NAME"
            )
        }
        guard try files.mode(path) & 0o077 == 0 else {
            throw ArchiveError(.configuration, "others than its owner may use \(path)", hint: "chmod 600 \(path)")
        }
        let broken = ArchiveError(.configuration, "\(path) is no key of a witness", hint: "restore it from its backup")
        guard let text = String(validating: bytes, as: UTF8.self), text.hasPrefix(Self.prefix), text.hasSuffix("\n")
        else { throw broken }
        let fields = text.dropLast().dropFirst(Self.prefix.count).split(separator: "+", maxSplits: 2)
        guard fields.count == 3, let secret = Data(base64Encoded: String(fields[2])), secret.first == Self.type,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: secret.dropFirst()),
            let signer = try? CosignatureSigner(name: String(fields[0]), privateKey: key),
            signer.verifier.vkey.hasPrefix("\(fields[0])+\(fields[1])+")
        else { throw broken }
        self.signer = signer
    }
}
