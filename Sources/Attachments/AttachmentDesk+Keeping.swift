import AccessPolicy
import Age
public import ArchiveCore
import AuditLog
import BlobStore
import Catalogue
import Crypto
public import Foundation
import Retention
import Retrieval
import Synchronization
import Vault

extension AttachmentDesk {
    /// What was written, and has no name yet.
    private struct Written {
        let key: BlobKey
        let facts: AttachmentFacts
        let size: Int
        let digest: Data
    }

    /// Keeps what `body` gives as an attachment of a recording: all of it, or nothing. What the recording has already, under the
    /// same name, is not kept twice.
    ///
    /// Order (DESIGN.md invariant 3): the payload durable without a name → the catalogue knows what is begun → the payload has its
    /// name → catalogue transaction with its entry. A crash in between leaves what nobody was told of: without a name a restart removes
    /// it, with one `check` or the next attachment, which know it by what was begun.
    ///
    /// - Parameters:
    ///   - length: bytes that are announced, where they are.
    ///   - body: asked for when it is known that the caller may; sealed as it comes, so that no more than a mebibyte of it is
    ///   in memory.
    /// - Returns: the attachment, and whether it is new.
    /// - Throws: `bad-metadata` for a name or a media type that is none; `not-found` where the recording is not the caller's to know;
    ///   `refused` where they may not describe it, or it stands on a frozen list; `too-large`; `quota-spent` where it has ``most`` already,
    ///   or the caller sends ``mostAtOnce``; `exhausted` where the disk has no room left beside what is kept for other things; what `body`
    ///   throws.
    public func attach<Body: AsyncSequence>(
        to recording: RecordingID,
        named name: String,
        mediaType: String,
        length: Int? = nil,
        by caller: Caller,
        _ body: Body
    ) async throws -> (attachment: Attachment, isNew: Bool) where Body.Element: ContiguousBytes {
        try Self.check(name: name, mediaType: mediaType)
        // Before anything is read or written: nothing is kept for who may not.
        try await attempt(Self.action, on: recording.description, by: caller) { [self] writer, caller in
            _ = try attachable(recording, caller, writer.reader)
        }
        guard length ?? 0 <= Self.largest else { throw Self.tooLarge }
        try beginSending(by: caller)
        defer { endSending(by: caller) }
        let key = BlobKey.unfinished(UploadID())
        do {
            // It waits for the disk, and others are not to wait for that.
            let written = try await withTaskExecutorPreference(executor) {
                try await write(body, as: key, named: name, mediaType)
            }
            return try await turns.holding([recording]) { try await keep(written, to: recording, by: caller) }
        } catch {
            try? blobs.remove(key)
            throw error
        }
    }

    private static let action = "attachment.store"
    private static let tooLarge = ArchiveError(.tooLarge, "an attachment has at most \(largest) bytes")

    private func beginSending(by caller: Caller) throws(ArchiveError) {
        let isOne = underWay.withLock { underWay in
            guard underWay[caller.principal.id, default: 0] < Self.mostAtOnce else { return false }
            underWay[caller.principal.id, default: 0] += 1
            return true
        }
        guard isOne else {
            throw ArchiveError(
                .quotaSpent,
                "\(Self.mostAtOnce) attachments of yours are on their way",
                hint: "send this one after them"
            )
        }
    }

    private func endSending(by caller: Caller) {
        underWay.withLock { underWay in
            let rest = (underWay[caller.principal.id] ?? 1) - 1
            underWay[caller.principal.id] = rest > 0 ? rest : nil
        }
    }

    private func attachable(_ id: RecordingID, _ caller: Caller, _ reader: CatalogueReader) throws -> RecordingRow {
        let row = try visible(id, caller, reader)
        guard may(.describe, row.visibility, caller) else { throw Self.refusal(caller, to: "attach anything to it") }
        // What was decided about has to be what goes.
        guard try !reader.isFrozen(id) else {
            throw ArchiveError(
                .refused,
                "it stands on a frozen list",
                hint: "a records manager can hold it, or cancel the list"
            )
        }
        return row
    }

    private static func check(name: String, mediaType: String) throws(ArchiveError) {
        guard !name.isEmpty, name.utf8.count <= longestName, ![".", ".."].contains(name),
            !name.unicodeScalars.contains(where: { $0 == "/" || $0.properties.generalCategory == .control })
        else {
            throw ArchiveError(
                .badMetadata,
                "\(String(name.prefix(80)).debugDescription) is no name for an attachment",
                hint: "give the name of a file: 1 to \(longestName) bytes, no folders, no control characters"
            )
        }
        let halves = mediaType.split(separator: "/", omittingEmptySubsequences: false)
        // RFC 6838 section 4.2.
        let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&-^_.+")
        guard mediaType.count <= longestType, halves.count == 2, halves.allSatisfy({ !$0.isEmpty }),
            halves.joined().allSatisfy(allowed.contains)
        else {
            throw ArchiveError(
                .badMetadata,
                "\(String(mediaType.prefix(80)).debugDescription) is no media type",
                hint: "give one like text/plain, without parameters; application/octet-stream where nothing is known"
            )
        }
    }

    // MARK: Writing

    private static let step = 1 << 20

