import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Testing
import TransparencyLog

@Suite struct `A log whose host crashed` {
    /// At every call to the file system while entries are appended over the edge of a tile: what a restart finds is whole, and
    /// a consistent extension of every checkpoint that anybody had been given until then.
    @Test func `is a consistent extension of every checkpoint handed out`() async throws {
        let archive = try await ArchiveFixture()
        try await archive.catalogue.write { writer in
            for number in 0..<254 {
                try archive.log.append(to: writer, actor: .service, action: "test.entry", object: String(number))
            }
        }
        let verifier = try NoteVerifier(vkey: archive.log.verificationKey)
        func head(_ log: AuditLog) throws -> Checkpoint {
            try verifier.checkpoint(in: SignedNote(parsing: #require(try log.checkpoint())))
        }
        var handedOut = [try head(archive.log)]
        var crashes = 0
        for number in 0..<4 {
            let photographs = try await archive.photographs {
                try await archive.log.record(
                    actor: .service,
                    action: "test.crash",
                    object: String(number),
                    texts: ["reason": "Listrik padam"]
                )
            }
            for (label, folder) in photographs {
                let again = try await archive.reopened(in: folder)
                let verification = try await again.log.verify()
                #expect(verification.fault == nil, "\(label): \(String(describing: verification.fault))")
                let now = try head(again.log)
                #expect(now.size == verification.size)
                for before in handedOut {
                    let proof = try await again.log.consistencyProof(from: before.size, to: now.size)
                    #expect(throws: Never.self, "\(label): \(before.size) to \(now.size)") {
                        try proof.verify(oldRoot: before.root, newRoot: now.root)
                    }
                }
                crashes += 1
            }
            handedOut.append(try head(archive.log))
        }
        #expect(handedOut.map(\.size) == [254, 255, 256, 257, 258])
        #expect(crashes >= 4 * 4)
    }
}
