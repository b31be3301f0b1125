import ArchiveCore
import ArchiveInterface
import Foundation
import HTTPTypes
import Hummingbird
import Ingest
import NIOCore
import NIOFoundationCompat

/// tus 1.0: core, creation, creation-with-upload, creation-defer-length, checksum, termination, expiration.
struct UploadRoutes: Sendable {
    private static let version = "1.0.0"
    private static let extensions =
        "creation,creation-with-upload,creation-defer-length,checksum,termination,expiration"
    private static let stream = "application/offset+octet-stream"

    /// RFC 9110 §5.6.7.
    private static let httpDate = Date.VerbatimFormatStyle(
        format: """
            \(weekday: .abbreviated), \(day: .twoDigits) \(month: .abbreviated) \(year: .padded(4)) \
            \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\
            \(second: .twoDigits) GMT
            """,
        locale: Locale(identifier: "en_US_POSIX"),
        timeZone: .gmt,
        calendar: Calendar(identifier: .gregorian)
    )

    let archive: Archive

    /// Adds the routes below `/v1/uploads`.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on("", method: .options) { _, _ in self.options() }
        group.on("", method: .post) { request, context in try await self.create(request, context) }
        group.on(":id", method: .head) { request, context in try await self.head(request, context) }
        group.on(":id", method: .patch) { request, context in try await self.patch(request, context) }
        group.on(":id", method: .delete) { request, context in try await self.terminate(request, context) }
        group.on(":id", method: .post) { request, context in
            // For networks that let nothing else through.
            switch request.headers[.methodOverride]?.uppercased() {
            case "HEAD": try await self.head(request, context)
            case "PATCH": try await self.patch(request, context)
            case "DELETE": try await self.terminate(request, context)
            default: throw ArchiveError(.badRequest, "POST here needs X-HTTP-Method-Override: PATCH, HEAD or DELETE")
            }
        }
    }

    private func options() -> Response {
        Response(
            status: .noContent,
            headers: [
                .tusResumable: Self.version, .tusVersion: Self.version, .tusExtension: Self.extensions,
                .tusMaxSize: String(archive.settings.maximumUpload),
                .tusChecksumAlgorithm: Checksum.Algorithm.allCases.map(\.rawValue).joined(separator: ","),
            ]
        )
    }

    private func create(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        try checkVersion(request)
        let length = try length(request)
        let deferred = request.headers[.uploadDeferLength]
        guard deferred == nil || deferred == "1", (length == nil) == (deferred != nil) else {
            throw ArchiveError(.badRequest, "one of Upload-Length and Upload-Defer-Length: 1 is needed")
        }
        let submission = try UploadMetadata.submission(request.headers[.uploadMetadata] ?? "")
        let upload = try await archive.ingest.create(submission, length: length, by: context.authenticated())
        guard let authority = request.head.authority else { throw ArchiveError(.badRequest, "Host is missing") }
        // Absolute: some clients do not resolve a relative one.
        let location = "https://\(authority)/v1/uploads/\(upload)"
        guard request.headers[.contentType] == Self.stream else {
            return Response(status: .created, headers: [.location: location, .tusResumable: Self.version])
        }
        let status = try await archive.ingest.append(
            ReceivedBody(request, context),
            to: upload,
            at: 0,
            length: nil,
            checksum: checksum(request),
            by: context.authenticated()
        )
        var headers = headers(status)
        headers[.location] = location
        return Response(status: .created, headers: headers)
    }

    private func terminate(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        try checkVersion(request)
        try await archive.ingest.terminate(context.identifier("id"), by: context.authenticated())
        return Response(status: .noContent, headers: [.tusResumable: Self.version])
    }

    /// `Upload-Checksum`: an algorithm and base64.
    private func checksum(_ request: Request) throws(ArchiveError) -> Checksum? {
        guard let text = request.headers[.uploadChecksum] else { return nil }
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == 2, let digest = Data(base64Encoded: parts[1]) else {
            throw ArchiveError(.badRequest, "Upload-Checksum is not an algorithm and base64")
        }
        guard let algorithm = Checksum.Algorithm(rawValue: parts[0]) else {
            throw ArchiveError(
                .badRequest,
                "Upload-Checksum names an algorithm that is not spoken here",
                hint: "sha1 or sha256"
            )
        }
        guard let checksum = Checksum(algorithm: algorithm, digest: digest) else {
            throw ArchiveError(.badRequest, "Upload-Checksum has \(digest.count) bytes, which no \(parts[0]) has")
        }
        return checksum
    }

    private func head(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        try checkVersion(request)
        let status = try await archive.ingest.status(of: context.identifier("id"), by: context.authenticated())
        var headers = headers(status)
        headers[status.length == nil ? .uploadDeferLength : .uploadLength] = status.length.map(String.init) ?? "1"
        if let submission = status.submission {
            headers[.uploadMetadata] = UploadMetadata.text(submission)
        }
        return Response(status: .ok, headers: headers)
    }

    private func patch(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        try checkVersion(request)
        guard request.headers[.contentType] == Self.stream else {
            throw ArchiveError(.unsupportedMedia, "PATCH takes \(Self.stream)")
        }
        guard let text = request.headers[.uploadOffset], let offset = Int(text), offset >= 0 else {
            throw ArchiveError(.badRequest, "Upload-Offset is missing or is no number")
        }
        let status = try await archive.ingest.append(
            ReceivedBody(request, context),
            to: context.identifier("id"),
            at: offset,
            length: length(request),
            checksum: checksum(request),
            by: context.authenticated()
        )
        return Response(status: .noContent, headers: headers(status))
    }

    private func headers(_ status: Ingest.Status) -> HTTPFields {
        var headers: HTTPFields = [.tusResumable: Self.version, .uploadOffset: String(status.offset)]
        if let expires = status.expires { headers[.uploadExpires] = expires.formatted(Self.httpDate) }
        guard let receipt = status.receipt else { return headers }
        headers[.archiveRecording] = receipt.recording.description
        headers[.archiveState] = RecordingState(receipt).rawValue
        headers[.archiveDuration] = String(receipt.duration)
        headers[.archiveLoss] = String(receipt.loss)
        let counts = Dictionary(receipt.findings.map { ($0.code, 1) }, uniquingKeysWith: +)
        headers[.archiveFindings] = counts.sorted { $0.key < $1.key }
            .map { "\($0.key);count=\($0.value)" }.joined(separator: ", ")
        return headers
    }

    private func checkVersion(_ request: Request) throws(ArchiveError) {
        guard request.headers[.tusResumable] == Self.version else {
            throw ArchiveError(.unsupportedVersion, "Tus-Resumable must be \(Self.version)")
        }
    }

    private func length(_ request: Request) throws(ArchiveError) -> Int? {
        guard let text = request.headers[.uploadLength] else { return nil }
        guard let length = Int(text), length >= 0 else {
            throw ArchiveError(.badRequest, "Upload-Length is no number")
        }
        return length
    }
}

