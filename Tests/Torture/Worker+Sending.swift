import Age
import ArchiveClient
import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Foundation

extension Worker {
    private mutating func choose() throws -> (source: Scene.Source, metadata: RecordingMetadata) {
        guard let source = scene.sources.randomElement(using: &chance),
            let series = Scene.series.randomElement(using: &chance)
        else { throw Found("nothing to send") }
        let metadata = RecordingMetadata(
            title: ledger.newTitle(),
            level: Level("biasa"),
            unit: "umum",
            series: series
        )
        return (source, metadata)
    }

    mutating func put() async throws {
        let (source, metadata) = try choose()
        let prepared = try PreparedRecording(
            reading: InputFile(path: source.path),
            metadata: metadata,
            sealedTo: recipient,
            home: scene.home(.recorder)
        )
        let stored = try await client(.recorder).store(prepared.sealed, metadata: metadata)
        ledger.add(
            stored.id,
            digest: source.digest,
            series: metadata.series ?? "",
            title: metadata.title ?? ""
        )
    }

    mutating func beginUpload() async throws {
        let (source, metadata) = try choose()
        let sealed = try MadeRecording.seal(source.bytes, to: [recipient]).bytes
        // Half of them say how long they are only at their end.
        let isLive = Bool.random(using: &chance)
        let url = try await client(.recorder).beginUpload(
            length: isLive ? nil : Int64(sealed.count),
            metadata: metadata
        )
        let upload = Ledger.Upload(
            path: String(url.dropFirst(address.count)),
            sealed: sealed,
            digest: source.digest,
            series: metadata.series ?? "",
            title: metadata.title ?? ""
        )
        ledger.begin(upload)
        try await send(upload, from: 0)
    }

    mutating func resumeUpload() async throws {
        guard let upload = ledger.claim(&chance) else { return }
        let standing: UploadStanding
        do {
            standing = try await client(.recorder).standing(of: address + upload.path)
        } catch {
            ledger.release(upload.path)
            throw error
        }
        if let receipt = standing.receipt { return ledger.finish(upload, as: receipt.id) }
        guard standing.offset >= upload.offset else {
            throw Found(
                "of \(upload.path) \(upload.offset) bytes were acknowledged, and it stands at \(standing.offset)"
            )
        }
        try await send(upload, from: Int(standing.offset))
    }

    /// Sends some pieces, or all.
    private mutating func send(_ upload: Ledger.Upload, from start: Int) async throws {
        defer { ledger.release(upload.path) }
        var offset = start
        // One more than there are bytes to send: what is whole is asked for its receipt.
        while true {
            let left = upload.sealed.count - offset
            let count = Bool.random(using: &chance) ? left : Int.random(in: 0...left, using: &chance)
            let standing = try await client(.recorder).append(
                Array(upload.sealed[offset..<(offset + count)]),
                at: Int64(offset),
                to: address + upload.path,
                length: Int64(upload.sealed.count)
            )
            if let receipt = standing.receipt { return ledger.finish(upload, as: receipt.id) }
            guard standing.offset == offset + count else {
                throw Found("\(upload.path) took \(count) bytes at \(offset) and stands at \(standing.offset)")
            }
            offset = Int(standing.offset)
            ledger.acknowledge(upload.path, offset: standing.offset)
            if Int.random(in: 0..<4, using: &chance) == 0 { return }
        }
    }
}
