import ArchiveCore
import ArchiveTesting
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Testing
import TransparencyLog
import Witnessing

/// Something that serves on 127.0.0.1 until ``stop()``.
final class Served: Sendable {
    let url: String
    private let task: Task<Void, any Error>

    /// Starts `body`, which calls what it is given with its address.
    init(_ body: @escaping @Sendable (@escaping @Sendable (String) -> Void) async throws -> Void) async throws {
        let (addresses, address) = AsyncStream.makeStream(of: String.self)
        task = Task {
            defer { address.finish() }
            try await body { address.yield($0) }
        }
        let patience = Task {
            try await Task.sleep(for: .seconds(60))
            address.finish()
        }
        defer { patience.cancel() }
        var arrivals = addresses.makeAsyncIterator()
        url = try #require(await arrivals.next(), "it does not say where it listens")
    }

    /// Ends it; returns when it has ended.
    func stop() async {
        task.cancel()
        _ = await task.result
    }

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A real witness.
    static func witness(
        _ witness: Witness,
        tls: (certificate: String, key: String)? = nil,
        patience: Duration = .seconds(300),
        perNetwork: Int = 32
    ) async throws -> Served {
        let configuration = try tls.map { try WitnessService.tls(certificate: $0.certificate, key: $0.key) }
        return try await Served { ready in
            try await WitnessService(
                witness,
                host: "127.0.0.1",
                port: 0,
                tls: configuration,
                patience: patience,
                perNetwork: perNetwork,
                logger: quiet
            ).run(ready: ready)
        }
    }

    /// Something at the address of a witness that answers what `answer` makes of a request.
    static func liar(
        _ answer: @escaping @Sendable (AddCheckpoint) throws -> (status: Int, type: String, body: String)
    ) async throws -> Served {
        try await Served { ready in
            let router = Router()
            router.post("/add-checkpoint") { request, _ in
                let body = try await request.body.collect(upTo: AddCheckpoint.maximumByteCount)
                let said = try answer(AddCheckpoint(parsing: Data(body.readableBytesView)))
                return Response(
                    status: .init(code: said.status),
                    headers: [.contentType: said.type],
                    body: .init(byteBuffer: ByteBuffer(string: said.body))
                )
            }
            let application = Application(
                router: router,
                configuration: .init(address: .hostname("127.0.0.1", port: 0)),
                onServerRunning: { ready("http://127.0.0.1:\($0.localAddress?.port ?? 0)") },
                logger: quiet
            )
            try await application.run()
        }
    }
}
