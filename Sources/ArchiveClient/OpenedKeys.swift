internal import Age
internal import ArchiveCore
internal import Synchronization

/// Opens the keys of an enrolment that rest under a passphrase, once: scrypt takes a second and 256 MiB.
final class OpenedKeys: Sendable {
    /// The most scrypt work that is done for a file in the folder.
    private static let maximumWorkFactor = 20

    let source: any PassphraseSource
    private let workFactor: Int
    private let known = Mutex<(sealed: [UInt8], keys: KeyTexts)?>(nil)

    /// Nothing is opened yet.
    ///
    /// - Parameter workFactor: the binary logarithm of scrypt's cost in files that are made.
    init(_ source: any PassphraseSource, workFactor: Int = Header.defaultWorkFactor) {
        self.source = source
        self.workFactor = workFactor
    }

    /// The keys in the file with these bytes.
    ///
    /// - Throws: `refused` where it is another passphrase; `configuration` where the file is no such file.
    func open(_ sealed: [UInt8], _ path: String) throws(ArchiveError) -> KeyTexts {
        if let keys = known.withLock({ $0?.sealed == sealed ? $0?.keys : nil }) { return keys }
        let keys = try Self.open(sealed, path, source)
        known.withLock { $0 = (sealed, keys) }
        return keys
    }

    private static func open(
        _ sealed: [UInt8],
        _ path: String,
        _ source: any PassphraseSource
    ) throws(ArchiveError) -> KeyTexts {
        let contents: [UInt8]
        do {
            let file = try PassphraseFile(sealed)
            let passphrase = try Passphrase(source.passphrase(isNew: false).exposedBytes)
            contents = try file.open(with: passphrase, maximumWorkFactor: maximumWorkFactor)
        } catch let error as ArchiveError {
            throw error
        } catch let error as AgeError {
            guard error.code == .noMatch else {
                throw ArchiveError(.configuration, "\(path) cannot be opened: \(error.message)")
            }
            throw ArchiveError(.refused, "the passphrase does not open \(path)", hint: "try again")
        } catch {
            throw ArchiveError(.unexpected, "\(path): \(error)")
        }
        guard let text = String(validating: contents, as: UTF8.self), let keys = KeyTexts(file: text) else {
            throw ArchiveError(.configuration, "\(path) holds no keys of an enrolment")
        }
        return keys
    }

    /// The bytes of a file with `keys`, under the passphrase of this home.
    func seal(_ keys: KeyTexts) throws(ArchiveError) -> [UInt8] {
        let sealed = try seal(keys, under: source.passphrase(isNew: false))
        known.withLock { $0 = (sealed, keys) }
        return sealed
    }

    /// The bytes of a file with `keys`, under a passphrase that `source` has chosen.
    ///
    /// - Throws: `configuration` where that is too short.
    func seal(_ keys: KeyTexts, choosing source: any PassphraseSource) throws(ArchiveError) -> [UInt8] {
        try seal(keys, under: source.chosenPassphrase())
    }

    private func seal(_ keys: KeyTexts, under passphrase: SecretBytes) throws(ArchiveError) -> [UInt8] {
        do throws(AgeError) {
            return try PassphraseFile.seal(
                Array(keys.file.utf8),
                under: Passphrase(passphrase.exposedBytes),
                workFactor: workFactor
            )
        } catch {
            throw ArchiveError(.unexpected, "the keys could not be sealed: \(error.message)")
        }
    }
}
