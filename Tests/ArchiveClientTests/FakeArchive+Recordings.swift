import Age
import ArchiveCore
import ArchiveInterface
import Foundation
import NIOHTTP1
import OggOpus

extension FakeArchive {
    func create(_ request: TestRequest, _ state: inout State) throws -> TestReply {
        guard request.headers.first(name: "Tus-Resumable") == "1.0.0",
            let length = request.headers.first(name: "Upload-Length").flatMap(Int.init)
        else { throw ArchiveError(.badRequest, "no tus") }
        var metadata: [String: String] = [:]
        for pair in (request.headers.first(name: "Upload-Metadata") ?? "").split(separator: ",") {
            let parts = pair.split(separator: " ")
            guard parts.count == 2, let value = Data(base64Encoded: String(parts[1])) else {
                throw ArchiveError(.badMetadata, "\(pair)")
            }
            metadata[String(parts[0])] = String(decoding: value, as: UTF8.self)
        }
        let id = UploadID().description
        state.uploads[id] = Upload(length: length, metadata: metadata)
        // Under another name than the client knows it by, as behind a forwarded port.
        return TestReply(status: .created, headers: ["Location": "https://archive.example/v1/uploads/\(id)"])
    }

    func head(_ id: String, _ state: State) throws -> TestReply {
        guard let upload = state.uploads[id] else { throw ArchiveError.notFound }
        var headers = upload.receipt ?? [:]
        headers.add(name: "Upload-Offset", value: String(upload.bytes.count))
        return TestReply(status: .ok, headers: headers)
    }

    func patch(_ id: String, _ request: TestRequest, _ state: inout State) throws -> TestReply? {
        guard var upload = state.uploads[id] else { throw ArchiveError.notFound }
        if !state.faults.patchStatuses.isEmpty {
            return TestReply(status: state.faults.patchStatuses.removeFirst())
        }
        guard request.headers.first(name: "Content-Type") == "application/offset+octet-stream",
            request.headers.first(name: "Upload-Offset") == String(upload.bytes.count)
        else { throw ArchiveError(.wrongOffset, "the upload stands at \(upload.bytes.count)") }
        upload.bytes += request.body
        defer { state.uploads[id] = upload }
        var headers: HTTPHeaders = [:]
        if upload.bytes.count == upload.length {
            headers = try upload.receipt ?? accept(upload.bytes, upload.metadata, &state)
            upload.receipt = headers
        }
        if state.faults.lostPatchAnswers > 0 {
            state.faults.lostPatchAnswers -= 1
            return nil
        }
        headers.add(name: "Upload-Offset", value: String(upload.bytes.count))
        return TestReply(status: .noContent, headers: headers)
    }

    func put(_ request: TestRequest, _ state: inout State) throws -> TestReply {
        let headers = try accept(request.body, request.query, &state)
        guard let receipt = headers.first(name: "Archive-Recording").flatMap(RecordingID.init),
            let recording = state.recordings[receipt]
        else { throw ArchiveError(.unexpected, "no receipt") }
        return try json(
            StoredRecording(id: receipt, state: .stored, duration: recording.facts.duration, loss: 0, findings: []),
            status: .created
        )
    }

    /// Opens, validates and keeps what was sent.
    private func accept(_ bytes: [UInt8], _ metadata: [String: String], _ state: inout State) throws -> HTTPHeaders {
        var cutter = HeaderCutter()
        let length = try bytes.withUnsafeBytes { try cutter.consume($0) }
        guard let header = cutter.header, let fileKey = try? header.open(with: [identity, hybrid]) else {
            throw ArchiveError(.wrongRecipient, "not for this archive")
        }
        var decryptor = PayloadDecryptor(fileKey: fileKey)
        var plaintext: [UInt8] = []
        try bytes[length...].withUnsafeBytes { try decryptor.update($0, into: &plaintext) }
        try decryptor.finish(into: &plaintext)
        let validator = StreamValidator()
        do {
            try plaintext.withUnsafeBytes { try validator.consume($0) }
            let stream = try validator.finish()
            let id = RecordingID()
            state.recordings[id] = (bytes, stream.facts, metadata)
            let findings = stream.findings.totals.map { "\($0.key.rawValue);count=\($0.value)" }.sorted()
            return [
                "Archive-Recording": id.description, "Archive-State": "stored",
                "Archive-Duration": "\(stream.facts.duration)", "Archive-Loss": "\(stream.loss)",
                "Archive-Findings": findings.joined(separator: ", "),
            ]
        } catch let error as OggOpusError {
            throw ArchiveError(.badRecording, error.message, offset: error.offset)
        }
    }

