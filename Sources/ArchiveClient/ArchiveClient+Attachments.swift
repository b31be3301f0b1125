public import Age
public import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// What belongs to recordings beside their sound.
extension ArchiveClient {
    /// `POST /v1/recordings/{id}/attachments`: attaches what `pieces` gives, in order; nothing where the archive has it already.
    ///
    /// - Parameters:
    ///   - name: what it is called: the name of a file, without folders.
    ///   - mediaType: what it is; by its name where that is nil.
    ///   - length: bytes of it; `pieces` has to give just so many.
    public func attach<Pieces: AsyncSequence & Sendable>(
        _ pieces: Pieces,
        length: Int64,
        named name: String,
        mediaType: String? = nil,
        to recording: RecordingID
    ) async throws -> AttachmentReport where Pieces.Element == [UInt8] {
        let body = HTTPClientRequest.Body.stream(pieces.map { ByteBuffer(bytes: $0) }, length: .known(length))
        return try await attach(body, named: name, mediaType, to: recording)
    }

    /// The same with all of a file.
    public func attach(
        _ file: any OpenFile,
        named name: String,
        mediaType: String? = nil,
        to recording: RecordingID,
        progress: TransferProgress? = nil
    ) async throws -> AttachmentReport {
        let length = Int64(try file.length)
        let chunks = FileChunks(file: file, range: 0..<length, progress: progress)
        return try await attach(.stream(chunks, length: .known(length)), named: name, mediaType, to: recording)
    }

    private func attach(
        _ body: HTTPClientRequest.Body,
        named name: String,
        _ mediaType: String?,
        to recording: RecordingID
    ) async throws -> AttachmentReport {
        let url = server.url("/v1/recordings/\(recording)/attachments", query: [(name: "name", value: name)])
        var request = HTTPClientRequest(.POST, url)
        request.headers.add(name: "Content-Type", value: mediaType ?? Self.mediaType(ofFile: name))
        request.body = body
        return try await transport.answer(AttachmentReport.self, to: request, expecting: 200, 201)
    }

    /// Fetches an attachment within an open access, sealed on the way, and hands it to `sink` opened with one of `identities`.
    public func attachment(
        _ number: Int,
        within access: AccessID,
        opening identities: [Identity],
        progress: TransferProgress? = nil,
        into sink: (UnsafeRawBufferPointer) throws -> Void
    ) async throws {
        var opener = RecordingOpener(identities: identities)
        _ = try await fetch(Self.link(toAttachment: number, within: access), progress: progress) { sealed in
            try opener.update(sealed, into: sink)
        }
        try opener.finish(into: sink)
    }

    /// Where an attachment is fetched, sealed for the key that the access is for.
    static func link(toAttachment number: Int, within access: AccessID) -> String {
        "/v1/accesses/\(access)/attachments/\(number).age"
    }

    /// What a file is by the end of its name.
    private static func mediaType(ofFile name: String) -> String {
        let types = [
            "txt": "text/plain", "md": "text/markdown", "csv": "text/csv", "html": "text/html", "vtt": "text/vtt",
            "json": "application/json", "xml": "application/xml", "pdf": "application/pdf", "zip": "application/zip",
            "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg",
            "odt": "application/vnd.oasis.opendocument.text",
            "odp": "application/vnd.oasis.opendocument.presentation",
            "ods": "application/vnd.oasis.opendocument.spreadsheet",
            "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ]
        let end = name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() }
        return end.flatMap { types[$0] } ?? "application/octet-stream"
    }
}
