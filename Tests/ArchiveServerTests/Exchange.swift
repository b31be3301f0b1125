import Foundation
import TestSupport
import Testing

/// A whole answer, for tests that compare two of them.
struct Exchange: Equatable {
    /// The status; 0 where there was no answer.
    var status = 0
    /// The header lines but `Date`, in their order.
    var headers: [String] = []
    /// The body.
    var body = Data()
    /// What curl exited with.
    var exit: Int32 = 0

    /// The value of the header called `name`.
    func header(_ name: String) -> String? {
        headers.first { $0.lowercased().hasPrefix("\(name.lowercased()):") }
            .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
    }

    /// The body as text.
    var text: String { String(decoding: body, as: UTF8.self) }
    /// The body as a JSON object; empty where it is none.
    var json: [String: Any] { (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:] }
    /// The stable code of a problem document.
    var code: String? { json["code"] as? String }
    /// What a problem document says, hint included.
    var words: String { [json["detail"], json["hint"]].compactMap { $0 as? String }.joined(separator: "; ") }
}

extension LiveArchive {
    /// The arguments with which `curl` trusts the archive and shows the certificate of `who`, or none.
    ///
    /// - Parameter trusting: whose `ca.pem` is trusted, where that is not `who`.
    func credentials(_ who: String?, trusting: String? = nil) -> [String] {
        let authority = folder.appending(path: "\(trusting ?? who ?? "nobody")/ca.pem").path
        let isEnrolled = FileManager.default.fileExists(atPath: authority)
        var arguments = ["--cacert", isEnrolled ? authority : root.appending(path: "Config/ca.pem").path]
        if let who {
            let home = folder.appending(path: who).path
            arguments += ["--cert", "\(home)/certificate.pem", "--key", "\(home)/key.pem"]
        }
        return arguments
    }

