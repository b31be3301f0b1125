internal import ArchiveClient
internal import ArchiveCore
internal import ArgumentParser
internal import Auditing
internal import CommandShell
internal import Foundation
internal import TransparencyLog

/// `risalah audit prove`: a proof of one entry that can be checked without the archive.
struct AuditProveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: localized(
            "A proof of one entry, to be checked anywhere.",
            id: "Bukti satu catatan, dapat diperiksa di mana saja."
        ),
        discussion: localized(
            "A C2SP tlog-proof with the entry in it, made from the copy on this machine: risalah audit verify --proof FILE.",
            id:
                "Sebuah tlog-proof C2SP berisi catatan itu, dari salinan di mesin ini: risalah audit verify --proof BERKAS."
        )
    )

    @Argument(help: ArgumentHelp(localized("The number of the entry.", id: "Nomor catatan."), valueName: "seq"))
    var seq: Int

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            localized("File to write to; - is stdout.", id: "Berkas tujuan; - adalah stdout."),
            valueName: "file"
        )
    )
    var output = "-"

    @Flag(help: ArgumentHelp(localized("Ask nobody: only the copy.", id: "Tanpa bertanya: hanya salinan.")))
    var offline = false

    @OptionGroup var copying: AuditCopyOptions
    @OptionGroup var common: CommonOptions

    private struct Result: Encodable {
        var path: String?
        var proof: String?
        var seq: Int
        var size: Int
    }

    func run() async throws {
        let home = try common.clientHome()
        if !offline {
            _ = try await common.connected(to: home) { try await copying.synced(home, by: $0) }
        }
        let copy = home.auditCopy
        let head = try copy.requiredHead()
        let leaf = try copy.leaf(seq)
        let proof = try LogProof(
            extra: leaf,
            inclusion: copy.inclusionProof(of: seq),
            note: SignedNote(parsing: head.note)
        )
        // Whoever gets it sees no other error than ours here.
        try proof.verify(leaf: .leaf(leaf), by: head.key)
        guard output != "-" else {
            guard common.json else { return try Array(proof.text.utf8).withUnsafeBytes(Console.write) }
            return try Console.print(json: Result(proof: proof.text, seq: seq, size: head.checkpoint.size))
        }
        let file = try OutputFile(path: output, name: "\(seq).tlog-proof")
        try Array(proof.text.utf8).withUnsafeBytes { try file.write($0) }
        try file.commit()
        if common.json {
            try Console.print(json: Result(path: file.path, seq: seq, size: head.checkpoint.size))
        } else {
            try Console.print(file.path)
        }
    }
}
