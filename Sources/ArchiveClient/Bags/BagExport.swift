public import Age
public import ArchiveCore
public import ArchiveInterface
internal import Auditing
internal import Crypto
internal import Foundation
internal import TransparencyLog

/// A recording that lies in a bag.
public struct BaggedRecording: Sendable {
    /// The recording.
    public let id: RecordingID
    /// Under which access it was delivered.
    public let access: AccessID
    /// Its label when it was.
    public let label: Label
    /// Bytes of its file in the bag.
    public let bytes: Int64
    /// SHA-256 of that file, hex.
    public let digest: String
    /// Entries of the log about it that lie beside it.
    public let entries: Int
    /// The revision of its transcript that lies beside it; nil where it has none.
    public let transcript: Int?
    /// Attachments that lie beside it.
    public let attachments: Int
    /// The origin of the log.
    let origin: String
}

/// Puts recordings into a bag, each as its access delivers it, with what describes it and what became of it.
///
/// For one recording, `data/<id>/`: `recording.opus`, `transcript.json` and `transcript.vtt` where it has a transcript, `attachments/`,
/// `metadata.xml` (Dublin Core), `recording.json` (what `show --json` says), `premis.xml` and `log/`. In a sealed bag each of
/// these is an age file, and nothing in clear describes a recording.
public struct BagExport {
    /// How a bag is sealed.
    public enum Sealing: Sendable {
        /// To the caller's own key.
        case own
        /// To these, who are all of one kind.
        case to([Recipient])
    }

    let client: ArchiveClient
    let bag: BagFolder
    let identities: [Identity]
    let sealing: Sealing?
    let exporter: WhoAmI

    /// An export into `bag`.
    ///
    /// - Parameters:
    ///   - identities: the caller's own, which open what is delivered.
    ///   - sealing: nil for a bag in clear.
    ///   - exporter: who the caller is.
    public init(
        by client: ArchiveClient,
        into bag: BagFolder,
        identities: [Identity],
        sealing: Sealing?,
        exporter: WhoAmI
    ) {
        self.client = client
        self.bag = bag
        self.identities = identities
        self.sealing = sealing
        self.exporter = exporter
    }

    /// Adds what `access` opens, whose receipt holds; takes it back where that fails.
    ///
    /// - Throws: `refused` where the level leaves sealed only and the bag is in clear; `bad-encryption` where what came is
    ///   not whole or not what the archive has on record; `log-mismatch` where an entry is not proved.
    public func add(
        _ id: RecordingID,
        _ access: AccessReport,
        _ kind: RecipientKind,
        progress: TransferProgress? = nil
    ) async throws -> BaggedRecording {
        do {
            return try await put(id, access, kind, progress)
        } catch {
            try bag.discard(folder(id))
            throw error
        }
    }

    private func folder(_ id: RecordingID) -> String { "data/\(id)" }

    private func put(
        _ id: RecordingID,
        _ access: AccessReport,
        _ kind: RecipientKind,
        _ progress: TransferProgress?
    ) async throws -> BaggedRecording {
        guard let links = access.links, let receipt = access.receipt else {
            throw ArchiveError(.logMismatch, "the archive gave no receipt of access \(access.id)")
        }
        guard sealing != nil || links.opus != nil else { throw Self.sealedOnly(id) }
        let recipients =
            switch sealing {
            case nil: [Recipient]()
            case .own: identities.map(\.recipient).filter { $0.kind.rawValue == kind.rawValue }
            case .to(let others): others
            }
        // From here on every byte is delivered under the label that is read now, or not at all.
        let report = try await client.recording(id)
        let file = "recording.opus\(sealing == nil ? "" : ".age")"
        let audio = try await fetch(links.sealed, to: "\(folder(id))/\(file)", recipients, progress)
        guard audio.payload.digest == report.digest else {
            throw ArchiveError(
                .badEncryption,
                "what came of recording \(id) is not what the archive has on record: its payload has SHA-256 "
                    + "\(audio.payload.digest), not \(report.digest)"
            )
        }
        @discardableResult
        func write(
            _ name: String,
            _ contents: some Sequence<UInt8>
        ) throws -> (file: String, written: BagAudio.Content) {
            let file = sealing == nil ? name : "\(name).age"
            let bytes = try sealing == nil ? Array(contents) : AgeFile.seal(contents, to: recipients)
            try bag.write("\(folder(id))/\(file)", bytes)
            return (file, BagAudio.Content(Data(bytes)))
        }
        let transcript = try await transcript(of: id, within: access.id) { try write($0, $1) }
        let attachments = try await attachments(of: report, within: access.id) { link, file in
            try await fetch(link, to: "\(folder(id))/\(file)", recipients, nil)
        }
        let log = try await entries(about: id, opened: AccessEvidence(receipt, of: access.id, to: id))
        try write("log/vkey", "\(log.key.vkey)\n".utf8)
        try write("log/checkpoint", log.checkpoint.utf8)
        for entry in log.entries { try write(Self.proofName(entry.found), entry.proof.utf8) }
        let origin = log.key.name
        let premis = PremisDocument(
            recording: report,
            file: file,
            audio: audio,
            transcript: transcript,
            attachments: attachments,
            events: events(of: log.entries.map(\.found), origin, audio, access.id) { entry in
                if let transcript, transcript.isMade(by: entry) { return transcript.identifier }
                return attachments.first { $0.isMade(by: entry) }?.identifier
            }
        )
        let described = DublinCore(
            recording: report,
            archive: Self.archive(of: origin),
            transcript: transcript,
            attachments: attachments
        )
        try write("metadata.xml", described.text.utf8)
        try write("recording.json", CanonicalJSON.encode(report) + Data("\n".utf8))
        try write("premis.xml", premis.text.utf8)
        return BaggedRecording(
            id: id,
            access: access.id,
            label: Label(report.level, compartments: report.compartments),
            bytes: audio.written.length,
            digest: audio.written.digest,
            entries: log.entries.count,
            transcript: transcript?.report.revision,
            attachments: attachments.count,
            origin: origin
        )
    }