/// `Upload-Metadata` of tus: `key base64,key base64`.
enum UploadMetadata {
    /// Fields that clients add by themselves and that say nothing the archive asks for.
    private static let ignored: Set = ["filename", "filetype"]
    private static let limit = 64 << 10

    /// The submission that `text` spells; an empty text is an empty one.
    static func submission(_ text: String) throws(ArchiveError) -> Submission {
        guard text.utf8.count <= limit else {
            throw ArchiveError(.badMetadata, "Upload-Metadata has more than \(limit) bytes")
        }
        var submission = Submission()
        for pair in text.split(separator: ",") {
            let parts = pair.split(separator: " ")
            guard let name = parts.first.map(String.init), parts.count <= 2 else {
                throw ArchiveError(.badMetadata, "Upload-Metadata is not made of `key base64` pairs")
            }
            if ignored.contains(name) { continue }
            guard let data = Data(base64Encoded: parts.count == 2 ? String(parts[1]) : "") else {
                throw ArchiveError(.badMetadata, "\(name) in Upload-Metadata is not base64")
            }
            guard let value = String(validating: data, as: UTF8.self) else {
                throw ArchiveError(.badMetadata, "\(name) in Upload-Metadata is not UTF-8")
            }
            // A key comes once in tus; lists are lines.
            let isList = name == "compartment" || name == "participant"
            let values = isList ? value.split(separator: "\n").map(String.init) : [value]
            for value in values { try submission.set(name, value) }
        }
        return submission
    }

    /// The header that ``submission(_:)`` reads back.
    static func text(_ submission: Submission) -> String {
        let fields: [(String, String?)] = [
            ("level", submission.level), ("unit", submission.unit), ("series", submission.series),
            ("title", submission.title), ("meeting", submission.meeting),
            ("description", submission.description), ("started", submission.started.map(Timestamp.text)),
            ("compartment", lines(submission.compartments)), ("participant", lines(submission.participants)),
        ]
        return fields.compactMap { name, value in
            value.map { "\(name) \(Data($0.utf8).base64EncodedString())" }
        }.joined(separator: ",")
    }

    private static func lines(_ values: [String]) -> String? {
        values.isEmpty ? nil : values.joined(separator: "\n")
    }
}
