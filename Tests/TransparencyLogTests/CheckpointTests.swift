import Crypto
import Foundation
import Testing
import TransparencyLog

@Suite struct CheckpointTests {
    private static let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

    @Test(arguments: [
        "example.com/behind-the-sofa\n20852163\n\(root)\n",
        "example.com/behind-the-sofa\n0\n\(root)\n",
        "asal dengan spasi\n9223372036854775807\n\(root)\nsatu\n dua \n",
    ])
    func `a checkpoint is written back as it was read`(body: String) throws {
        let checkpoint = try Checkpoint(parsing: body)
        #expect(checkpoint.body == body)
        #expect(checkpoint.root.description == Self.root)
        #expect(
            try checkpoint
                == Checkpoint(
                    origin: checkpoint.origin,
                    size: checkpoint.size,
                    root: checkpoint.root,
                    extensions: checkpoint.extensions
                )
        )
    }

    @Test func `the parts are what the lines say`() throws {
        let checkpoint = try Checkpoint(parsing: "asal\n42\n\(Self.root)\nsatu\ndua\n")
        #expect(checkpoint.origin == "asal")
        #expect(checkpoint.size == 42)
        #expect(checkpoint.root.data == Data(base64Encoded: Self.root))
        #expect(checkpoint.extensions == ["satu", "dua"])
        #expect(try checkpoint != Checkpoint(parsing: "asal\n43\n\(Self.root)\nsatu\ndua\n"))
    }

    @Test(
        arguments: [
            ("", nil),
            ("a\n1\n\(root)", nil),
            ("a\n1\n", nil),
            ("\n1\n\(root)\n", nil),
            ("a\n\n\(root)\n", 2),
            ("a\n01\n\(root)\n", 2),
            ("a\n00\n\(root)\n", 2),
            ("a\n-1\n\(root)\n", 2),
            ("a\n+1\n\(root)\n", 2),
            ("a\n1 \n\(root)\n", 2),
            ("a\n0x1\n\(root)\n", 2),
            ("a\n\u{661}\n\(root)\n", 2),
            ("a\n9223372036854775808\n\(root)\n", 2),
            ("a\n1\n\n", 4),
            ("a\n1\n\(root)=\n", 4),
            ("a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n", 4),
            ("a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jx\n", 4),
            ("a\n1\n\(root)\n\n", nil),
            ("a\n1\n\(root)\nb\n\nc\n", nil),
            ("a\r\n1\r\n\(root)\r\n", 3),
            ("a\t\n1\n\(root)\n", nil),
        ] as [(String, Int?)]
    )
    func `a malformed checkpoint is refused`(body: String, offset: Int?) {
        let error = #expect(throws: LogError.self) { try Checkpoint(parsing: body) }
        #expect(error?.code == .malformedCheckpoint)
        #expect(error?.offset == offset)
    }

    @Test(arguments: [("", 1, []), ("a\nb", 1, []), ("a", -1, []), ("a", 1, [""]), ("a", 1, ["b\nc"])])
    func `parts that make no checkpoint are refused`(origin: String, size: Int, extensions: [String]) {
        #expect(throws: LogError.self) {
            try Checkpoint(origin: origin, size: size, root: .empty, extensions: extensions)
        }
    }

    @Test func `origins that look equal make different checkpoints`() throws {
        let composed = try Checkpoint(origin: "rapat-\u{E9}", size: 1, root: .empty)
        #expect(try composed != Checkpoint(origin: "rapat-e\u{301}", size: 1, root: .empty))
    }

    @Test func `a key speaks for the log it is named after only`() throws {
        let signer = try NoteSigner(name: "arsip", privateKey: .init())
        let other = try Checkpoint(origin: "arsip-lain", size: 1, root: .empty)
        #expect(throws: LogError.self) { try signer.sign(other) }
        let note = try signer.sign(other.body)
        let error = #expect(throws: LogError.self) { try signer.verifier.checkpoint(in: note) }
        #expect(error?.code == .otherOrigin)
        let prose = try signer.sign("bukan catatan kepala\n")
        #expect(throws: LogError.self) { try signer.verifier.checkpoint(in: prose) }
    }
}
