import ArchiveCore
import ArchiveTesting
import Attachments
import Catalogue
import Foundation
import Retention
import Testing

/// What was decided about is what goes: nothing is attached to what stands on a frozen list.
@Suite struct AttachmentListTests {
    private func attach(_ text: String, to id: RecordingID, _ lists: ListScene) async throws {
        _ = try await lists.archive.attachments.attach(
            to: id,
            named: "obrolan.txt",
            mediaType: "text/plain",
            by: lists.sari.caller,
            MadePieces(Array(text.utf8))
        )
    }

    @Test(arguments: [ListRow.Kind.destroy, .transfer]) func aFrozenListTakesNothingMore(_ kind: ListRow.Kind)
        async throws
    {
        let series = kind == .transfer ? "arsip" : "kerja"
        let lists = try await ListScene(1, series: series)
        let id = lists.recordings[0]
        try await attach("satu", to: id, lists)
        _ = try await lists.frozen(kind, series: series)
        let error = await archiveError { try await attach("dua", to: id, lists) }
        #expect(error?.code == .refused && error?.message.contains("frozen list") == true)
        #expect(try everyFile(below: lists.archive.layout.attachments).count == 1)
        #expect(try everyFile(below: lists.archive.layout.incoming).isEmpty)
    }
}
