import ArchiveClient
import ArchiveCore
import Testing

@testable import Importing

/// Folders as Zoom makes them on a computer, and files as its cloud gives them out.
@Suite struct ZoomTests {
    private static let folder = "2020-04-15 09.30.12 Rapat Kabinet 81234567890"

    @Test func `a folder of a computer`() throws {
        let layout = Layout([
            "\(Self.folder)/audio_only.m4a": "", "\(Self.folder)/zoom_0.mp4": "", "\(Self.folder)/chat.txt": "",
            "\(Self.folder)/playback.m3u": "", "\(Self.folder)/agenda.pdf": "",
            "\(Self.folder)/zoom_0.vtt": "", "\(Self.folder)/lain.vtt": "",
        ])
        let found = try layout.found()
        let item = try #require(found.item("\(Self.folder)/audio_only.m4a"))
        #expect(item.origin == .zoom && item.metadata.title == "Rapat Kabinet" && item.metadata.meeting == nil)
        #expect(item.metadata.started == moment("2020-04-15T09:30:12+07:00"))
        #expect(item.alternatives == ["\(Self.folder)/zoom_0.mp4"] && item.attachments == ["\(Self.folder)/chat.txt"])
        #expect(item.transcript == "\(Self.folder)/zoom_0.vtt")
        #expect(found.items.count == 1 && found.refusals.isEmpty)
        #expect(found.others.map(lastName) == ["agenda.pdf", "lain.vtt", "playback.m3u"])
        #expect(found.everything.sorted() == layout.tree.files.map(\.path).sorted())
        #expect(try layout.found(zone: "Asia/Jayapura").items[0].metadata.started == moment("2020-04-15T00:30:12Z"))
    }

    @Test func `parts, and a voice by itself`() throws {
        let layout = Layout([
            "\(Self.folder)/audio1812345678.m4a": "", "\(Self.folder)/video1812345678.mp4": "",
            "\(Self.folder)/video2812345678.mp4": "", "\(Self.folder)/double_click_to_convert_01.zoom": "",
            "\(Self.folder)/Audio Record/audioBudiSantoso1812345678.m4a": "",
        ])
        let found = try layout.found()
        let first = try #require(found.item("\(Self.folder)/audio1812345678.m4a"))
        let second = try #require(found.item("\(Self.folder)/video2812345678.mp4"))
        let voice = try #require(found.item("\(Self.folder)/Audio Record/audioBudiSantoso1812345678.m4a"))
        #expect(first.alternatives == ["\(Self.folder)/video1812345678.mp4"] && first.metadata.started != nil)
        // When it began is not known, and nothing is guessed.
        #expect(second.metadata.title == "Rapat Kabinet (2)" && second.metadata.started == nil)
        #expect(voice.metadata.performer == "BudiSantoso" && voice.metadata.started == first.metadata.started)
        #expect([first, second, voice].allSatisfy { $0.metadata.meeting == "Rapat Kabinet" })
        #expect(found.refusals.map(\.path) == ["\(Self.folder)/double_click_to_convert_01.zoom"])
    }

    @Test func `what the cloud gave out, with who was there`() throws {
        let report = """
            Meeting ID,Topic,Start Time\r
            81234567890,"Anggaran, putaran 2",04/16/2020\r
            \r
            Name (Original Name),User Email\r
            "Sari, W.",s@example.org\r
            Budi\tSantoso,b@example.org\r
            "Sari, W.",s@example.org\r

            """
        let layout = Layout([
            "z/GMT20200416-023012_Recording.m4a": "", "z/GMT20200416-023012_Recording_1920x1080.mp4": "",
            "z/GMT20200416-023012_Recording_gallery_1280x720.mp4": "",
            "z/GMT20200416-023012_Recording.transcript.vtt": "",
            "z/GMT20200416-023012_Recording.cc.vtt": "", "z/GMT20200416-023012_RecordingnewChat.txt": "",
            "z/GMT20200416-041500_Recording_1920x1080.mp4": "", "z/participants_81234567890.csv": report,
        ])
        let found = try layout.found()
        let item = try #require(found.item("z/GMT20200416-023012_Recording.m4a"))
        #expect(item.metadata.title == "Anggaran, putaran 2" && item.metadata.meeting == "Anggaran, putaran 2")
        #expect(item.metadata.participants == ["Sari, W.", "Budi Santoso"])
        #expect(item.metadata.started == moment("2020-04-16T02:30:12Z"))
        #expect(item.transcript == "z/GMT20200416-023012_Recording.transcript.vtt")
        #expect(item.alternatives.count == 2 && item.attachments.count == 2)
        let second = try #require(found.item("z/GMT20200416-041500_Recording_1920x1080.mp4"))
        #expect(second.metadata.started == moment("2020-04-16T04:15:00Z") && found.items.count == 2)
    }

    @Test func `topics in names of before 2021, and reports that are broken`() throws {
        let layout = Layout([
            "GMT20200416-023012_Rapat-Kabi_1920x1080.mp4": "", "GMT20200416-023012_Rapat-Kabi.transcript.vtt": "",
            "participants_1.csv": "Name,Email\nBudi\n",
        ])
        let found = try layout.found()
        #expect(found.items.map(\.metadata.title) == ["Rapat Kabi"])
        #expect(found.items[0].transcript == "GMT20200416-023012_Rapat-Kabi.transcript.vtt")
        // The recording is taken all the same.
        #expect(found.refusals.map(\.path) == ["participants_1.csv"])
        #expect(found.refusals[0].error.message.contains("line 2, column 1"))
    }

    @Test func `a day that there is not is no time`() throws {
        let found = try Layout(["2020-02-31 25.00.00 X 812345678/audio_only.m4a": ""]).found()
        #expect(found.items.map(\.metadata.started) == [nil] && found.items[0].metadata.title == "X")
    }
}
