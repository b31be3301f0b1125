import Age
import ArchiveConfiguration
import ArchiveCore
import ArchiveTesting
import BlobStore
import Catalogue
import Foundation
import GRDB
import Ingest
import OggOpus
import Retrieval
import Synchronization
import Testing
import Vault

/// Of a recording that somebody may hear a part of, only that part leaves.
@Suite struct ExcerptDeliveryTests {
    private struct Scene {
        let archive: ArchiveFixture
        let reader: ArchiveFixture.Member
        let recording: RecordingID

        init(_ opus: [UInt8]? = nil) async throws {
            archive = try await ArchiveFixture()
            let sender = try await archive.member(.recorder)
            reader = try await archive.member(.archivist)
            recording = try await archive.store(opus ?? longOpus.get(), by: sender).recording
        }

        func open(_ from: Double?, _ to: Double?, hybrid: Bool = false) async throws -> OpenAccess {
            let access = try await archive.retrieval.open(
                recording,
                purpose: "uji",
                hybrid: hybrid,
                from: from,
                to: to,
                by: reader.caller
            )
            guard case .open(let open) = access else { throw ArchiveError(.unexpected, "it waits") }
            return open
        }

        func deliver(_ access: OpenAccess, _ form: AccessRow.Form) async throws -> Delivery {
            try await archive.retrieval.deliver(access.id, as: form, by: reader.caller)
        }

        func rows(_ kind: String, _ archive: ArchiveFixture? = nil) throws -> Int? {
            try DatabaseQueue(path: (archive ?? self.archive).layout.vaultDatabase).read { database in
                try Int.fetchOne(
                    database,
                    sql: "SELECT count(*) FROM sealed_row WHERE kind = ?",
                    arguments: [kind]
                )
            }
        }
    }

    private static func validate(_ bytes: [UInt8]) throws -> ValidatedStream {
        let validator = StreamValidator()
        try bytes.withUnsafeBytes { try validator.consume($0) }
        return try validator.finish()
    }

