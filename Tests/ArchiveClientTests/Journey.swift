@testable import ArchiveClient
import ArchiveCore
import ArchiveInterface
import Foundation
import Synchronization
import TestSupport

/// A running ``FakeArchive`` and a home to enrol into.
struct Journey {
    let archive: FakeArchive
    let server: TestServer
    let folder: TestFolder
    let home: ClientHome
    let address: ServerAddress

    init() async throws {
        archive = try FakeArchive()
        server = try await TestServer(tls: archive.authority, service: archive)
        folder = try TestFolder()
        home = ClientHome(path: folder.file("home"))
        address = try ServerAddress(parsing: "https://127.0.0.1:\(server.port)/")
    }

    func enrol() async throws {
        _ = try await ArchiveClient.enrol(at: address, invite: archive.invite, home: home)
    }

    /// Runs `body` with an enrolled client whose pauses take no time.
    func client<Value>(attempts: Int = 8, _ body: (ArchiveClient) async throws -> Value) async throws -> Value {
        if try !home.isEnrolled() { try await enrol() }
        var retries = RetryPolicy(attempts: attempts)
        retries.sleep = { _ in }
        let client = try ArchiveClient(Credentials(home: home), retries: retries)
        do {
            let value = try await body(client)
            await client.close()
            return value
        } catch {
            await client.close()
            throw error
        }
    }

    func fault(_ change: (inout FakeArchive.Faults) -> Void) {
        archive.state.withLock { change(&$0.faults) }
    }

    /// The requests that the archive saw, and forgets.
    func requests() -> [String] {
        archive.state.withLock { state in
            defer { state.requests = [] }
            return state.requests
        }
    }
}

/// Good recordings of the shared samples.
enum Samples {
    /// The largest good file, so that transfers can be cut in many places; nil where the samples are not here.
    static func recording() throws -> URL? {
        guard let folder = SharedData.folder("samples/opus/good") else { return nil }
        return try SharedData.files(in: folder)
            .filter { $0.pathExtension == "opus" && !$0.lastPathComponent.contains("WARN") }
            .max { try Data(contentsOf: $0).count < Data(contentsOf: $1).count }
    }

    /// A WAV file of `seconds` of a tone at `rate`, 16 bits, mono.
    static func wave(seconds: Double, rate: Int = 16_000) -> [UInt8] {
        let samples = Int(seconds * Double(rate))
        func word(_ value: Int, _ bytes: Int) -> [UInt8] {
            (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        var file = Array("RIFF".utf8) + word(36 + samples * 2, 4) + Array("WAVEfmt ".utf8) + word(16, 4)
        file += word(1, 2) + word(1, 2) + word(rate, 4) + word(rate * 2, 4) + word(2, 2) + word(16, 2)
        file += Array("data".utf8) + word(samples * 2, 4)
        for index in 0..<samples {
            file += word(Int(12_000 * sin(Double(index) * 2 * .pi * 440 / Double(rate))), 2)
        }
        return file
    }
}
