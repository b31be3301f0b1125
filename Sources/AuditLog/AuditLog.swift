public import ArchiveCore
public import Catalogue
import Crypto
public import Foundation
import TransparencyLog
public import Vault

/// The log as the archive keeps it: entries in the transaction of what they record, texts sealed beside them, a signed
/// head after every commit.
public struct AuditLog: Sendable {
    let clock: any ArchiveClock
    private let texts: SecretSeal
    /// The key that signed when the log was opened.
    let signer: NoteSigner
    /// The key that signs now.
    let signing: SigningKey
    let layout: StorageLayout
    let files: any FileSystem
    let catalogue: Catalogue
    /// Has the keys of all origins, and remembers those that the database may have forgotten.
    let vault: Vault
    /// The origin that the log began under.
    let firstOrigin: String
    /// The origins that the database knew when it was opened, oldest first.
    let knownOrigins: [String]

    /// Opens the log and gives it to the catalogue to append to.
    ///
    /// - Parameters:
    ///   - origin: the name that the log began under; its key is named after it.
    ///   - isNew: whether the archive is being made: only then may the log be empty and without a last checkpoint.
    /// - Throws: `log-mismatch` where the database is behind its own last checkpoint, or is not what it signed.
    public init(
        catalogue: Catalogue,
        vault: Vault,
        layout: StorageLayout,
        clock: any ArchiveClock,
        origin: String,
        isNew: Bool = false,
        files: any FileSystem = LocalFileSystem()
    ) throws {
        if isNew { try vault.makeLogKey() }
        try self.init(
            examining: catalogue,
            vault: vault,
            layout: layout,
            clock: clock,
            origin: origin,
            files: files
        )
        let observer = CheckpointFile(layout: layout, files: files)
        let tree = try restoredTree()
        if isNew && tree.size == 0 { try observer.committed(checkpoint: tree.checkpoint()) }
        try finishRestart(tree, observer)
        try compareWithCopy(tree)
        catalogue.startLog(tree, observer: observer)
    }

    /// Opens a log for ``verify()`` alone, whatever was done to it: nothing can be appended.
    public init(
        examining catalogue: Catalogue,
        vault: Vault,
        layout: StorageLayout,
        clock: any ArchiveClock,
        origin: String,
        files: any FileSystem = LocalFileSystem()
    ) throws {
        self.catalogue = catalogue
        self.clock = clock
        self.layout = layout
        self.files = files
        texts = try vault.seal("log texts")
        firstOrigin = origin
        self.vault = vault
        let later = try catalogue.readNow { try $0.logOrigins() }.map(\.origin)
        knownOrigins = [origin] + later
        signer = try NoteSigner(name: later.last ?? origin, privateKey: vault.logKey(of: later.last))
        signing = SigningKey(signer)
    }

    /// The public key as a C2SP vkey: what an auditor keeps on paper.
    public var verificationKey: String { signing.signer.verifier.vkey }

    /// The newest signed head; nil while the log is empty.
    public func checkpoint() throws -> String? { try catalogue.logHead()?.checkpoint }

    // MARK: Appending

    /// Appends an entry within the transaction that does what it records; returns its seq.
    ///
    /// - Parameter texts: free texts by field. The entry holds salted commitments to them; text and salt are sealed beside
    ///   it, where they can be erased without touching the tree.
    @discardableResult
    public func append(
        to writer: CatalogueWriter,
        actor: Actor,
        action: String,
        object: String? = nil,
        label: Label? = nil,
        decision: LogEntry.Decision = .allow,
        details: [String: String] = [:],
        texts: [String: String] = [:]
    ) throws -> Int {
        try append(
            to: writer,
            actor: actor,
            action: action,
            object: object,
            label: label,
            decision: decision,
            details: details,
            texts: seal(texts)
        )
    }

    /// Appends an entry whose texts were sealed before, which takes some time that the one writer need not spend.
    @discardableResult
    public func append(
        to writer: CatalogueWriter,
        actor: Actor,
        action: String,
        object: String?,
        label: Label?,
        decision: LogEntry.Decision,
        details: [String: String],
        texts: [SealedEntry.Text]
    ) throws -> Int {
        let entry = LogEntry(
            time: clock.now,
            actor: actor,
            action: action,
            object: object,
            label: label,
            decision: decision,
            details: details,
            commitments: texts.reduce(into: [:]) { $0[$1.field] = $1.commitment }
        )
        return try writer.append(SealedEntry(entry: entry, texts: texts))
    }

    /// Appends an entry that records no other change.
    public func record(
        actor: Actor,
        action: String,
        object: String? = nil,
        label: Label? = nil,
        decision: LogEntry.Decision = .allow,
        details: [String: String] = [:],
        texts: [String: String] = [:]
    ) async throws {
        try await catalogue.write { writer in
            _ = try append(
                to: writer,
                actor: actor,
                action: action,
                object: object,
                label: label,
                decision: decision,
                details: details,
                texts: texts
            )
        }
    }

    // MARK: Texts

    private static let saltLength = 32

    /// SHA-256 over a random salt and the text: says nothing of the text to who does not have the salt.
    private static func commitment(_ saltedText: Data) -> String { SHA256.hash(data: saltedText).hexadecimal }

    /// Seals the texts of one entry, by field.
    public func seal(_ texts: [String: String]) throws -> [SealedEntry.Text] {
        try texts.sorted { $0.key < $1.key }.map { try seal(text: $0.value, field: $0.key) }
    }

