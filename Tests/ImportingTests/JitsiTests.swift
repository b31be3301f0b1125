import ArchiveClient
import Testing

@testable import Importing

/// Folders as Jibri makes them.
@Suite struct JitsiTests {
    private static let video = "s/abc/rapatkerja_2020-04-15-09-30-12.mp4"

    @Test func `a session`() throws {
        let metadata = """
            {"meeting_url":"https://meet.example.org/negara/Rapat%20Kerja",
             "participants":[{"user":{"id":"1","name":"Budi"}},{"group":"x","user":{"name":"Sari\\nW."}},{"user":{}}],"share":true}
            """
        let found = try Layout([Self.video: "", "s/abc/metadata.json": metadata]).found()
        let item = try #require(found.item(Self.video))
        #expect(item.origin == .jitsi && item.metadata.title == "Rapat Kerja" && found.items.count == 1)
        #expect(item.metadata.participants == ["Budi", "Sari W."])
        #expect(item.metadata.started == moment("2020-04-15T09:30:12+07:00"))
        #expect(found.others.isEmpty && found.refusals.isEmpty)
    }

    @Test func `broken metadata is refused alone`() throws {
        let found = try Layout([Self.video: "", "s/abc/metadata.json": "{\"meeting_url\":"]).found()
        #expect(found.refusals.map(\.path) == ["s/abc/metadata.json"])
        #expect(found.items.map(\.metadata.title) == ["rapatkerja"] && found.items[0].metadata.started != nil)
    }

    @Test func `a session without a recording is told of`() throws {
        let found = try Layout(["s/metadata.json": #"{"meeting_url":"https://a/b","participants":[]}"#]).found()
        #expect(found.refusals.map(\.path) == ["s/metadata.json"] && found.items.isEmpty && found.others.isEmpty)
    }

    @Test func `metadata of something else is not Jibri's`() throws {
        let found = try Layout(["a/pidato.mp4": "", "a/metadata.json": "{\"x\":1}"]).found()
        #expect(found.items.map(\.origin) == [.file] && found.others == ["a/metadata.json"] && found.refusals.isEmpty)
    }
}
