import ArchiveCore
import ArchiveTesting
import Crypto
import Foundation
import Synchronization
import TestSupport
import Testing
import TransparencyLog

@testable import Witnessing

/// A witness and its client over real connections.
@Suite struct WitnessServiceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func witness(_ logs: NoteVerifier...) throws -> Witness {
        let key = try WitnessKey(making: "saksi.example/satu", in: folder.file("state"))
        return try Witness(state: folder.file("state"), key: key, logs: logs, report: { _ in })
    }

    private func client(_ witness: CosignatureVerifier, at url: String, ca: String? = nil) throws -> WitnessClient {
        try WitnessClient(.init(verifier: witness, url: url, authority: ca), patience: .seconds(60))
    }

    private func error(_ client: WitnessClient, _ log: MadeLog, to size: Int? = nil) async throws -> ArchiveError? {
        let note = try log.note(of: size)
        return await archiveError { _ = try await client.cosign(note) { try log.proof(from: $0, to: $1) } }
    }

    @Test func `a client follows what the witness knows, also after others or a restart`() async throws {
        var log = try MadeLog()
        log.grow(to: 50)
        let witness = try witness(log.verifier)
        let served = try await Served.witness(witness)
        let one = try client(witness.verifier, at: served.url + "/")
        let other = try client(witness.verifier, at: served.url)
        let asked = Mutex<[Int]>([])
        for (client, size) in [(one, 10), (one, 11), (other, 20), (one, 30), (one, 30), (other, 50)] {
            let made = log
            let note = try made.note(of: size)
            let signatures = try await client.cosign(note) { old, new in
                asked.withLock { $0.append(old) }
                return try made.proof(from: old, to: new)
            }
            let cosigned = try SignedNote(text: note.text, signatures: note.signatures + signatures)
            try witness.verifier.verify(cosigned)
        }
        // The second of each pair of one size was refused with a conflict first.
        #expect(asked.withLock(\.self) == [10, 11, 11, 20, 20, 30])
        // A log that is behind is told so.
        let behind = try #require(await error(one, log, to: 40))
        #expect(behind.code == .logMismatch)
        await one.close()
        await other.close()
        await served.stop()
    }

    @Test func `a log that was put back is refused and told so`() async throws {
        var log = try MadeLog()
        log.grow(to: 10)
        var back = log
        log.grow(to: 20)
        let witness = try witness(log.verifier)
        let served = try await Served.witness(witness)
        let first = try client(witness.verifier, at: served.url)
        #expect(try await error(first, log) == nil)
        let second = try client(witness.verifier, at: served.url)
        for size in [15, 20, 25] {
            back.grow(to: size, "after the restore")
            let found = try #require(await error(second, back))
            #expect(found.code == .logMismatch, "\(size)")
        }
        #expect(try LocalFileSystem().names(in: folder.file("state/evidence")).count == 2)
        await first.close()
        await second.close()
        await served.stop()
    }

    @Test func `a log that the witness does not know is refused`() async throws {
        var log = try MadeLog()
        log.grow(to: 3)
        let witness = try witness(MadeLog("lain.example").verifier, MadeLog(log.signer.name).verifier)
        let served = try await Served.witness(witness)
        let client = try client(witness.verifier, at: served.url)
        #expect(try await error(client, log)?.code == .refused)
        #expect(try await error(client, MadeLog("asing.example"))?.code == .refused)
        await client.close()
        await served.stop()
    }

    @Test func `what is no cosignature of this witness is refused`() async throws {
        var log = try MadeLog()
        log.grow(to: 9)
        let key = Curve25519.Signing.PrivateKey()
        let signer = try CosignatureSigner(name: "saksi.example/satu", privateKey: key)
        let other = try CosignatureSigner(name: "saksi.example/satu", privateKey: .init())
        let longer = try log.checkpoint(of: 8)
        let size = AddCheckpoint.sizeMediaType
        let lies: [@Sendable (AddCheckpoint, Checkpoint) throws -> (Int, String, String)] = [
            // Another key, another text, nothing at all, no signature, a text of its own.
            { (200, "text/plain", try other.cosign($1, at: 1).line) },
            { _, _ in (200, "text/plain", try signer.cosign(longer, at: 1).line) },
            { _, _ in (200, "text/plain", "") },
            { _, _ in (200, "text/plain", "yes\n") },
            { (200, "text/plain", "\nmore\n\n" + (try signer.cosign($1, at: 1).line)) },
            {
                (200, "text/plain", try signer.cosign($1, at: 1).line + String(other.cosign($1, at: 1).line.dropLast()))
            },
            // More than an answer may have.
            { _, _ in (200, "text/plain", String(repeating: "x", count: 1 << 20)) },
            // A size that is none, that changes each time, in another media type.
            { _, _ in (409, size, "-1\n") },
            { _, _ in (409, size, "3") },
            { request, _ in (409, size, "\(request.oldSize + 1)\n") },
            { _, _ in (409, "text/plain", "3\n") },
            { _, _ in (302, "text/plain", "") },
            { _, _ in (500, "text/plain", "") },
        ]
        for (number, lie) in lies.enumerated() {
            let served = try await Served.liar { request in
                let said = try lie(request, Checkpoint(parsing: request.note.text))
                return (said.0, said.1, said.2)
            }
            let client = try client(signer.verifier, at: served.url)
            let found = try #require(await error(client, log), "lie \(number)")
            #expect(found.code == .unexpected, "lie \(number): \(found)")
            await client.close()
            await served.stop()
        }
        // Beside lines of others its own counts.
        let served = try await Served.liar { request in
            let checkpoint = try Checkpoint(parsing: request.note.text)
            return (200, "text/plain", try other.cosign(checkpoint, at: 1).line + signer.cosign(checkpoint, at: 1).line)
        }
        let client = try client(signer.verifier, at: served.url)
        let kept = try await client.cosign(log.note()) { _, _ in [] }
        #expect(kept.map(\.keyID) == [signer.verifier.keyID])
        await client.close()
        await served.stop()
    }

    @Test func `over TLS only the CA that is named is trusted`() async throws {
        var log = try MadeLog()
        log.grow(to: 4)
        let witness = try witness(log.verifier)
        for name in ["own", "other"] {
            let made = try Program.run(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=saksi", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                    folder.file("\(name).key"),
                    "-out", folder.file("\(name).pem"),
                ]
            )
            try #require(made.status == 0, "\(made.errorText)")
        }
        let served = try await Served.witness(witness, tls: (folder.file("own.pem"), folder.file("own.key")))
        #expect(served.url.hasPrefix("https://"))
        for (ca, expected) in [("own", nil), ("other", .unreachable), (nil, .unreachable)]
            as [(String?, ArchiveError.Code?)]
        {
            let client = try client(witness.verifier, at: served.url, ca: ca.map { folder.file("\($0).pem") })
            #expect(try await error(client, log)?.code == expected, "\(ca ?? "the host's")")
            await client.close()
        }
        await served.stop()
        let missing = #expect(throws: ArchiveError.self) {
            try client(witness.verifier, at: served.url, ca: folder.file("none.pem"))
        }
        #expect(missing?.code == .configuration)
        let broken = #expect(throws: ArchiveError.self) {
            try WitnessService.tls(certificate: folder.file("own.key"), key: folder.file("own.pem"))
        }
        #expect(broken?.code == .configuration)
    }

    @Test func `a witness that is down, or says nothing, is unreachable`() async throws {
        var log = try MadeLog()
        log.grow(to: 2)
        let signer = try CosignatureSigner(name: "saksi.example/satu", privateKey: .init())
        let served = try await Served.liar { _ in (500, "text/plain", "") }
        await served.stop()
        let down = try client(signer.verifier, at: served.url)
        #expect(try await error(down, log)?.code == .unreachable)
        await down.close()
        // It takes connections and never answers.
        let deaf = try DeafPeer()
        let waiting = try WitnessClient(.init(verifier: signer.verifier, url: deaf.url), patience: .milliseconds(200))
        #expect(try await error(waiting, log)?.code == .unreachable)
        await waiting.close()
    }

    @Test func `one peer cannot take every connection`() async throws {
        let witness = try witness(MadeLog().verifier)
        let served = try await Served.witness(witness, perNetwork: 2)
        var held = try [HeldPeer(served.url), HeldPeer(served.url)]
        // Both are counted once they were answered.
        for peer in held { #expect(try await peer.isAnswered()) }
        #expect(try await !HeldPeer(served.url).isAnswered())
        #expect(try await held[0].isAnswered())
        held.removeLast()
        try await waitUntil(seconds: 60, for: "the place of the one that has gone") {
            try await HeldPeer(served.url).isAnswered()
        }
        await served.stop()
    }

    @Test func `connections are counted by network`() {
        let limit = ConnectionLimit(most: 2)
        let (one, other) = ("2001:db8:1:2::/64", "192.0.2.1")
        #expect(limit.enter(one) && limit.enter(one) && !limit.enter(one))
        #expect(limit.enter(other))
        limit.leave(one)
        #expect(limit.enter(one) && !limit.enter(one))
        for _ in 0..<2 { limit.leave(one) }
        #expect(limit.enter(one))
    }

    @Test func `a peer that sends nothing more, or too much, is cut`() async throws {
        let log = try MadeLog()
        let witness = try witness(log.verifier)
        let served = try await Served.witness(witness, patience: .milliseconds(300))
        for beginning in [
            "", "POST /add-chec", "POST /add-checkpoint HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nold ",
        ] {
            #expect(try RawPeer(served.url).said(to: beginning).isEmpty, "\(beginning.debugDescription)")
        }
        await served.stop()
        // Those that ask as they should are answered, by one that has more patience than a test needs.
        let patient = try await Served.witness(witness)
        let head = "HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        let long = "POST /add-checkpoint \(head)Content-Length: 65537\r\n\r\n"
        let answer = try RawPeer(patient.url).said(to: long + String(repeating: "x", count: 65537))
        #expect(answer.hasPrefix("HTTP/1.1 413"), "\(answer.prefix(200))")
        let report = try RawPeer(patient.url).said(to: "GET / \(head)\r\n")
        #expect(report.hasPrefix("HTTP/1.1 200"))
        #expect(report.contains(witness.verifier.name))
        await patient.stop()
    }
}