    private func write<Body: AsyncSequence>(
        _ body: Body,
        as key: BlobKey,
        named name: String,
        _ mediaType: String
    ) async throws -> Written where Body.Element: ContiguousBytes {
        let fileKey = FileKey()
        var encryptor = PayloadEncryptor(fileKey: fileKey)
        var (plaintext, ciphertext) = (SHA256(), SHA256())
        var length = 0
        let writer = try blobs.append(to: key)
        var output: [UInt8] = []
        for try await piece in body {
            try piece.withUnsafeBytes { bytes in
                length += bytes.count
                guard length <= Self.largest else { throw Self.tooLarge }
                plaintext.update(bufferPointer: bytes)
                try encryptor.update(bytes, into: &output)
            }
            if output.count >= Self.step { try flush(&output, to: writer, &ciphertext) }
        }
        try encryptor.finish(into: &output)
        try flush(&output, to: writer, &ciphertext)
        try writer.sync()
        let facts = AttachmentFacts(
            name: name,
            mediaType: mediaType.lowercased(),
            length: length,
            sha256: Data(plaintext.finalize()),
            fileKey: fileKey.withUnsafeBytes { Data($0) },
            nonce: Data(encryptor.nonce.bytes)
        )
        return Written(key: key, facts: facts, size: writer.length, digest: Data(ciphertext.finalize()))
    }

    private func flush(_ output: inout [UInt8], to writer: any BlobWriter, _ digest: inout SHA256) throws {
        guard try blobs.available() >= reserve + output.count else {
            throw ArchiveError(.exhausted, "the disk of the archive is nearly full", hint: "try again later")
        }
        try output.withUnsafeBytes { bytes in
            digest.update(bufferPointer: bytes)
            try writer.append(bytes)
        }
        output.removeAll(keepingCapacity: true)
    }

    // MARK: Keeping

    private func keep(
        _ written: Written,
        to recording: RecordingID,
        by caller: Caller
    ) async throws -> (attachment: Attachment, isNew: Bool) {
        // Again: it may have taken long to come.
        try await attempt(Self.action, on: recording.description, by: caller) { [self] writer, caller in
            _ = try attachable(recording, caller, writer.reader)
        }
        guard let seal = try vault.seals(of: [recording])[recording] else { throw ArchiveError.notFound }
        let rows = try await catalogue.read { try $0.attachments(of: recording) }
        for row in rows {
            guard let there = try? opened(row, seal), there.facts.name == written.facts.name,
                there.facts.sha256 == written.facts.sha256
            else { continue }
            try blobs.remove(written.key)
            return (there, false)
        }
        guard rows.count < Self.most else {
            throw ArchiveError(.quotaSpent, "this recording has \(rows.count) attachments, and that is all")
        }
        let number = rows.count
        let row = AttachmentRow(
            recording: recording,
            number: number,
            principal: caller.principal.id,
            made: clock.now,
            size: written.size,
            digest: written.digest,
            sealed: try seal.seal(CanonicalJSON.encode(written.facts), field: AttachmentFacts.field(number))
        )
        try await removeRemainder(row.file)
        try await catalogue.write { try $0.begin(row.file) }
        do {
            try blobs.keep(written.key, of: recording, as: row.file.companion)
            try await commit(row, by: caller)
        } catch {
            // Unless it is in the catalogue all the same, and only telling it failed. In a task of its own: a client that hangs
            // up would end the look with its request.
            let isKept = Task { [catalogue] in
                try await !catalogue.read { try $0.attachments(of: recording, number: number) }.isEmpty
            }
            if try await !isKept.value { try? blobs.remove(.attachment(recording, number: number)) }
            throw error
        }
        return (Attachment(row: row, facts: written.facts), true)
    }

    /// Makes room for the name of `file`, where a crash has left what nobody was told of.
    ///
    /// - Throws: `storage` where something else has the name: it may be the only copy of what a newer catalogue knew.
    private func removeRemainder(_ file: CompanionFile) async throws {
        let key = BlobKey.companion(file.recording, file.companion)
        guard let there = try blobs.read(key) else { return }
        let begun = try await catalogue.read { try $0.begunCompanion(.attachment, of: file.recording) }
        guard begun?.companion == file.companion, begun?.size == there.length, try begun?.digest == digest(of: there)
        else {
            throw ArchiveError(
                .storage,
                "\(file.companion) of \(file.recording) is there and not in the catalogue, which may be older",
                hint: "those who keep the archive find it by risalahd check"
            )
        }
        try blobs.remove(key)
    }

    private func digest(of payload: any BlobReader) throws -> Data {
        var digest = SHA256()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.step, alignment: 16)
        defer { buffer.deallocate() }
        var position = 0
        while position < payload.length {
            let count = try payload.read(into: buffer, at: position)
            guard count > 0 else { break }
            digest.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            position += count
        }
        return Data(digest.finalize())
    }

    private func commit(_ row: AttachmentRow, by caller: Caller) async throws {
        try await attempt(Self.action, on: row.recording.description, by: caller) { [self] writer, caller in
            let recording = try attachable(row.recording, caller, writer.reader)
            try writer.insert(row)
            try log.append(
                to: writer,
                actor: caller.actor,
                action: Self.action,
                object: row.recording.description,
                label: recording.visibility.label,
                details: [
                    "attachment": String(row.number), "bytes": String(row.size), "digest": row.digest.hexadecimal,
                ]
            )
        }
    }
}
