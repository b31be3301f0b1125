import ArchiveCore
import ArchiveTesting
import AuditLog
import Testing

extension TamperingTests {
    /// Their leaves are read another way.
    @Test(arguments: [
        ("UPDATE entry SET object = 'x' WHERE seq = 10", "column object"),
        ("UPDATE entry SET object = object || char(0) WHERE seq = 10", "column object"),
        ("UPDATE entry SET hash = (SELECT hash FROM entry WHERE seq = 2) WHERE seq = 10", "differs from its hash"),
        ("UPDATE entry_text SET field = 'reason' WHERE seq = 10", "does not commit to"),
        ("UPDATE entry_text SET sealed = zeroblob(80) WHERE seq = 10", "does not open"),
    ])
    func entriesWithTextsThatNeedEscapesAreHeldToTheSame(_ sql: String, _ reason: String) async throws {
        let archive = try await Self.archive()
        try await archive.log.record(
            actor: .service,
            action: "test.entry",
            object: "ruang \"rapat\" é",
            texts: ["purpose": "alasan"]
        )
        #expect(try await archive.log.verify().fault == nil)
        try Self.tamper(archive.layout.archiveDatabase, sql)
        let fault = try await archive.log.verify().fault
        #expect(fault?.seq == 10 && fault?.reason.contains(reason) == true, "\(String(describing: fault))")
    }
}
