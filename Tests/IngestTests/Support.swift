import Age
import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Ingest
import OggOpus
import Testing
import Vault

/// A stream of several chunks of 64 KiB, made once.
let longOpus = Result { try MadeRecording.opus(seconds: 7.5, bitrate: 510_000) }
/// A stream of part of a chunk, made once.
let shortOpus = Result { try MadeRecording.opus() }

extension ArchiveFixture {
    /// Every recording that is stored, as an archivist cleared for everything sees it.
    func recordings() async throws -> [RecordingRow] {
        try await catalogue.read { reader in
            let classes = try reader.classes().map(\.id)
            return try reader.recordings(RecordingFilter(classes: classes), limit: 500).map(\.recording)
        }
    }

    /// The plaintext of a stored recording, by its keys in the vault and its payload, as no principal could read it.
    func plaintext(of recording: RecordingID) throws -> [UInt8] {
        let keys = try vault.payloadKeys(of: recording)
        let payload = try everyFile(below: layout.recordings)[layout.payload(recording)] ?? Data()
        var decryptor = PayloadDecryptor(fileKey: keys.fileKey)
        var plaintext: [UInt8] = []
        try payload.withUnsafeBytes { try decryptor.update($0, into: &plaintext) }
        try decryptor.finish(into: &plaintext)
        return plaintext
    }

    /// Exactly these recordings are there, so many streams are aside with their keys, and nothing is left of any other.
    func expectOnly(
        _ ids: [RecordingID],
        aside: Int = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        #expect(try await Set(recordings().map(\.id)) == Set(ids), sourceLocation: sourceLocation)
        #expect(
            try Set(everyFile(below: layout.recordings).keys) == Set(ids.map { layout.payload($0) }),
            sourceLocation: sourceLocation
        )
        #expect(try everyFile(below: layout.incoming).isEmpty, sourceLocation: sourceLocation)
        #expect(try everyFile(below: layout.quarantine).count == aside, sourceLocation: sourceLocation)
        #expect(try vault.uploads().count == aside, sourceLocation: sourceLocation)
    }

    /// The log is whole.
    func expectWholeLog(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let fault = try await log.verify().fault
        #expect(fault == nil, "\(String(describing: fault))", sourceLocation: sourceLocation)
    }
}