    /// Why a recording does not go into a bag in clear.
    public static func sealedOnly(_ id: RecordingID) -> ArchiveError {
        ArchiveError(.refused, "recording \(id) is of a level that leaves sealed only", hint: "export it with --sealed")
    }

    private func fetch(
        _ link: String,
        to path: String,
        _ recipients: [Recipient],
        _ progress: TransferProgress?
    ) async throws -> BagAudio.Facts {
        var audio = BagAudio(identities, isSealed: sealing != nil, to: recipients)
        let writer = try bag.file(path)
        _ = try await client.fetch(link, progress: progress) { try audio.update($0, into: writer.write) }
        let facts = try audio.finish(into: writer.write)
        try bag.finish(writer)
        try Task.checkCancellation()
        return facts
    }

    // MARK: The log

    private struct Proven {
        var key: NoteVerifier
        var checkpoint: String
        var entries: [(found: AuditedEntry, proof: String)]
    }

    static func proofName(_ entry: AuditedEntry) -> String { "log/\(entry.seq).tlog-proof" }

    /// The name of the archive that a log is of: its origin without what tells it from others of that name.
    static func archive(of origin: String) -> String {
        origin.lastIndex(of: "/").map { String(origin[..<$0]) } ?? origin
    }

    /// What the log tells of a recording, and the entry of this opening; every proof of them was checked.
    private func entries(about id: RecordingID, opened evidence: AccessEvidence) async throws -> Proven {
        let key: NoteVerifier
        do {
            key = try NoteVerifier(vkey: evidence.key)
        } catch {
            throw ArchiveError(.logMismatch, "the key that came with access \(evidence.access) is none of a log")
        }
        let opening = try evidence.verified(by: [key])
        var proven = Proven(key: key, checkpoint: opening.note.serialized, entries: [(opening.entry, evidence.proof)])
        var after: Int?
        repeat {
            let page = try await client.provenance(of: id, after: after)
            guard page.key == evidence.key else {
                throw ArchiveError(
                    .logMismatch,
                    "the log of the archive became another while recording \(id) was exported",
                    hint: "export it again, and ask an auditor whether a restore explains it"
                )
            }
            for entry in page.entries {
                let (found, note) = try Self.verified(entry, of: id, by: key)
                guard found.seq > after ?? -1 else {
                    throw ArchiveError(.unexpected, "the archive gives entries of \(id) again and again")
                }
                after = found.seq
                proven.checkpoint = note
                proven.entries.append((found, entry.proof))
            }
            guard let next = page.next else { break }
            after = next
        } while true
        proven.entries.sort { $0.found.seq < $1.found.seq }
        return proven
    }

    /// The entry, and the checkpoint that it is proved under.
    private static func verified(
        _ entry: ProvenEntry,
        of id: RecordingID,
        by key: NoteVerifier
    ) throws -> (AuditedEntry, checkpoint: String) {
        do {
            let proof = try LogProof(parsing: entry.proof)
            guard let leaf = proof.extra, let found = LogEntry(leaf: leaf), found.object == id.description,
                proof.inclusion.leafIndex == entry.entry
            else { throw ArchiveError(.logMismatch, "entry \(entry.entry) is not one about recording \(id)") }
            try proof.verify(leaf: .leaf(leaf), by: key)
            return (AuditedEntry(seq: entry.entry, entry: found), proof.note.serialized)
        } catch let error as LogError {
            throw ArchiveError(.logMismatch, "entry \(entry.entry) about recording \(id) is not proved: \(error)")
        }
    }

    /// What the entries tell, and what was done here.
    private func events(
        of entries: [AuditedEntry],
        _ origin: String,
        _ audio: BagAudio.Facts,
        _ access: AccessID,
        result: (LogEntry) -> String?
    ) -> [PremisEvent] {
        let suffix = sealing == nil ? "" : ".age"
        let agent = PremisAgent(
            identifier: exporter.principal.description,
            role: exporter.role.rawValue,
            name: exporter.name
        )
        let own = PremisEvent(
            identifier: "export under access \(access)",
            type: "fixity check",
            time: Date(),
            detail: "every chunk authenticated, and the payload compared with the archive's record: SHA-256 "
                + audio.payload.digest,
            agent: agent
        )
        return entries.flatMap { found in
            var events = PremisEvent.events(of: found, in: origin, proof: Self.proofName(found) + suffix)
            if let made = result(found.entry) { events[0].result = made }
            return events
        } + [own]
    }
}
