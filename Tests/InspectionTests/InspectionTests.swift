import Age
import ArchiveCore
import ArchiveTesting
import Foundation
import Inspection
import OggOpus
import Testing

/// Streams are found to be the same wherever they are looked into.
@Suite struct InspectionTests {
    /// A service on a socket of its own, and who asks it.
    private final class Scene {
        let folder: TemporaryFolder
        let path: String
        let elsewhere: InspectionElsewhere

        init() throws {
            folder = try TemporaryFolder()
            path = "\(folder.path)/i.socket"
            let service = try InspectionService(path: path, serving: getuid())
            Thread { try? service.run() }.start()
            elsewhere = InspectionElsewhere(path: path, user: getuid())
        }
    }

    private struct Seen: Equatable {
        var output: [UInt8] = []
        var validated: ValidatedStream?
        var nonce: Data?
        var isWhole = false
        var authenticated = 0
        var error: String?
        var offset: Int64?
    }

    private func look(
        at bytes: [UInt8],
        _ order: InspectionOrder,
        in place: any InspectionPlace,
        step: Int
    ) throws -> Seen {
        var seen = Seen()
        do {
            let inspection = try place.begin(order)
            for piece in pieces(of: bytes, sizes: [step]) {
                try piece.withUnsafeBytes { try inspection.consume($0, into: &seen.output) }
            }
            seen.authenticated = try inspection.progress().authenticated
            let result = try inspection.finish(into: &seen.output)
            seen.validated = result.validated
            seen.nonce = result.nonce
            seen.isWhole = result.isWhole
            seen.authenticated = result.authenticated
        } catch let error as ArchiveError {
            seen.error = error.code.rawValue + ": " + error.message
            seen.offset = error.offset
        }
        return seen
    }

    @Test(arguments: [1000, 200_000, 3_000_000])
    func bothPlacesSeeTheSame(step: Int) throws {
        let scene = try Scene()
        let opus = try MadeRecording.opus(seconds: 8, bitrate: 510_000, tags: [("TITLE", "Rapat")])
        let key = FileKey()
        let recipient = Identity.generateX25519().recipient
        let sealed = try MadeRecording.seal(opus, to: [recipient], fileKey: key)
        var damaged = sealed.payload
        damaged[16 + 65_552 + 7] ^= 1
        let cut = Array(sealed.payload.dropLast(1000))
        let cases: [(String, [UInt8], InspectionOrder)] = [
            ("sealed", sealed.payload, .sealed(under: key, headerLength: 200)),
            ("clear", opus, .clear),
            ("cut", cut, .sealed(under: key, headerLength: 200)),
            ("damaged", damaged, .sealed(under: key, headerLength: 200)),
            ("no Opus", Array("OggS and nothing".utf8), .clear),
            ("chunks", damaged, .chunks(under: key)),
            ("nothing", [], .sealed(under: key, headerLength: 200)),
        ]
        for (name, bytes, order) in cases {
            let here = try look(at: bytes, order, in: InspectionHere(), step: step)
            let there = try look(at: bytes, order, in: scene.elsewhere, step: step)
            #expect(here == there, "\(name)")
            #expect(
                (here.error == nil) == ["sealed", "clear", "chunks"].contains(name),
                "\(name): \(here.error ?? "")"
            )
        }
        #expect(try look(at: damaged, .chunks(under: key), in: scene.elsewhere, step: step).authenticated == 65_536)
        // What is sealed again opens under the new key, and is what authenticates of the old.
        let whole = (cut.count - 16) / 65_552 * 65_536
        for (bytes, count) in [(sealed.payload, opus.count), (cut, whole), (damaged, 65_536)] {
            for place in [InspectionHere() as any InspectionPlace, scene.elsewhere] {
                let newKey = FileKey()
                let seen = try look(at: bytes, .reseal(key, under: newKey), in: place, step: step)
                #expect(seen.isWhole == (bytes == sealed.payload))
                var decryptor = PayloadDecryptor(fileKey: newKey)
                var plaintext: [UInt8] = []
                try seen.output.withUnsafeBytes { try decryptor.update($0, into: &plaintext) }
                try decryptor.finish(into: &plaintext)
                #expect(plaintext.count == count && opus.starts(with: plaintext))
            }
        }
    }

    @Test func progressComesWithTheStream() throws {
        let scene = try Scene()
        let opus = try MadeRecording.opus(seconds: 8, bitrate: 64_000, tags: [("TITLE", "Rapat")])
        let inspection = try scene.elsewhere.begin(.clear)
        var output: [UInt8] = []
        #expect(try inspection.progress().seconds == 0)
        try opus[..<(opus.count / 2)].withUnsafeBytes { try inspection.consume($0, into: &output) }
        let progress = try inspection.progress()
        #expect(progress.seconds > 2 && progress.seconds < 6)
        #expect(progress.tags?["title"] == ["Rapat"])
    }

    /// Keys are shown to nobody but the user that was named, and nobody but the service is served.
    @Test func strangersGetNothing() throws {
        let scene = try Scene()
        let stranger = InspectionElsewhere(path: scene.path, user: getuid() + 1)
        let error = #expect(throws: ArchiveError.self) { try stranger.begin(.clear) }
        #expect(error?.code == .refused)
        let other = "\(scene.folder.path)/o.socket"
        let service = try InspectionService(path: other, serving: getuid() + 1)
        Thread { try? service.run() }.start()
        let refused = #expect(throws: ArchiveError.self) {
            try InspectionElsewhere(path: other, user: getuid()).begin(.clear)
        }
        #expect(refused?.code == .unreachable)
        let mode = try FileManager.default.attributesOfItem(atPath: other)[.posixPermissions] as? Int
        #expect(mode == 0o660)
    }

    @Test func whereNobodyListensThatIsSaid() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: ArchiveError.self) {
            try InspectionElsewhere(path: "\(folder.path)/none.socket", user: nil).begin(.clear)
        }
        #expect(error?.code == .unreachable && error?.hint?.contains("risalahd ingest") == true)
        let long = String(repeating: "a", count: 200)
        let tooLong = #expect(throws: ArchiveError.self) {
            try InspectionElsewhere(path: "\(folder.path)/\(long)", user: nil).begin(.clear)
        }
        #expect(tooLong?.code == .configuration)
    }

    /// The socket of a service that is there is not taken over; that of one that was killed is.
    @Test func oneServiceForOneSocket() throws {
        let scene = try Scene()
        let error = #expect(throws: ArchiveError.self) {
            try InspectionService(path: scene.path, serving: getuid())
        }
        #expect(error?.code == .conflict)
        let left = "\(scene.folder.path)/left.socket"
        _ = try InspectionService(path: left, serving: getuid())
        // Its listener is closed, and the name is still there.
        _ = try InspectionService(path: left, serving: getuid())
    }
}
