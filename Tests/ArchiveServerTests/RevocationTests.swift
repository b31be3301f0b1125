import ArchiveCore
import ArchiveTesting
import Foundation
import TestSupport
import Testing

/// What a principal has under way ends with it, live.
@Suite("Closing a principal, or an access, ends what is being received")
struct RevocationTests {
    /// By a change of its principal, and by nothing but the end of its access, which leaves the principal what it was.
    @Test(
        arguments: [
            ["disable"], ["disable", "--lost"], ["renew", "--lost"], ["set", "--clearance", "biasa"], ["close"],
        ]
    )
    func `a download under way`(_ command: [String]) throws {
        let archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        let id = try archive.enrol("sari", "archivist", clearance: "terbatas")
        // More than the buffers of both sides hold.
        let opus = try MadeRecording.long()
        let recording = try archive.store(opus, level: "terbatas", as: "perekam")
        let link = try #require(archive.links(recording, as: "sari")["sealed"])
        let reader = try SlowReader(of: link, as: "sari", from: archive)
        if command == ["close"] {
            let access = try #require(link.split(separator: "/").dropFirst(2).first)
            #expect(try archive.exchange("DELETE", "/v1/accesses/\(access)", as: "sari").status == 204)
        } else {
            let done = try Program.run(
                LiveArchive.programs.appending(path: "risalahd").path,
                ["principal", command[0], id, "--root", archive.root.path, "--json"] + command.dropFirst()
            )
            #expect(done.status == 0, "\(done.errorText)")
        }
        let said = try reader.finish()
        #expect(said[0] == 200 && said[1] > opus.count && said[2] == 200)
        #expect(said[3] < said[1], "the whole of it came")
        let staysKnown = ["set", "close"].contains(command[0])
        #expect(said[4] == (staysKnown ? 200 : 401))
        let later = try archive.exchange("GET", link, as: "sari").status
        #expect(later == (staysKnown ? 410 : 401))
    }
}

extension MadeRecording {
    /// 24 MB of speech that no other call has returned, as one stream of many links: encoding that much would take a minute.
    fileprivate static func long() throws -> Data {
        let link = try MadeStream.noise(seconds: 60, bitrate: 256_000)
        return Data((0..<13).flatMap { _ in link })
    }
}