    func report(_ id: String, _ state: State) throws -> RecordingReport {
        guard let id = RecordingID(id), let recording = state.recordings[id] else { throw ArchiveError.notFound }
        let metadata = recording.metadata
        return RecordingReport(
            id: id,
            state: .stored,
            label: Label(Level(metadata["level"] ?? ""), compartments: []),
            unit: metadata["unit"] ?? "",
            series: metadata["series"] ?? "",
            title: metadata["title"] ?? "",
            meeting: metadata["meeting"],
            participants: metadata["participant"]?.split(separator: "\n").map(String.init) ?? [],
            description: metadata["description"],
            started: metadata["started"].flatMap(Timestamp.date),
            received: Date(timeIntervalSince1970: 1_800_000_000),
            duration: recording.facts.duration,
            captured: recording.facts.duration,
            loss: 0,
            findings: [],
            channels: recording.facts.channels,
            bitrate: recording.facts.bitrate,
            size: recording.bytes.count,
            digest: String(repeating: "0", count: 64),
            retention: RetentionReport(due: Date(timeIntervalSince1970: 1_900_000_000), then: "review", rule: "P5Y")
        )
    }

    func list(_ request: TestRequest, _ state: State) throws -> TestReply {
        // Pages of at most two, so that a client has to turn them.
        let all = state.recordings.keys.map(\.description).sorted()
        let from = request.query["cursor"].flatMap(Int.init) ?? 0
        let end = min(from + min(2, request.query["limit"].flatMap(Int.init) ?? 50), all.count)
        let page = RecordingPage(
            recordings: try all[from..<end].map { try report($0, state) },
            next: end < all.count ? String(end) : nil
        )
        return try json(page)
    }

    func open(_ id: String, _ request: TestRequest, _ state: inout State) throws -> TestReply {
        guard let id = RecordingID(id), let recording = state.recordings[id] else { throw ArchiveError.notFound }
        let body = try CanonicalJSON.decode(AccessBody.self, from: Data(request.body))
        var cutter = HeaderCutter()
        let length = try recording.bytes.withUnsafeBytes { try cutter.consume($0) }
        let recipient = state.recipients[body.recipient?.rawValue ?? "x25519"]
        guard let fileKey = try cutter.header?.open(with: [identity, hybrid]), let recipient else {
            throw ArchiveError(.unexpected, "no key")
        }
        let access = AccessID()
        let path = "/v1/accesses/\(access)/recording.opus.age"
        state.files[path] =
            try Header(fileKey: fileKey, recipients: [recipient]).serialized + recording.bytes[length...]
        state.purposes.append(body.purpose)
        return try json(
            AccessReport(
                id: access,
                expires: Date(timeIntervalSince1970: 1_900_000_000),
                links: .init(sealed: path, opus: nil),
                receipt: state.faults.receiptIsWrong
                    ? FakeLog.shared.get().receipt(of: AccessID(), to: id)
                    : FakeLog.shared.get().receipt(of: access, to: id)
            ),
            status: .created
        )
    }

    func fetch(_ request: TestRequest, _ state: inout State) throws -> TestReply {
        guard let file = state.files[request.path] else { throw ArchiveError.notFound }
        if state.faults.changesTag { state.tags += 1 }
        let tag = "\"\(state.tags)\""
        var reply = TestReply(status: .ok, headers: ["ETag": tag], body: file)
        if let range = request.headers.first(name: "Range"), request.headers.first(name: "If-Range") == tag {
            let text = range.replacing("bytes=", with: "").replacing("-", with: "")
            guard let start = Int(text), start < file.count else { throw ArchiveError(.badRange, range) }
            reply.status = .partialContent
            reply.headers.add(name: "Content-Range", value: "bytes \(start)-\(file.count - 1)/\(file.count)")
            reply.body = Array(file[start...])
        }
        if !state.faults.fetchDrops.isEmpty { reply.dropAfter = state.faults.fetchDrops.removeFirst() }
        return reply
    }
}
