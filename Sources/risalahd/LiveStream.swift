internal import Age
internal import ArchiveClient
internal import ArchiveCore
internal import Foundation

/// A recording that is sealed as it is sent, under a key of its own; no more than a chunk and what waits is held.
final class SealedFeed {
    private let plaintext: [UInt8]
    private var encryptor: PayloadEncryptor
    private var position = 0
    private var hasEnded = false
    private var ready: [UInt8]
    private var taken = 0
    /// Bytes of all of it, sealed.
    let length: Int

    init(_ plaintext: [UInt8], to recipient: Recipient) throws {
        self.plaintext = plaintext
        let fileKey = FileKey()
        encryptor = PayloadEncryptor(fileKey: fileKey)
        ready = try Header(fileKey: fileKey, recipients: [recipient]).serialized
        length = try ready.count + PayloadLayout(plaintextLength: plaintext.count).payloadLength
    }

    /// The bytes from where the last call ended to `end`.
    func take(upTo end: Int) throws -> [UInt8] {
        while taken + ready.count < end, !hasEnded {
            let next = min(position + PayloadLayout.chunkLength, plaintext.count)
            try encryptor.update(Array(plaintext[position..<next]), into: &ready)
            position = next
            if position == plaintext.count {
                try encryptor.finish(into: &ready)
                hasEnded = true
            }
        }
        let piece = Array(ready.prefix(max(0, end - taken)))
        ready.removeFirst(piece.count)
        taken += piece.count
        return piece
    }
}

/// One live recorder: every five seconds it sends what it has, on a connection that stays, and waits until it is durable.
struct LiveStream {
    /// Seconds between two requests.
    static let interval = 5.0
    /// A stream of which more seconds than this are not acknowledged is late.
    static let lateness = 10.0
    /// Seconds after its end until which a stream must be stored.
    private static let patience = 60.0

    /// What became of a stream.
    struct Outcome: Sendable {
        /// At each acknowledgement, how old the oldest byte was that it covered, in seconds.
        var lags: [Double] = []
        var failures = 0
        var isStored = false
    }

    private let feed: SealedFeed
    private let seconds: Double
    private let number: Int
    private let begin: ContinuousClock.Instant

    init(_ feed: SealedFeed, seconds: Double, number: Int, from begin: ContinuousClock.Instant) {
        self.feed = feed
        self.seconds = seconds
        self.number = number
        self.begin = begin
    }

    private var elapsed: Double { (ContinuousClock.now - begin) / .seconds(1) }

    func run(_ credentials: Credentials) async throws -> Outcome {
        // A client of its own is a connection of its own, as every recorder has.
        let client = try ArchiveClient(credentials)
        var outcome = Outcome()
        do {
            try await send(with: client, &outcome)
            await client.close()
        } catch {
            await client.close()
            throw error
        }
        return outcome
    }

    private func send(with client: ArchiveClient, _ outcome: inout Outcome) async throws {
        let metadata = RecordingMetadata(
            title: "stream \(number)",
            level: Level("biasa"),
            unit: "umum",
            series: "rapat"
        )
        var url: String?
        var (acknowledged, tick) = (0, 1.0)
        /// Sent or about to be, and not acknowledged.
        var waiting: [UInt8] = []
        while elapsed < seconds + Self.patience {
            let due = min(tick * Self.interval, seconds)
            if elapsed < due { try await Task.sleep(until: begin + .seconds(url == nil ? 0 : due)) }
            do {
                guard let known = url else {
                    url = try await client.beginUpload(length: nil, metadata: metadata)
                    continue
                }
                let captured = min(1, elapsed / seconds)
                let end = captured < 1 ? Int(captured * Double(feed.length)) : feed.length
                waiting += try feed.take(upTo: end)
                let isLast = acknowledged + waiting.count == feed.length
                let standing = try await client.append(
                    waiting,
                    at: Int64(acknowledged),
                    to: known,
                    length: isLast ? Int64(feed.length) : nil
                )
                note(standing, &acknowledged, &waiting, &outcome)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                outcome.failures += 1
                try await Task.sleep(for: .milliseconds(500))
                if let known = url, let standing = try? await client.standing(of: known) {
                    note(standing, &acknowledged, &waiting, &outcome)
                }
                continue
            }
            if outcome.isStored { return }
            tick = max(tick + 1, (elapsed / Self.interval).rounded(.up))
        }
        // What never was acknowledged is as late as it could be.
        outcome.lags.append(elapsed - captureTime(acknowledged))
    }

    private func note(
        _ standing: UploadStanding,
        _ acknowledged: inout Int,
        _ waiting: inout [UInt8],
        _ outcome: inout Outcome
    ) {
        let offset = Int(standing.offset)
        outcome.isStored = standing.receipt != nil
        guard offset > acknowledged, offset - acknowledged <= waiting.count else { return }
        // Until now everything from here on was not acknowledged.
        outcome.lags.append(elapsed - captureTime(acknowledged))
        waiting.removeFirst(offset - acknowledged)
        acknowledged = offset
    }

    /// When the byte at `offset` was captured, in seconds.
    private func captureTime(_ offset: Int) -> Double { Double(offset) / Double(feed.length) * seconds }
}
