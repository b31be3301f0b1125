import ArchiveCore
import Foundation
import TestSupport
import Testing

/// Somebody who reads a little of an answer, and the rest when they are told to.
final class SlowReader {
    /// Asks on one connection and reads a little; after a line on stdin reads on until the end, and asks again, on the same
    /// connection where that stands.
    private static let script = """
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

    private let archive: LiveArchive
    private let process: ChildProcess
    private let input = Pipe()
    private let output: URL

    /// Has read a little of `path` when this returns.
    init(of path: String, as who: String, from archive: LiveArchive) throws {
        self.archive = archive
        output = archive.folder.appending(path: "peer")
        try Data().write(to: output)
        let port = try #require(archive.address.split(separator: ":").last)
        process = try Program.start(
            "python3",
            ["-c", Self.script, String(port), archive.folder.appending(path: who).path, path],
            input: .pipe(input),
            output: .file(FileHandle(forWritingTo: output))
        )
        try archive.waitUntil(seconds: 60) { try numbers().count == 3 || !process.isRunning }
    }

    deinit { process.send(signal: SIGKILL) }

    private func numbers() throws -> [Int] {
        try String(contentsOf: output, encoding: .utf8).split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    }

    /// Reads on until the end.
    ///
    /// - Returns: the status, how many bytes there are, the status of another request before; how many bytes have come, the status
    ///   of that other request now.
    func finish() throws -> [Int] {
        try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
        try archive.waitUntil(seconds: 90) { !process.isRunning }
        let said = try numbers()
        try #require(said.count == 5, "\(said)")
        return said
    }
}
