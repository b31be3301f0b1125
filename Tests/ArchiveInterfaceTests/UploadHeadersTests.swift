import ArchiveCore
import ArchiveInterface
import Foundation
import Testing

@Suite("The headers of tus say one thing, or are refused")
struct UploadHeadersTests {
    private func headers(_ set: (inout UploadHeaders) -> Void) -> UploadHeaders {
        var headers = UploadHeaders()
        set(&headers)
        return headers
    }

    private func code(_ body: () throws -> Void) -> ArchiveError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? ArchiveError)?.code
        }
    }

    @Test(arguments: ["+5", "-0", "-1", "", " 5", "5 ", "0x5", "5.0", "٥", "9223372036854775808"])
    func `what is not a number`(_ text: String) {
        #expect(code { _ = try headers { $0.uploadOffset = text }.offset() } == .badRequest)
        #expect(code { _ = try headers { $0.uploadLength = text }.length() } == .badRequest)
        #expect(code { _ = try headers { $0.uploadLength = text }.announcedLength() } == .badRequest)
    }

    @Test func `numbers`() throws {
        #expect(try headers { $0.uploadOffset = "0" }.offset() == 0)
        #expect(try headers { $0.uploadOffset = "9223372036854775807" }.offset() == .max)
        #expect(try headers { $0.uploadLength = "70000" }.length() == 70_000)
        #expect(try UploadHeaders().length() == nil)
        #expect(code { _ = try UploadHeaders().offset() } == .badRequest)
    }

    @Test func `a length is announced now or later, not both and not neither`() throws {
        #expect(try headers { $0.uploadLength = "7" }.announcedLength() == 7)
        #expect(try headers { $0.uploadDeferLength = "1" }.announcedLength() == nil)
        let wrong = [
            UploadHeaders(), headers { $0.uploadDeferLength = "0" },
            headers {
                $0 = headers { $0.uploadLength = "7" }; $0.uploadDeferLength = "1"
            },
        ]
        for headers in wrong { #expect(code { _ = try headers.announcedLength() } == .badRequest) }
    }

    @Test func `versions and media types`() {
        #expect(code { try headers { $0.resumable = "1.0.0" }.checkVersion() } == nil)
        for version in [nil, "", "1.0", "0.2.2", "1.0.0, 1.0.0"] {
            #expect(code { try headers { $0.resumable = version }.checkVersion() } == .unsupportedVersion)
        }
        #expect(headers { $0.contentType = "application/offset+octet-stream" }.bringsBytes)
        #expect(!UploadHeaders().bringsBytes)
    }

    @Test func `checksums`() throws {
        let digest = Data(0..<20)
        let read = try headers { $0.uploadChecksum = "sha1 \(digest.base64EncodedString())" }.checksum()
        #expect(read == Checksum(algorithm: .sha1, digest: digest) && read != nil)
        #expect(try UploadHeaders().checksum() == nil)
        for text in ["", "sha1", "sha1 AAAA", "sha1 !", "md5 AAAA", "SHA1 \(digest.base64EncodedString())"] {
            #expect(code { _ = try headers { $0.uploadChecksum = text }.checksum() } == .badRequest, "\(text)")
        }
    }

    @Test func `metadata is read back as it was written`() throws {
        var submission = Submission()
        try submission.set("title", "Rapat, kedua")
        try submission.set("level", "terbatas")
        try submission.set("description", "dua\nbaris")
        try submission.set("started", "2026-11-21T09:00:00.125+07:00")
        for name in ["Sari", "Budi"] { try submission.set("participant", name) }
        let text = UploadMetadata.text(submission)
        #expect(text.contains("participant \(Data("Sari\nBudi".utf8).base64EncodedString())"))
        #expect(try UploadMetadata.submission(text) == submission)
        // tus clients may send an empty one, and fields of their own.
        #expect(try UploadMetadata.submission("") == Submission())
        #expect(try UploadMetadata.submission("filename eC5hZ2U=,filetype") == Submission())
    }

    @Test(arguments: ["title", "title !", "title /w==", "title QQ== QQ==", "colour cmVk", "title QQ==,title QQ==", " "])
    func `metadata that is refused`(_ text: String) {
        #expect(code { _ = try UploadMetadata.submission(text) } == .badMetadata)
    }

    @Test func `metadata has a limit`() {
        let text = "title " + String(repeating: "A", count: 64 << 10)
        #expect(code { _ = try UploadMetadata.submission(text) } == .badMetadata)
    }
}
