import ArchiveCore
import ArchiveTesting
import Foundation
import TestSupport
import Testing

/// What a principal has under way ends with it, live.
@Suite("Closing a principal, or an access, ends what is being received")
struct RevocationTests {
    /// Asks on one connection and reads a little; after a line on stdin reads on until the end, and asks again, on the same
    /// connection where that stands.
    private static let reader = """
        import http.client, ssl, sys
        port, home, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
        context = ssl.create_default_context(cafile=home + "/ca.pem")
        context.load_cert_chain(home + "/certificate.pem", home + "/key.pem")
        def connect():
            return http.client.HTTPSConnection("localhost", port, context=context, timeout=60)
        kept = connect()
        kept.request("GET", "/v1/whoami")
        first = kept.getresponse()
        first.read()
        connection = connect()
        connection.request("GET", path)
        answer = connection.getresponse()
        length = int(answer.getheader("Content-Length"))
        got = len(answer.read(65536))
        print(answer.status, length, first.status, flush=True)
        sys.stdin.readline()
        try:
            while True:
                part = answer.read(65536)
                if not part: break
                got += len(part)
        except (http.client.IncompleteRead, ConnectionError, ssl.SSLError):
            pass
        kept.request("GET", "/v1/whoami")
        print(got, kept.getresponse().status, flush=True)
        """

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
        let port = try #require(archive.address.split(separator: ":").last)
        let (input, output) = (Pipe(), archive.folder.appending(path: "peer"))
        try Data().write(to: output)
        let peer = try Program.start(
            "python3",
            ["-c", Self.reader, String(port), archive.folder.appending(path: "sari").path, link],
            input: .pipe(input),
            output: .file(FileHandle(forWritingTo: output))
        )
        defer { peer.send(signal: SIGKILL) }
        func numbers() throws -> [Int] {
            try String(contentsOf: output, encoding: .utf8).split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        }
        try archive.waitUntil(seconds: 60) { try numbers().count == 3 || !peer.isRunning }
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
        try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
        try archive.waitUntil(seconds: 90) { !peer.isRunning }
        let said = try numbers()
        try #require(said.count == 5, "\(said)")
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
