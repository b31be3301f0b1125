import ArchiveTesting
import Foundation
import TestSupport
import Testing

/// Many requests over one connection that stays, by Python's own client: what curl would need a process each for.
struct Peer {
    /// One request.
    struct Ask {
        var method: String
        var path: String
        var headers: [String: String] = [:]
        var body: Data?
    }

    /// Where the service is.
    let url: String
    /// The file with the CA certificate that is trusted.
    let authority: String
    /// The folder with certificate and key; nil for a caller without.
    let home: String?

    private static let script = """
        import base64, http.client, json, ssl, sys, time
        address, authority, home = sys.argv[1:]
        context = ssl.create_default_context(cafile=authority)
        if home:
            context.load_cert_chain(home + "/certificate.pem", home + "/key.pem")
        host, port = address.removeprefix("https://").rsplit(":", 1)
        connection = http.client.HTTPSConnection(host, int(port), context=context, timeout=60)
        for line in sys.stdin:
            ask = json.loads(line)
            body = base64.b64decode(ask["body"]) if "body" in ask else None
            begin = time.perf_counter()
            try:
                connection.request(ask["method"], ask["path"], body, ask["headers"])
                answer = connection.getresponse()
                data = answer.read()
                said = {"status": answer.status, "headers": answer.getheaders(), "body": base64.b64encode(data).decode()}
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                said = {"status": 0, "headers": [], "body": "", "error": str(error)}
            said["seconds"] = time.perf_counter() - begin
            print(json.dumps(said))
        """

    private struct Line: Decodable {
        var status: Int
        var headers: [[String]]
        var body: Data
        var seconds: Double
        var error: String?
    }

    /// The answers, in order, and how many seconds each took. A connection that breaks has the status 0.
    func ask(_ asks: [Ask]) throws -> [(answer: Exchange, seconds: Double)] {
        let lines = try asks.map { ask in
            var fields: [String: Any] = ["method": ask.method, "path": ask.path, "headers": ask.headers]
            fields["body"] = ask.body?.base64EncodedString()
            return try JSONSerialization.data(withJSONObject: fields) + Data("\n".utf8)
        }
        let said = try Program.run(
            "python3",
            ["-c", Self.script, url, authority, home ?? ""],
            input: lines.reduce(Data(), +),
            limit: 300
        )
        try #require(said.status == 0, "\(said.errorText)")
        let answers = try said.text.split(separator: "\n").map { line in
            let line = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
            return (
                Exchange(
                    status: line.status,
                    headers: line.headers.map { $0.joined(separator: ": ") }
                        .filter { !$0.lowercased().hasPrefix("date:") },
                    body: line.body,
                    exit: line.error == nil ? 0 : 1
                ), line.seconds
            )
        }
        try #require(answers.count == asks.count)
        return answers
    }
}

extension ServedArchive {
    /// Requests as who is enrolled in the folder `who`; nil for a caller without a certificate.
    func peer(_ who: String?) -> Peer {
        Peer(url: url, authority: folder.file("archive/Config/ca.pem"), home: who.map(folder.file))
    }
}
