import Age
import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Foundation
import TestSupport
import Testing

@testable import ArchiveClient

/// What was acknowledged is there, and each upload becomes one recording, byte for byte, on the worst of networks.
@Suite("Recordings get through networks that cut, halve, delay and corrupt")
struct ChaosTests {
    private let archive: LiveArchive
    /// From the environment, to meet again what a failure has named.
    private let seed: UInt64

    init() throws {
        archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        let given = ProcessInfo.processInfo.environment["RISALAH_CHAOS_SEED"].flatMap { UInt64($0) }
        seed = given ?? .random(in: .min ... .max)
    }

    private var home: URL { archive.folder.appending(path: "perekam") }
    private var comment: Comment { "RISALAH_CHAOS_SEED=\(seed)" }
    private var port: Int {
        get throws { try #require(archive.address.split(separator: ":").last.flatMap { Int($0) }) }
    }

    /// A sealed recording in a file of its own.
    private func sealed(seconds: Double) throws -> (bytes: Data, file: URL) {
        let bytes = try archive.seal(
            Data(MadeStream.noise(seconds: seconds, bitrate: 64_000)),
            to: "terbatas",
            as: "perekam"
        )
        let file = archive.folder.appending(path: "sealed-\(UUID().uuidString).age")
        try bytes.write(to: file)
        return (bytes, file)
    }

    private func payload(_ sealed: Data) throws -> Data {
        let mark = try #require(sealed.range(of: Data("\n--- ".utf8))).lowerBound
        return Data(sealed[(mark + 49)...])
    }

    /// The archive has exactly these payloads, and nothing besides.
    private func expectStored(_ payloads: [Data]) throws {
        let stored = try archive.stored("recordings").map {
            try Data(contentsOf: archive.root.appending(path: "Storage/recordings/\($0)"))
        }
        #expect(Set(stored) == Set(payloads) && stored.count == payloads.count, comment)
        #expect(try archive.list(as: "sari").count == payloads.count, comment)
        #expect(archive.stored("incoming").isEmpty && archive.stored("quarantine").isEmpty, comment)
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0, comment)
    }

