@testable import ArchiveClient
import ArchiveCore
import ArchiveInterface
import Foundation
import NIOHTTP1
import OggOpus
import Testing

@Suite struct WireTests {
    @Test func addresses() throws {
        func address(_ text: String) throws -> String { try ServerAddress(parsing: text).description }
        #expect(try address(" https://arsip.example:8443/\n") == "https://arsip.example:8443")
        #expect(try address("HTTPS://arsip.example") == "https://arsip.example")
        #expect(try address("https://[::1]:1") == "https://[::1]:1")
        for bad in [
            "", "http://a", "https://", "https://a/b", "https://u:p@a", "https://a?x", "arsip:1", "https://a b",
        ] {
            #expect(throws: ArchiveError.self, "\(bad)") { try ServerAddress(parsing: bad) }
        }
    }

    @Test func links() throws {
        let server = try ServerAddress(parsing: "https://a:1")
        #expect(try server.url(following: "/v1/x?y=%20") == "https://a:1/v1/x?y=%20")
        // Whatever host a link names, the certificate is shown to ours only.
        #expect(try server.url(following: "https://evil.example/v1/x") == "https://a:1/v1/x")
        #expect(try server.url(following: "//evil.example/v1/x") == "https://a:1/v1/x")
        for bad in ["", "v1/x", "https://evil.example", "https://evil.example//x"] {
            #expect(throws: ArchiveError.self, "\(bad)") { try server.url(following: bad) }
        }
    }

    @Test func queries() throws {
        let server = try ServerAddress(parsing: "https://a")
        #expect(server.url("/p", query: [("t", "a&b+c d/é=")]) == "https://a/p?t=a%26b%2Bc%20d%2F%C3%A9%3D")
        let filter = RecordingFilter(level: Level("rahasia"), since: Date(timeIntervalSince1970: 0))
        #expect(filter.query.map(\.value) == ["rahasia", "1970-01-01T00:00:00.000Z"])
    }

    /// What a recording was made of travels beside it both ways of sending, and in neither case inside it.
    @Test func sources() throws {
        let source = try OriginalSource(parsing: "sha256:\(String(repeating: "e7", count: 32)),1234,zoom")
        let metadata = RecordingMetadata(title: "t", source: source)
        let submission = try UploadMetadata.submission(metadata.uploadMetadata())
        #expect(submission.source == source && submission.title == "t")
        #expect(try UploadMetadata.submission(UploadMetadata.text(submission)) == submission)
        #expect(metadata.query.map { "\($0.name)=\($0.value)" } == ["title=t", "source=\(source.text)"])
        #expect(metadata.tags == RecordingMetadata(title: "t").tags && metadata.filing == RecordingMetadata())
        #expect(try RecordingMetadata(json: CanonicalJSON.encode(metadata)) == metadata)
        let filter = RecordingFilter(source: source.sha256)
        #expect(filter.query.map(\.value) == [source.sha256.description])
    }

