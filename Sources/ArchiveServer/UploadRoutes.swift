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
    private static let version = UploadHeaders.version
    private static let extensions =
        "creation,creation-with-upload,creation-defer-length,checksum,termination,expiration"

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
        let headers = try UploadHeaders(request)
        let length = try headers.announcedLength()
        let submission = try headers.submission()
        let checksum = try headers.checksum()
        guard let authority = request.head.authority else { throw ArchiveError(.badRequest, "Host is missing") }
        // From here on there is an upload: what is wrong with the headers was said before.
        let upload = try await archive.ingest.create(submission, length: length, by: context.authenticated())
        // Absolute: some clients do not resolve a relative one.
        let location = "https://\(authority)/v1/uploads/\(upload)"
        guard headers.bringsBytes else {
            let expires = archive.ingest.expiry.formatted(Self.httpDate)
            return Response(
                status: .created,
                headers: [.location: location, .tusResumable: Self.version, .uploadExpires: expires]
            )
        }
        let status = try await archive.ingest.append(
            ReceivedBody(request, context),
            to: upload,
            at: 0,
            length: nil,
            checksum: checksum,
            by: context.authenticated()
        )
        var answer = fields(status)
        answer[.location] = location
        return Response(status: .created, headers: answer)
    }

    private func terminate(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        _ = try UploadHeaders(request)
        try await archive.ingest.terminate(context.identifier("id"), by: context.authenticated())
        return Response(status: .noContent, headers: [.tusResumable: Self.version])
    }

    private func head(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        _ = try UploadHeaders(request)
        let status = try await archive.ingest.status(of: context.identifier("id"), by: context.authenticated())
        var headers = fields(status)
        headers[status.length == nil ? .uploadDeferLength : .uploadLength] = status.length.map(String.init) ?? "1"
        if let submission = status.submission {
            headers[.uploadMetadata] = UploadMetadata.text(submission)
        }
        return Response(status: .ok, headers: headers)
    }

    private func patch(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        let headers = try UploadHeaders(request)
        guard headers.bringsBytes else {
            throw ArchiveError(.unsupportedMedia, "PATCH takes \(UploadHeaders.mediaType)")
        }
        let offset = try headers.offset()
        let status = try await archive.ingest.append(
            ReceivedBody(request, context),
            to: context.identifier("id"),
            at: offset,
            length: headers.length(),
            checksum: headers.checksum(),
            by: context.authenticated()
        )
        return Response(status: .noContent, headers: fields(status))
    }

    private func fields(_ status: Ingest.Status) -> HTTPFields {
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
}

extension UploadHeaders {
    /// The headers of `request`, in a version that is spoken.
    fileprivate init(_ request: Request) throws(ArchiveError) {
        self.init()
        resumable = request.headers[.tusResumable]
        contentType = request.headers[.contentType]
        uploadOffset = request.headers[.uploadOffset]
        uploadLength = request.headers[.uploadLength]
        uploadDeferLength = request.headers[.uploadDeferLength]
        uploadChecksum = request.headers[.uploadChecksum]
        uploadMetadata = request.headers[.uploadMetadata]
        try checkVersion()
    }
}
