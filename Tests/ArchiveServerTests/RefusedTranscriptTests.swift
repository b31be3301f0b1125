import ArchiveCore
import Foundation
import TestSupport
import Testing

/// Each bad transcript gets a clear error naming what and where; nothing of it is kept, and the service goes on.
@Suite("What is no transcript is refused, and the service goes on") struct RefusedTranscriptTests {
    private let archive: LiveArchive
    private let id: String

    init() throws {
        (archive, id) = try LiveArchive.withOneRecording()
    }

    private var path: String { "/v1/recordings/\(id)/transcript" }

    private func put(_ body: Data, _ headers: [String] = [], _ more: [String] = []) throws -> Exchange {
        try archive.exchange("PUT", path, as: "sari", headers: headers, body: body, more)
    }

    /// `segments` as a document, with other fields in front.
    private func document(_ segments: String, _ fields: String = #""format":"risalah-transcript 1""#) -> Data {
        Data("{\(fields),\"segments\":[\(segments)]}".utf8)
    }

    private func expectNothingKept(_ name: String) throws {
        #expect(archive.stored("transcripts").isEmpty, "\(name) was kept")
        let listed = try archive.exchange("GET", "/v1/recordings/\(id)/transcripts", as: "sari")
        #expect(
            listed.status == 200 && (listed.json["transcripts"] as? [Any])?.isEmpty == true,
            "\(name): \(listed.text)"
        )
    }

    @Test func `documents that are wrong, with where`() throws {
        let good = #"{"start":0,"end":1,"text":"a"}"#
        let word =
            #"{"start":0,"end":1,"text":"a","words":[{"start":0,"end":1,"text":"a"},{"start":2,"end":1,"text":"b"}]}"#
        let cases: [(name: String, body: Data, words: [String])] = [
            ("nothing", Data(), []),
            ("no JSON", Data("{\"format\":\n\n oops".utf8), ["line 3"]),
            ("cut off", document("\(good),\(good)").dropLast(20), []),
            ("an unknown field", document("\(good),{\"start\":1,\"end\":2,\"txet\":\"a\"}"), ["segment 2", "txet"]),
            ("an unknown field at the top", document(good, #""format":"risalah-transcript 1","x":1"#), ["\"x\""]),
            ("another format", document(good, #""format":"risalah-transcript 2""#), ["risalah-transcript 2"]),
            (
                "times backwards", document("\(good),{\"start\":5,\"end\":4,\"text\":\"a\"}"),
                ["segment 2", "before it begins"]
            ),
            (
                "out of order", document("{\"start\":5,\"end\":6,\"text\":\"a\"},\(good)"),
                ["segment 2", "before the one in front"]
            ),
            ("a word backwards", document(word), ["segment 1", "word 2"]),
            ("a time before the beginning", document("{\"start\":-1,\"end\":4,\"text\":\"a\"}"), ["segment 1"]),
            ("a time too late", document("{\"start\":1e300,\"end\":1e301,\"text\":\"a\"}"), ["segment 1"]),
            ("no text", document("{\"start\":1,\"end\":4,\"text\":\" \"}"), ["segment 1", "no text"]),
            ("null", document("{\"start\":1,\"end\":4,\"text\":null}"), ["segment 1", "null"]),
            ("control characters", document("{\"start\":1,\"end\":4,\"text\":\"a\\u0007\"}"), ["segment 1"]),
            (
                "not UTF-8", document("{\"start\":1,\"end\":4,\"text\":\"") + Data([0xC3, 0x28]) + Data("\"}]}".utf8),
                []
            ),
            ("deep", Data(String(repeating: "[", count: 200_000).utf8), []),
            ("WebVTT", Data("WEBVTT\n\n00:00.000 --> 00:01.000\na\n".utf8), ["line 1"]),
        ]
        for (name, body, words) in cases {
            let answer = try put(body)
            #expect(answer.status == 400 && answer.code == "bad-metadata", "\(name): \(answer.status) \(answer.text)")
            #expect(answer.header("content-type") == "application/problem+json", "\(name)")
            for word in words { #expect(answer.words.contains(word), "\(name): \(answer.words)") }
            try expectNothingKept(name)
        }
        #expect(try put(document(good)).status == 201)
    }

    @Test func `too much, another type, and a connection that breaks`() throws {
        let good = document(#"{"start":0,"end":1,"text":"a"}"#)
        for type in ["text/vtt", "application/x-www-form-urlencoded", "application/json5"] {
            let answer = try put(good, ["Content-Type: \(type)"])
            #expect(answer.status == 415 && answer.code == "unsupported-media", "\(type): \(answer.text)")
            #expect(answer.words.contains("application/json"), "\(answer.words)")
        }
        try expectNothingKept("another type")
        // Announced, and not.
        let much = good + Data(repeating: UInt8(ascii: " "), count: 33 << 20)
        let large = try put(much)
        #expect(large.status == 413 && large.code == "too-large", "\(large.text)")
        let chunked = try put(much, ["Transfer-Encoding: chunked"])
        #expect(chunked.status == 413 && chunked.code == "too-large", "\(chunked.text)")
        try expectNothingKept("too much")
        let segments = (0...200_000).map { "{\"start\":\($0),\"end\":\($0),\"text\":\"a\"}" }.joined(separator: ",")
        let many = try put(document(segments))
        #expect(many.status == 413 && many.words.contains("200000 are the limit"), "\(many.words)")
        let text = String(repeating: "a", count: 70_000)
        let long = try put(document(#"{"start":0,"end":1,"text":"\#(text)"}"#))
        #expect(long.status == 413 && long.words.contains("segment 1"), "\(long.words)")
        try expectNothingKept("too much of something")
        // All that a document needs, but not the end of its body.
        for framing in [
            "Transfer-Encoding: chunked\r\n\r\n\(String(good.count, radix: 16))\r\n", "Content-Length: 5000\r\n\r\n",
        ] {
            let broken = try Program.run(
                "python3",
                ["-c", Self.breaking, archive.address, archive.folder.appending(path: "sari").path, path, framing],
                input: good
            )
            #expect(broken.status == 0, "\(broken.errorText)")
        }
        // By then the archive has seen the end of both.
        try archive.waitUntil(seconds: 60) {
            try archive.exchange("GET", "/v1/whoami", as: "sari").status == 200
        }
        try expectNothingKept("what broke off")
        let kept = try put(good, ["Content-Type: application/json; charset=utf-8"])
        #expect(kept.status == 201 && kept.json["revision"] as? Int == 0, "\(kept.text)")
        #expect(archive.stored("transcripts").count == 1)
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
        #expect(try archive.stop() == 0)
    }

    /// Sends a part of a body, ends its side of the connection, and waits for the other side to do so.
    private static let breaking = """
        import socket, ssl, sys
        address, home, path, framing = sys.argv[1:]
        host, port = address.removeprefix("https://").rsplit(":", 1)
        context = ssl.create_default_context(cafile=home + "/ca.pem")
        context.load_cert_chain(home + "/certificate.pem", home + "/key.pem")
        connection = context.wrap_socket(socket.create_connection((host, int(port))), server_hostname=host)
        head = f"PUT {path} HTTP/1.1\\r\\nHost: {host}:{port}\\r\\nContent-Type: application/json\\r\\n{framing}"
        connection.sendall(head.encode() + sys.stdin.buffer.read())
        connection.settimeout(60)
        try:
            connection.unwrap()
        except (ssl.SSLError, OSError):
            pass
        """
}