    @Test func receipts() throws {
        let id = RecordingID()
        let headers: HTTPHeaders = [
            "archive-recording": id.description, "Archive-State": "incomplete", "Archive-Duration": "12.5",
            "Archive-Loss": "0.25", "Archive-Findings": "crc-failure;count=2, page-hole; count=1",
            "Archive-findings": "missing-eos;count=1",
        ]
        let receipt = try UploadReceipt(headers)
        #expect(
            receipt
                == UploadReceipt(
                    id: id,
                    state: .incomplete,
                    duration: 12.5,
                    loss: 0.25,
                    findings: [
                        .init(code: "crc-failure", count: 2), .init(code: "page-hole", count: 1),
                        .init(code: "missing-eos", count: 1),
                    ]
                )
        )
        #expect(try UploadReceipt([:]) == nil)
        for (name, value) in [
            ("Archive-Recording", "no"), ("Archive-State", "lost"), ("Archive-Duration", "nan"), ("Archive-Loss", "-1"),
            ("Archive-Findings", "x"), ("Archive-Findings", "x;count=0"), ("Archive-Findings", ";count=1"),
        ] {
            var bad = headers
            bad.replaceOrAdd(name: name, value: value)
            #expect(throws: ArchiveError.self, "\(name): \(value)") { try UploadReceipt(bad) }
        }
        var missing = headers
        missing.remove(name: "Archive-Loss")
        #expect(throws: ArchiveError.self) { try UploadReceipt(missing) }
    }

    @Test func pauses() async throws {
        var policy = RetryPolicy(attempts: 3, firstDelay: .seconds(1), maximumDelay: .seconds(5))
        #expect([1, 2, 3, 4, 60].map(policy.delay) == [1, 2, 4, 5, 5].map { .seconds($0) })
        let waits = Counter()
        policy.sleep = { pause in
            _ = waits.next()
            #expect(pause >= .milliseconds(500) && pause <= .seconds(5))
        }
        for attempt in 1...3 { try await policy.pause(after: attempt, of: ArchiveError.notFound) }
        await #expect(throws: ArchiveError.self) { try await policy.pause(after: 4, of: ArchiveError.notFound) }
        #expect(waits.count == 3)
    }

    @Test func metadataFile() throws {
        let json =
            #"{"title":"Rapat \"A\"","level":"rahasia","compartments":["x"],"started":"2026-01-02T03:04:05+07:00"}"#
        let read = try RecordingMetadata(json: Data(json.utf8))
        #expect(read.title == "Rapat \"A\"" && read.level == Level("rahasia") && read.compartments == ["x"])
        #expect(read.started == Timestamp.date("2026-01-01T20:04:05Z"))
        let merged = RecordingMetadata(title: "B", participants: ["p"]).filled(from: read)
        #expect(merged.title == "B" && merged.level == Level("rahasia") && merged.participants == ["p"])
        for bad in [
            "", "[]", "1", #"{"titel":"x"}"#, #"{"title":1}"#, #"{"started":"kemarin"}"#, #"{"compartments":"x"}"#,
        ] {
            let error = #expect(throws: ArchiveError.self, "\(bad)") { try RecordingMetadata(json: Data(bad.utf8)) }
            #expect(error?.code == .badMetadata)
        }
    }

    @Test func uploadMetadata() throws {
        let metadata = RecordingMetadata(
            title: "Rapat é",
            level: Level("biasa"),
            compartments: ["a", "b"],
            participants: ["P Satu", "P Dua"]
        )
        let pairs = try metadata.uploadMetadata().split(separator: ",").map {
            $0.split(separator: " ").map(String.init)
        }
        let values = Dictionary(
            uniqueKeysWithValues: pairs.map {
                ($0[0], String(decoding: Data(base64Encoded: $0[1]) ?? Data(), as: UTF8.self))
            }
        )
        #expect(
            values == ["title": "Rapat é", "level": "biasa", "compartment": "a\nb", "participant": "P Satu\nP Dua"]
        )
        #expect(
            metadata.query.map(\.name) == [
                "level", "title", "compartment", "compartment", "participant", "participant",
            ]
        )
        #expect(throws: ArchiveError.self) { try RecordingMetadata(participants: ["a\nb"]).uploadMetadata() }
    }

    @Test func statuses() {
        let expected: [Int: ArchiveError.Code] = [
            400: .badRequest, 401: .unauthenticated, 403: .refused, 404: .notFound, 409: .conflict, 410: .gone,
            413: .tooLarge, 415: .unsupportedMedia, 416: .badRange, 422: .badRecording, 451: .badRequest,
            500: .unexpected, 502: .unexpected, 507: .exhausted,
        ]
        for (status, code) in expected { #expect(Transport.error(ofStatus: status).code == code) }
    }

    @Test func exitCodesAndLanguages() {
        #expect(ArchiveCore.ExitStatus.allCases.map(\.rawValue) == [0, 1, 64, 65, 66, 67, 69, 74, 75, 77, 78])
        let chosen: [ArchiveError.Code: ArchiveCore.ExitStatus] = [
            .badRequest: .usage, .badRecording: .badInput, .notFound: .notFound, .logMismatch: .logMismatch,
            .unreachable: .unreachable, .inputOutput: .inputOutput, .conflict: .waiting, .refused: .refused,
            .configuration: .configuration, .unexpected: .unexpected,
        ]
        for (code, status) in chosen { #expect(code.exitStatus == status) }
        #expect(!ArchiveError.Code.allCases.contains { $0.exitStatus == .done })
        #expect(Language(environment: ["LANG": "id_ID.UTF-8"]) == .indonesian)
        #expect(Language(environment: ["LANG": "id_ID.UTF-8", "LC_ALL": "C"]) == .english)
        #expect(Language(environment: ["LC_ALL": "", "LC_MESSAGES": "id", "LANG": "en_US"]) == .indonesian)
        #expect(Language(environment: [:]) == .english)
        #expect(Language(environment: ["LANG": "idx"]) == .english)
    }
}
