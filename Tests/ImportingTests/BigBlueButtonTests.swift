import ArchiveClient
import ArchiveCore
import Foundation
import TestSupport
import Testing

@testable import Importing

/// Raw archives as BigBlueButton makes them.
@Suite struct BigBlueButtonTests {
    private static let meeting = "7b647dc3d3dfaa5262e4a01b8828639bb1d6c5c8-1684351990846"

    private static func events(_ inner: String) -> String {
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><recording meeting_id=\"a-1600000000000\" bbb_version=\"2.1.0\">"
            + "<meeting id=\"a-1600000000000\" name=\"Rapat &amp; &quot;dapat&quot;\"/>\(inner)</recording>"
    }

    private static func event(_ time: Int, _ name: String, _ fields: String) -> String {
        "<event timestamp=\"\(time)\" module=\"X\" eventname=\"\(name)\">\(fields)</event>"
    }

    @Test func `what a server wrote`() throws {
        guard let folder = SharedData.folder("samples/transcripts/bbb") else { return }
        let events = try String(contentsOf: folder.appending(path: "new-events-2_5.xml"), encoding: .utf8)
        let sound = "raw/\(Self.meeting)/audio/\(Self.meeting)-4356226259.opus"
        let found = try Layout([
            "raw/\(Self.meeting)/events.xml": events, sound: "", "raw/\(Self.meeting)/video/x.webm": "",
            "raw/\(Self.meeting)/notes/notes.html": "",
        ]).found()
        let item = try #require(found.item(sound))
        #expect(item.origin == .bigBlueButton && item.metadata.title == "test-polling")
        #expect(item.metadata.participants == ["viewer", "viewer 2"])
        #expect(item.metadata.started == moment("2023-05-17T19:33:32.483Z"))
        #expect(item.metadata.description == "marked as recorded: 0:00:02.693-0:01:36.278")
        #expect(item.attachments == ["raw/\(Self.meeting)/notes/notes.html"])
        #expect(found.others == ["raw/\(Self.meeting)/video/x.webm"] && found.items.count == 1)
    }

    @Test func `who talked how long, in each of two recordings`() throws {
        let inner = [
            Self.event(1_000, "Whatever", ""),
            Self.event(2_000, "ParticipantJoinEvent", "<userId>u1</userId><name>Sari</name>"),
            Self.event(2_500, "ParticipantJoinedEvent", "<participant>v2</participant><callername>Budi</callername>"),
            Self.event(10_000, "StartRecordingEvent", "<filename>/var/x/one.wav</filename>"),
            Self.event(12_000, "ParticipantTalkingEvent", "<participant>u1</participant><talking>true</talking>"),
            Self.event(13_500, "ParticipantTalkingEvent", "<participant>u1</participant><talking>false</talking>"),
            Self.event(14_000, "ParticipantTalkingEvent", "<participant>v2</participant><talking>true</talking>"),
            Self.event(20_000, "StartRecordingEvent", "<filename>/var/x/two.wav</filename>"),
            Self.event(20_500, "RecordStatusEvent", "<status>true</status>"),
            Self.event(25_000, "EndAndKickAllEvent", ""),
        ].joined()
        let found = try Layout([
            "m/events.xml": Self.events(inner), "m/audio/one.opus": "", "m/audio/two.wav": "", "m/audio/stray.wav": "",
        ]).found()
        let one = try #require(found.item("m/audio/one.opus"))
        let two = try #require(found.item("m/audio/two.wav"))
        #expect(one.metadata.title == "Rapat & \"dapat\"" && one.metadata.meeting == one.metadata.title)
        // The first event was when the meeting's id says.
        #expect(one.metadata.started == Date(timeIntervalSince1970: 1_600_000_009))
        #expect(one.metadata.description == "talked: Budi 0:00:06.000, Sari 0:00:01.500")
        #expect(two.metadata.description == "marked as recorded: 0:00:00.500-0:00:05.000\ntalked: Budi 0:00:05.000")
        let stray = try #require(found.item("m/audio/stray.wav"))
        #expect(stray.metadata.started == nil && stray.metadata.participants == ["Sari", "Budi"])
    }

    @Test(arguments: [
        "<recording><event", "<html/>",
        "<!DOCTYPE x [<!ENTITY a \"b\">]><recording meeting_id=\"a-1\"><meeting name=\"&a;\"/></recording>", "",
    ])
    func `events that cannot be read refuse their meeting, and no other`(_ text: String) throws {
        let found = try Layout([
            "bad/events.xml": text, "bad/audio/one.wav": "",
            "good/events.xml": Self.events(
                Self.event(1, "StartRecordingEvent", "<filename>two.wav</filename>")
            ), "good/audio/two.wav": "",
        ]).found()
        #expect(found.items.map(\.path) == ["good/audio/two.wav"])
        #expect(found.refusals.map(\.path) == ["bad/events.xml", "bad/audio/one.wav"])
    }

    @Test func `notes belong to their meeting only`() throws {
        let sound = Self.events(Self.event(1, "StartRecordingEvent", "<filename>one.wav</filename>"))
        let found = try Layout([
            "a/events.xml": sound, "a/audio/one.wav": "", "b/events.xml": Self.events(""), "b/notes/notes.html": "",
        ]).found()
        #expect(found.items.map(\.attachments) == [[]] && found.others == ["b/notes/notes.html"])
    }

    @Test func `sound that is named and not there`() throws {
        let events = Self.events(Self.event(1, "StartRecordingEvent", "<filename>/x/one.wav</filename>"))
        let found = try Layout(["m/events.xml": events]).found()
        #expect(found.items.isEmpty && found.refusals.map(\.path) == ["m/events.xml"])
        #expect(found.refusals[0].error.code == .notFound)
    }
}