    private func seal(text: String, field: String) throws -> SealedEntry.Text {
        let salted = Data(Random.bytes(Self.saltLength)) + Data(text.utf8)
        let commitment = Self.commitment(salted)
        return SealedEntry.Text(
            field: field,
            commitment: commitment,
            sealed: try texts.seal(salted, context: commitment)
        )
    }

    /// The text behind a commitment; throws `storage` where what lies there is not what was committed to.
    public func open(_ text: SealedEntry.Text) throws(ArchiveError) -> String { try opened(text).text }

    /// The text behind a commitment, and the salt that was hashed before it.
    public func opened(_ text: SealedEntry.Text) throws(ArchiveError) -> (salt: Data, text: String) {
        let salted = try texts.open(text.sealed, context: text.commitment)
        guard salted.count >= Self.saltLength, Self.commitment(salted) == text.commitment else {
            throw ArchiveError(.storage, "the text sealed as \(text.field) is not the one that the entry commits to")
        }
        let text = String(decoding: salted.dropFirst(Self.saltLength), as: UTF8.self)
        return (salted.prefix(Self.saltLength), text)
    }

    // MARK: Start

    func restoredTree() throws -> SignedTree {
        guard let head = try catalogue.logHead() else {
            guard try catalogue.readNow({ try $0.entryCount() }) == 0 else {
                throw ArchiveError(.logMismatch, "the log has entries and no head")
            }
            return SignedTree(frontier: TreeFrontier(), signer: signer)
        }
        let tree: SignedTree
        do {
            tree = try SignedTree(size: head.size, state: head.state, signer: signer)
        } catch {
            throw ArchiveError(
                .logMismatch,
                "what is kept of the log's tree is none: \(error)",
                hint: "run `risalahd audit verify`"
            )
        }
        let signed = try verified(head.checkpoint, as: "the head of the log")
        guard signed.size == tree.size, signed.root == tree.root,
            try catalogue.readNow({ try $0.entryCount() }) == tree.size
        else {
            throw ArchiveError(
                .logMismatch,
                "the log does not have the \(signed.size) entries that its head was signed for",
                hint: "run `risalahd audit verify`"
            )
        }
        return tree
    }

    /// The checkpoint in `note`, if this log's key signed it.
    ///
    /// - Parameter origin: the origin that should have; nil for the one that signs now.
    func verified(_ note: String, as name: String, of origin: String? = nil) throws -> Checkpoint {
        do {
            let key = try origin.map { try signer(of: $0) } ?? signing.signer
            return try key.verifier.checkpoint(in: SignedNote(parsing: note))
        } catch {
            throw ArchiveError(.logMismatch, "\(name) is not signed by this log: \(error)")
        }
    }

    /// The copy of the last checkpoint. Without it nothing here shows that the database is the newest, so its absence
    /// is a fault as much as its being ahead, or of another origin.
    func copiedCheckpoint() throws -> Checkpoint {
        var origin = ""
        while true {
            guard let stored = try storedCheckpoint() else {
                throw ArchiveError(
                    .logMismatch,
                    "there is no \(layout.checkpoint), so nothing shows that the log is as long as it was",
                    hint: "put the file back, or the newest checkpoint that an auditor of this archive holds"
                )
            }
            // One that begins just now has its checkpoint there before it is known everywhere.
            guard !signing.mayHaveSigned(as: stored.checkpoint.origin) else { return stored.checkpoint }
            // Its time may have ended since it was read: then that of the next one is there by now (``rotate(because:by:)``).
            guard stored.checkpoint.origin != origin else { break }
            origin = stored.checkpoint.origin
        }
        let isKnown = knownOrigins.contains { $0.utf8.elementsEqual(origin.utf8) }
        throw ArchiveError(
            .logMismatch,
            "\(layout.checkpoint) is of \(origin), this database goes on under \(signer.name)"
                + (isKnown ? ", which came after that" : " and knows nothing of that origin"),
            hint: isKnown
                ? "put the newest checkpoint back, or one that an auditor of this archive holds"
                : "this database is older than what the archive has answered; bring the newer one back, or, where it is "
                    + "lost, `risalahd audit restart`"
        )
    }

    /// A database behind its own last checkpoint was put back or cut short, and refuses to serve.
    private func compareWithCopy(_ tree: SignedTree) throws {
        let copy = try copiedCheckpoint()
        guard copy.size <= tree.size else {
            throw ArchiveError(
                .logMismatch,
                "the log has \(tree.size) entries, but its last checkpoint was signed for \(copy.size)",
                hint:
                    "this database is older than what the archive has answered; bring the newer one back, or, where it is "
                    + "lost, `risalahd audit restart`"
            )
        }
        guard copy.size == tree.size else { return }
        guard copy.root == tree.root else {
            throw ArchiveError(.logMismatch, "the log and its last checkpoint, both of \(tree.size) entries, differ")
        }
    }
}

/// Keeps the copy of the last checkpoint in Storage.
struct CheckpointFile: CommitObserver {
    let layout: StorageLayout
    let files: any FileSystem

    func committed(checkpoint: String) throws {
        try files.replace(layout.checkpoint, with: checkpoint.utf8, label: "checkpoint.write")
    }
}

extension Sequence<UInt8> {
    /// Lower-case hexadecimal.
    public var hexadecimal: String {
        let digits = StaticString("0123456789abcdef").utf8Start
        let text = reduce(into: [UInt8]()) { text, byte in
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 0x0F)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