    /// One request by stock `curl`; `who` is nil for a caller without a certificate.
    func exchange(
        _ method: String,
        _ path: String,
        as who: String?,
        headers: [String] = [],
        body: Data? = nil,
        _ more: [String] = []
    ) throws -> Exchange {
        let dump = folder.appending(path: "headers-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: dump) }
        var arguments = ["-sS", "-m", "60", "-D", dump.path] + credentials(who)
        arguments += method == "HEAD" ? ["-I"] : ["-X", method]
        if body != nil { arguments += ["--data-binary", "@-"] }
        // What curl says of a body by itself is the form's media type.
        if !headers.contains(where: { $0.hasPrefix("Content-Type") }) { arguments += ["-H", "Content-Type:"] }
        for header in headers { arguments += ["-H", header] }
        let url = path.hasPrefix("https:") ? path : address + path
        let outcome = try Program.run("curl", arguments + more + [url], input: body ?? Data())
        var answer = Exchange()
        answer.exit = outcome.status
        // With -I curl prints the headers, too.
        answer.body = method == "HEAD" ? Data() : outcome.output
        let blocks = ((try? String(contentsOf: dump, encoding: .utf8)) ?? "").components(separatedBy: "\r\n\r\n")
        let lines = blocks.last { $0.hasPrefix("HTTP/") }?.components(separatedBy: "\r\n") ?? []
        answer.status = lines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
        answer.headers = lines.dropFirst().filter { !$0.lowercased().hasPrefix("date:") }
        return answer
    }

    /// Asks to open a recording, and returns the answer.
    func open(_ id: String, as who: String, purpose: String? = nil) throws -> Exchange {
        var body = ["recipient": "x25519"]
        body["purpose"] = purpose
        return try exchange(
            "POST",
            "/v1/recordings/\(id)/accesses",
            as: who,
            body: JSONSerialization.data(withJSONObject: body)
        )
    }

    /// The links of an access of `who` to a recording.
    func links(_ id: String, as who: String, purpose: String? = nil) throws -> [String: String] {
        let answer = try open(id, as: who, purpose: purpose)
        try #require(answer.status == 201, "\(answer.text)")
        return try #require(answer.json["links"] as? [String: String])
    }

    /// The ids of every recording that `who` is shown.
    func list(as who: String, _ query: String = "") throws -> [String] {
        let answer = try exchange("GET", "/v1/recordings?limit=500\(query)", as: who)
        try #require(answer.status == 200, "\(answer.text)")
        let recordings = try #require(answer.json["recordings"] as? [[String: Any]])
        return recordings.compactMap { $0["id"] as? String }
    }

    /// An archive with a recorder, an archivist, and a recording that the one has sent and the other may correct.
    static func withOneRecording() throws -> (archive: LiveArchive, id: String) {
        let archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist")
        return (archive, try archive.store(MadeStream.fresh(), level: "biasa", as: "perekam"))
    }

    /// Stores `opus`, sealed to `level`; returns its id.
    func store(
        _ opus: Data,
        level: String,
        as who: String,
        more: String = "&unit=umum&series=rapat&title=Rapat"
    ) throws -> String {
        let answer = try exchange(
            "PUT",
            "/v1/recordings?level=\(level)\(more)",
            as: who,
            body: seal(opus, to: level, as: who)
        )
        try #require(answer.status == 201, "\(answer.text)")
        return try #require(answer.json["id"] as? String)
    }

    /// How many bytes lie in a folder of Storage.
    func bytes(in path: String) throws -> Int {
        let files = root.appending(path: "Storage/\(path)").path
        return try FileManager.default.contentsOfDirectory(atPath: files).reduce(0) { sum, name in
            let size = try? FileManager.default.attributesOfItem(atPath: "\(files)/\(name)")[.size] as? Int
            return sum + (size ?? 0)
        }
    }

    /// Replaces `text` in a file of Config.
    static func edit(_ config: URL, _ name: String, _ text: String, _ replacement: String) throws {
        let file = config.appending(path: name)
        let contents = try String(contentsOf: file, encoding: .utf8)
        try #require(contents.contains(text), "\(name) has no \(text)")
        try contents.replacingOccurrences(of: text, with: replacement)
            .write(to: file, atomically: true, encoding: .utf8)
    }

    /// Has the archive keep little of the disk, for tests that copy Storage: every copy writes it anew.
    static func keepSmallReserves(_ config: URL) throws {
        try edit(config, "risalah.yaml", "log: 64 MiB", "log: 1 MiB")
        try edit(config, "risalah.yaml", "destruction: 256 MiB", "destruction: 1 MiB")
    }
}

/// `Upload-Metadata` of tus.
func uploadMetadata(_ fields: [String: String]) -> String {
    fields.map { "\($0) \(Data($1.utf8).base64EncodedString())" }.joined(separator: ",")
}

extension LiveArchive {
    /// What every request of tus carries.
    static let tus = "Tus-Resumable: 1.0.0"

    /// Begins an upload; the answer has its `Location`.
    func create(
        length: Int?,
        _ fields: [String: String] = ["level": "terbatas", "unit": "umum", "series": "rapat", "title": "tus"],
        as who: String
    ) throws -> Exchange {
        try exchange(
            "POST",
            "/v1/uploads",
            as: who,
            headers: [
                Self.tus, length.map { "Upload-Length: \($0)" } ?? "Upload-Defer-Length: 1",
                "Upload-Metadata: \(uploadMetadata(fields))",
            ]
        )
    }

    /// Appends to an upload.
    func patch(_ upload: String, _ bytes: Data, at offset: Int, as who: String) throws -> Exchange {
        try exchange(
            "PATCH",
            upload,
            as: who,
            headers: [Self.tus, "Upload-Offset: \(offset)", "Content-Type: application/offset+octet-stream"],
            body: bytes
        )
    }

    /// Where an upload stands.
    func head(_ upload: String, as who: String) throws -> Exchange {
        try exchange("HEAD", upload, as: who, headers: [Self.tus])
    }
}