    @Test(arguments: Pusher.Client.allCases)
    func `a client from elsewhere pushes its recordings through`(_ client: Pusher.Client) async throws {
        let proxy = try await ChaosProxy.start(to: port, seed: seed)
        var payloads: [Data] = []
        for _ in 0..<3 {
            let (bytes, file) = try sealed(seconds: 60)
            let pusher = try Pusher(client, sending: file, to: "https://127.0.0.1:\(proxy.port)", as: home)
            let (upload, _) = try pusher.finish(comment)
            let head = try archive.head(
                archive.address + upload.trimmingPrefix("https://127.0.0.1:\(proxy.port)"),
                as: "perekam"
            )
            #expect(
                head.header("upload-offset") == String(bytes.count) && head.header("archive-recording") != nil,
                comment
            )
            payloads.append(try payload(bytes))
        }
        await proxy.close()
        #expect(
            proxy.met.values.reduce(0, +) > 0,
            "nothing happened to any of \(proxy.accepted) connections, \(comment)"
        )
        try expectStored(payloads)
    }

    @Test func `our own client pushes its recordings through`() async throws {
        let proxy = try await ChaosProxy.start(to: port, seed: seed)
        // The same enrolment, by way of the proxy.
        let far = ClientHome(path: archive.folder.appending(path: "jauh").path)
        try FileManager.default.copyItem(at: home, to: URL(filePath: far.path))
        try "https://127.0.0.1:\(proxy.port)\n".write(toFile: far.path(of: .server), atomically: true, encoding: .utf8)
        let recipients = try await ArchiveClient.connected(to: ClientHome(path: home.path)) {
            try await $0.recipients()
        }
        var metadata = RecordingMetadata()
        (metadata.title, metadata.level) = ("kacau", Level("terbatas"))
        (metadata.unit, metadata.series) = ("umum", "rapat")
        var payloads: [Data] = []
        let policy = RetryPolicy(attempts: 200, firstDelay: .milliseconds(5), maximumDelay: .milliseconds(50))
        for _ in 0..<4 {
            let input = archive.folder.appending(path: "\(UUID().uuidString).opus")
            try Data(MadeStream.noise(seconds: 120, bitrate: 64_000)).write(to: input)
            let prepared = try PreparedRecording(
                reading: InputFile(path: input.path),
                metadata: metadata,
                sealedTo: recipients.recipient(for: Level("terbatas")),
                home: far
            )
            var bytes = [UInt8](repeating: 0, count: Int(prepared.sealed.length))
            let count = try bytes.withUnsafeMutableBytes { try prepared.sealed.file.read(into: $0, at: 0) }
            #expect(count == bytes.count)
            let said = metadata
            let receipt = try await ArchiveClient.connected(to: far, retries: policy) {
                try await $0.upload(prepared.sealed, metadata: said)
            }
            #expect(receipt.state == .stored && receipt.loss == 0, comment)
            payloads.append(try payload(Data(bytes)))
        }
        await proxy.close()
        #expect(
            proxy.met.values.reduce(0, +) > 0,
            "nothing happened to any of \(proxy.accepted) connections, \(comment)"
        )
        try expectStored(payloads)
    }

    /// A network that is gone for a while, and back.
    @Test func `an upload outlives a network that refuses everything`() async throws {
        let proxy = try await ChaosProxy.start(to: port, seed: seed, mode: .passing)
        let (bytes, file) = try sealed(seconds: 60)
        let pusher = try Pusher(.tuspy, sending: file, to: "https://127.0.0.1:\(proxy.port)", as: home, chunk: 16_000)
        try archive.waitUntil(seconds: 60) { try archive.bytes(in: "incoming") > 50_000 || !pusher.process.isRunning }
        proxy.set(.refusing)
        let before = proxy.accepted
        try archive.waitUntil(seconds: 60) { proxy.accepted > before + 10 || !pusher.process.isRunning }
        let kept = try archive.bytes(in: "incoming")
        #expect(kept > 50_000 && kept < bytes.count)
        proxy.set(.passing)
        let (_, troubles) = try pusher.finish(comment)
        #expect(troubles >= 10)
        await proxy.close()
        try expectStored([payload(bytes)])
    }

    /// Acknowledged is durable (DESIGN.md invariant 1): the clients themselves see that no offset goes back.
    @Test func `the service is killed at any moment while two clients send`() throws {
        var generator = SeededGenerator(seed: seed)
        let recordings = try (0..<2).map { _ in try sealed(seconds: 120) }
        let total = recordings.reduce(0) { $0 + $1.bytes.count }
        let pushers = try zip(Pusher.Client.allCases, recordings).map { client, recording in
            try Pusher(client, sending: recording.file, to: archive.address, as: home, chunk: 20_000)
        }
        for _ in 0..<4 {
            let before = try archive.bytes(in: "incoming")
            let step = Int.random(in: 1...(total / 8), using: &generator)
            try archive.waitUntil(seconds: 60) {
                try archive.bytes(in: "incoming") > before + step || !archive.stored("recordings").isEmpty
            }
            archive.kill()
            try archive.start()
        }
        var troubles = 0
        for pusher in pushers { troubles += try pusher.finish(comment).troubles }
        #expect(troubles > 0, comment)
        try expectStored(recordings.map { try payload($0.bytes) })
    }

    @Test func `two clients resume one upload at once`() throws {
        let (bytes, file) = try sealed(seconds: 120)
        let upload = try #require(archive.create(length: bytes.count, as: "perekam").header("location"))
        let pushers = try Pusher.Client.allCases.map {
            try Pusher($0, sending: file, to: archive.address, as: home, upload: upload, chunk: 30_000)
        }
        for pusher in pushers { #expect(try pusher.finish(comment).upload == upload) }
        try expectStored([payload(bytes)])
    }
}
