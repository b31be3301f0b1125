public import ArchiveCore
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NIOSSL
import Synchronization
public import TransparencyLog

/// Asks one witness to cosign a log's checkpoints (C2SP tlog-witness). One request at a time.
public final class WitnessClient: Sendable {
    /// The most bytes of an answer.
    private static let maximumAnswer = 16 << 10
    /// A witness that changes its mind about the size more often is not one that can be followed.
    private static let attempts = 3

    /// Whom it asks.
    public let address: WitnessAddress
    private let client: HTTPClient
    private let patience: TimeAmount
    /// The size that the witness cosigned last, as far as is known here.
    private let known = Mutex(0)

    /// A client; nothing is sent yet.
    ///
    /// - Parameter patience: how long one request may take.
    /// - Throws: `configuration` where the CA of the address cannot be read.
    public init(_ address: WitnessAddress, patience: Duration = .seconds(4)) throws(ArchiveError) {
        self.address = address
        self.patience = .nanoseconds(Int64(patience / .nanoseconds(1)))
        var tls = TLSConfiguration.makeClientConfiguration()
        if let authority = address.authority {
            do {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authority))
            } catch {
                throw ArchiveError(.configuration, "the CA of the witness, \(authority), cannot be read: \(error)")
            }
        }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            // Nothing leaves the host but to the address that the configuration names.
            redirectConfiguration: .disallow,
            timeout: .init(connect: self.patience, read: self.patience, write: self.patience),
            proxy: nil,
            decompression: .disabled
        )
        configuration.httpVersion = .http1Only
        configuration.connectionPool.idleTimeout = .seconds(10)
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Ends all connections; call it once, at the end.
    public func close() async {
        // It fails only when called twice, and then everything is closed.
        try? await client.shutdown()
    }

    /// Has the witness cosign the checkpoint in `note`; returns its cosignatures, which verify.
    ///
    /// - Parameter proof: the consistency proof between two sizes of the log, of which the first is not zero.
    /// - Throws: `unreachable` where no answer comes in time; `log-mismatch` where the witness has seen another log, or a
    ///   longer one, under this name; `refused` where it does not know the log; `unexpected` for an answer that is none.
    public func cosign(
        _ note: SignedNote,
        proof: @Sendable (_ from: Int, _ to: Int) async throws -> [TreeHash]
    ) async throws -> [SignedNote.Signature] {
        let checkpoint = try Checkpoint(parsing: note.text)
        var old = min(known.withLock(\.self), checkpoint.size)
        for _ in 0..<Self.attempts {
            let hashes = old == 0 || old == checkpoint.size ? [] : try await proof(old, checkpoint.size)
            let (status, type, answer) = try await post(AddCheckpoint(oldSize: old, proof: hashes, note: note))
            switch status {
            case 200:
                let signatures = try cosignatures(in: answer, of: note)
                known.withLock { $0 = checkpoint.size }
                return signatures
            case 409:
                guard type == AddCheckpoint.sizeMediaType, let size = Self.size(in: answer) else {
                    throw bad("answered with a conflict that names no size")
                }
                guard size <= checkpoint.size else {
                    throw ArchiveError(
                        .logMismatch,
                        "the witness \(name) has cosigned \(size) entries of this log, which has \(checkpoint.size)",
                        hint: "was an older database put back? Nothing is cosigned until it is longer than that again"
                    )
                }
                guard size != old else {
                    throw ArchiveError(
                        .logMismatch,
                        "the witness \(name) has cosigned another root for \(size) entries of this log",
                        hint: "two logs were kept under one name; the witness has kept the evidence"
                    )
                }
                known.withLock { $0 = size }
                old = size
            case 422:
                throw ArchiveError(
                    .logMismatch,
                    "the witness \(name) does not find that this log continues the \(old) entries that it cosigned",
                    hint: "was an older database put back and written to? The witness has kept the evidence"
                )
            case 403, 404:
                throw ArchiveError(
                    .refused,
                    "the witness \(name) does not know this log or its key (status \(status))",
                    hint: "its operator adds the vkey of this log: risalah audit witness --log"
                )
            default: throw bad("answered with status \(status)")
            }
        }
        throw bad("names another size each time")
    }

    private var name: String { address.verifier.name }

    private func bad(_ what: String) -> ArchiveError {
        ArchiveError(.unexpected, "the witness \(name) \(what)", hint: "is \(address.url) the address of a witness?")
    }

    private typealias Answer = (status: Int, type: String?, body: Data)

    /// The whole of it within ``patience``, an answer that comes in drops included.
    private func post(_ request: AddCheckpoint) async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer.self) { group in
            group.addTask { try await self.exchange(request) }
            group.addTask { [patience] in
                try await Task.sleep(nanoseconds: UInt64(patience.nanoseconds))
                throw ArchiveError(
                    .unreachable,
                    "the witness \(self.name) does not answer at \(self.address.url) in time"
                )
            }
            defer { group.cancelAll() }
            // There are two, so there is a first.
            return try await group.next()!
        }
    }

    private func exchange(_ request: AddCheckpoint) async throws -> Answer {
        var message = HTTPClientRequest(url: "\(address.url)/add-checkpoint")
        message.method = .POST
        message.headers.add(name: "Content-Type", value: "text/plain; charset=utf-8")
        message.headers.add(name: "User-Agent", value: "risalah")
        message.body = .bytes(ByteBuffer(string: request.serialized))
        do {
            let response = try await client.execute(message, deadline: .distantFuture)
            let body = try await response.body.collect(upTo: Self.maximumAnswer)
            return (
                Int(response.status.code), response.headers.first(name: "Content-Type"), Data(buffer: body)
            )
        } catch is NIOTooManyBytesError {
            throw bad("answered with more than \(Self.maximumAnswer) bytes")
        } catch let error as CancellationError {
            throw error
        } catch {
            throw ArchiveError(.unreachable, "the witness \(name) cannot be reached at \(address.url): \(error)")
        }
    }

    /// The cosignatures of this witness in an answer, which ignores all others.
    private func cosignatures(in answer: Data, of note: SignedNote) throws -> [SignedNote.Signature] {
        let verifier = address.verifier
        do {
            // C2SP tlog-witness: what is answered can be put behind the checkpoint and read as a note.
            let whole = try SignedNote(parsing: Data(note.serialized.utf8) + answer)
            guard whole.text == note.text else { throw bad("answered with something else than signatures") }
            let own = whole.signatures.dropFirst(note.signatures.count)
                .filter { $0.keyID == verifier.keyID && $0.name == verifier.name }
            guard !own.isEmpty else { throw bad("answered without a cosignature of its own") }
            try verifier.verify(SignedNote(text: note.text, signatures: own))
            return own
        } catch let error as LogError {
            throw bad("answered with a cosignature that does not verify: \(error)")
        }
    }

    private static func size(in answer: Data) -> Int? {
        guard answer.last == UInt8(ascii: "\n") else { return nil }
        return DecimalSize.read(answer.dropLast())
    }
}