    @Test(arguments: [false, true])
    func bothFormsAtAnyOffset(hybrid: Bool) async throws {
        let scene = try await Scene()
        // Some 190 KB: three chunks.
        let access = try await scene.open(1.25, 6.5, hybrid: hybrid)
        #expect(access.span == ExcerptSpan(from: 1250, to: 6500))
        let opened = try await scene.deliver(access, .opened)
        let plaintext = try await opened.bytes()
        #expect(plaintext.count == opened.length && plaintext.count > 2 * 65_536)
        let stream = try Self.validate(plaintext)
        #expect(stream.findings.isEmpty && stream.facts.duration == 5.25)
        let sealed = try await scene.deliver(access, .sealed)
        let file = try await sealed.bytes()
        let identity = hybrid ? scene.reader.hybrid : scene.reader.identity
        #expect(try MadeRecording.open(file, with: identity) == plaintext)
        // The header of the whole was never minted.
        #expect(try scene.rows("header") == 0 && scene.rows("excerpt") == 1)
        let header = file.count - (try PayloadLayout(plaintextLength: plaintext.count).payloadLength)
        for (delivery, whole) in [(opened, plaintext), (sealed, file)] {
            let marks = [0, 1, header, header + 16, header + 65_568, 65_536, 200_001, whole.count - 1, whole.count]
            for start in marks {
                for count in [1, 17, 70_000] where start < whole.count {
                    let end = min(whole.count, start + count)
                    let step = [4096, 262_144][count % 2]
                    #expect(
                        try await delivery.bytes(from: start, count: end - start, step: step)
                            == Array(whole[start..<end])
                    )
                }
            }
        }
        // The same bytes for every request, and after a restart; other bytes for every other access.
        let again = try await scene.archive.reopened()
        for form in [AccessRow.Form.opened, .sealed] {
            let first = form == .opened ? opened : sealed
            let later = try await again.retrieval.deliver(access.id, as: form, by: scene.reader.caller)
            #expect(later.entityTag == first.entityTag)
            #expect(try await later.bytes() == (form == .opened ? plaintext : file))
        }
        let other = try await scene.deliver(scene.open(1.25, 6.5, hybrid: hybrid), .sealed)
        #expect(other.entityTag != sealed.entityTag)
        let fresh = try await other.bytes()
        #expect(fresh.suffix(1000) != file.suffix(1000) && fresh[..<header] != file[..<header])
    }

    @Test func aKeyIsForOnePlaintext() async throws {
        let scene = try await Scene(shortOpus.get())
        let access = AccessID()
        func keys(_ digest: UInt8) throws -> ExcerptKeys {
            try scene.archive.vault.excerptKeys(
                of: scene.recording,
                for: scene.reader.identity.recipient,
                access: access,
                digest: Data(repeating: digest, count: 32)
            )
        }
        let first = try keys(1)
        let same = try keys(1)
        #expect(same.fileKey == first.fileKey && same.nonce == first.nonce && same.header == first.header)
        // Were a later program to make other bytes of the same seconds: nothing of the first key is used for them.
        let other = try keys(2)
        #expect(other.fileKey != first.fileKey && other.nonce != first.nonce && other.header != first.header)
        #expect(try scene.rows("excerpt") == 1)
        try scene.archive.vault.destroyKeys(of: [scene.recording])
        #expect(try scene.rows("excerpt") == 0)
        #expect(throws: ArchiveError.self) { try keys(1) }
    }

    @Test func partsThatAreNone() async throws {
        let scene = try await Scene(shortOpus.get())
        let ranges: [(Double?, Double?)] = [
            (-1, nil), (0.2, 0.2), (0.3, 0.1), (0.5, nil), (99, 100), (.nan, nil), (nil, .nan), (nil, 0), (nil, -1),
            (.infinity, nil), (-0.1, 0.2), (1e300, 2e300),
        ]
        for (from, to) in ranges {
            let error = await archiveError { _ = try await scene.open(from, to) }
            #expect(error?.code == .badRequest, "\(from as Any) to \(to as Any)")
        }
        let count = try await scene.archive.catalogue.read { try $0.liveAccesses(of: scene.reader.id).count }
        #expect(count == 0)
        // What is beyond the end is the end; half a range is one to the beginning or the end.
        #expect(try await scene.open(0.1, 1e9).span == ExcerptSpan(from: 100, to: 500))
        #expect(try await scene.open(nil, 0.2).span == ExcerptSpan(from: 0, to: 200))
        #expect(try await scene.open(0.4, nil).span == ExcerptSpan(from: 400, to: 500))
        #expect(try await scene.open(nil, nil).span == nil)
        try await scene.archive.expectWholeLog()
    }

    /// The part is decided on once: nothing makes more of it afterwards, nor less.
    @Test func anAccessKeepsItsPart() async throws {
        let scene = try await Scene(shortOpus.get())
        let access = try await scene.open(0.1, 0.2)
        _ = try await scene.open(nil, nil)
        let database = try DatabaseQueue(path: scene.archive.layout.archiveDatabase)
        for change in ["span_from = NULL, span_to = NULL", "span_from = 0", "span_to = 9"] {
            #expect(throws: DatabaseError.self, "\(change)") {
                try database.inDatabase { try $0.execute(sql: "UPDATE access SET \(change)") }
            }
        }
        _ = try await scene.deliver(access, .sealed)
        var filter = EntryFilter()
        filter.action = "access"
        let entries = try await scene.archive.catalogue.read { [filter] in try $0.entries(filter, limit: 10) }
            .compactMap { LogEntry(leaf: $0.leaf) }.filter { $0.details["access"] == access.id.description }
        #expect(entries.map(\.action) == ["access.open", "access.deliver"])
        #expect(entries.allSatisfy { $0.details["from"] == "0.1" && $0.details["to"] == "0.2" })
    }

    // MARK: Cost

    /// Notes which chunks of payloads are read.
    private final class CountingStore: BlobStore {
        let store: any BlobStore
        let chunks = Mutex<[Int]>([])

        init(_ store: any BlobStore) { self.store = store }

        private struct Reader: BlobReader {
            let reader: any BlobReader
            let owner: CountingStore
            var length: Int { reader.length }
            func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ArchiveError) -> Int {
                owner.chunks.withLock { $0.append((offset - 16) / 65_552) }
                return try reader.read(into: buffer, at: offset)
            }
        }

        func read(_ key: BlobKey) throws(ArchiveError) -> (any BlobReader)? {
            try store.read(key).map { Reader(reader: $0, owner: self) }
        }
        func append(to key: BlobKey) throws(ArchiveError) -> any BlobWriter { try store.append(to: key) }
        func length(of key: BlobKey) throws(ArchiveError) -> Int? { try store.length(of: key) }
        func commit(_ key: BlobKey, as recording: RecordingID) throws(ArchiveError) {
            try store.commit(key, as: recording)
        }
        func quarantine(_ upload: UploadID, named recording: RecordingID) throws(ArchiveError) {
            try store.quarantine(upload, named: recording)
        }
        func remove(_ keys: [BlobKey]) throws(ArchiveError) { try store.remove(keys) }
        func incoming() throws(ArchiveError) -> [UploadID] { try store.incoming() }
        func quarantined() throws(ArchiveError) -> [UploadID] { try store.quarantined() }
        func release(_ upload: UploadID) throws(ArchiveError) { try store.release(upload) }
        func removeUnfinished() throws(ArchiveError) { try store.removeUnfinished() }
        func recordings(beginningWith prefix: String) throws(ArchiveError) -> [RecordingID: Int] {
            try store.recordings(beginningWith: prefix)
        }
        func keep(_ key: BlobKey, of recording: RecordingID, as companion: Companion) throws(ArchiveError) {
            try store.keep(key, of: recording, as: companion)
        }
        func companions(of recording: RecordingID) throws(ArchiveError) -> [Companion] {
            try store.companions(of: recording)
        }
        func companions(beginningWith prefix: String) throws(ArchiveError) -> [RecordingID: [Companion: Int]] {
            try store.companions(beginningWith: prefix)
        }
        func strays() throws(ArchiveError) -> [String] { try store.strays() }
        func available() throws(ArchiveError) -> Int { try store.available() }
    }

    /// Of a payload of more than forty chunks, those that hold the part, the first with the headers, and the last, which is
    /// authenticated before anything else.
    @Test func onlyTheChunksOfThePartAreRead() async throws {
        let scene = try await Scene(MadeRecording.opus(seconds: 100, bitrate: 510_000))
        let store = CountingStore(scene.archive.blobs)
        let archive = scene.archive
        let retrieval = try Retrieval(
            vault: archive.vault,
            catalogue: archive.catalogue,
            blobs: store,
            rules: archive.rules,
            log: archive.log,
            clock: archive.clock,
            timeZone: .gmt,
            requestLifetime: CalendarDuration(days: 7)
        )
        let access = try await scene.open(50, 52)
        for form in [AccessRow.Form.sealed, .opened] {
            store.chunks.withLock { $0 = [] }
            let bytes = try await retrieval.deliver(access.id, as: form, by: scene.reader.caller).bytes()
            let read = store.chunks.withLock { $0 }
            #expect(bytes.count > 60_000)
            let last = try #require(read.max())
            #expect(last > 40 && read.first == last)
            // Two seconds of 37 KB and their pre-roll lie in three chunks at most; planned once, delivered once.
            let between = Set(read).subtracting([0, last])
            #expect(between.count <= 4 && read.count <= 2 * (between.count + 2) + 1, "\(read)")
        }
    }

    // MARK: Ends

    enum Revocation: CaseIterable {
        case closing, disabling, destruction, expiry
    }

    @Test(arguments: Revocation.allCases, [AccessRow.Form.sealed, .opened])
    func stopsInTheMiddle(_ revocation: Revocation, _ form: AccessRow.Form) async throws {
        let scene = try await Scene()
        let access = try await scene.open(1, 7)
        let delivery = try await scene.deliver(access, form)
        _ = try await delivery.bytes(count: 70_000)
        let archive = scene.archive
        switch revocation {
        case .closing: try await archive.retrieval.close(access.id, by: scene.reader.caller)
        case .disabling: try await archive.catalogue.write { try $0.setState(.disabled, of: scene.reader.id) }
        case .destruction: try await archive.catalogue.write { try $0.markDestroying(scene.recording) }
        case .expiry: archive.clock.advance(by: 3600)
        }
        let code: ArchiveError.Code = revocation == .disabling ? .unauthenticated : .gone
        let error = await archiveError { _ = try await delivery.bytes(from: 70_000) }
        #expect(error?.code == code)
        let later = await archiveError { _ = try await scene.deliver(access, form) }
        #expect(later?.code == code)
    }

    @Test func theKeyGoesWithItsAccess() async throws {
        let scene = try await Scene(shortOpus.get())
        let closed = try await scene.open(0, 0.2)
        _ = try await scene.deliver(closed, .sealed)
        let photographs = try await scene.archive.photographs {
            try await scene.archive.retrieval.close(closed.id, by: scene.reader.caller)
        }
        #expect(try scene.rows("excerpt") == 0)
        // A crash in between leaves it, and the next start does not.
        let committed = try #require(photographs.last { $0.label == "checkpoint.write" })
        let crashed = try await scene.archive.reopened(in: committed.folder, recovers: false)
        #expect(try scene.rows("excerpt", crashed) == 1)
        try await crashed.retrieval.recover()
        #expect(try scene.rows("excerpt", crashed) == 0)
        let expired = try await scene.open(0, 0.2)
        _ = try await scene.deliver(expired, .sealed)
        #expect(try scene.rows("excerpt") == 1)
        scene.archive.clock.advance(by: 3600)
        try await scene.archive.retrieval.closeExpired()
        #expect(try scene.rows("excerpt") == 0)
    }

    @Test func aDamagedPayloadGivesNoPart() async throws {
        let scene = try await Scene()
        let path = scene.archive.layout.payload(scene.recording)
        try scene.archive.files.setMode(path, 0o600, label: "test")
        var payload = try Data(contentsOf: URL(filePath: path))
        payload[16 + 65_552 + 5] ^= 1
        try payload.write(to: URL(filePath: path))
        // Before and behind the damage there is nothing wrong.
        let parts: [(from: Double, to: Double, code: ArchiveError.Code?)] = [
            (0, 1, nil), (2, 3, .storage), (5.5, 7, nil),
        ]
        for (from, to, code) in parts {
            let access = try await scene.open(from, to)
            for form in [AccessRow.Form.sealed, .opened] {
                let error = await archiveError { _ = try await scene.deliver(access, form).bytes() }
                #expect(error?.code == code, "\(from) to \(to)")
            }
        }
    }
}
