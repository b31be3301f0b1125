internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation
internal import TransparencyLog

/// `risalah originals`: what was imported, where it came from.
struct OriginalsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "originals",
        abstract: localized("Lists of originals that can be deleted.", id: "Daftar berkas asli yang dapat dihapus."),
        subcommands: [OriginalsVerifyCommand.self]
    )
}

/// `risalah originals verify`: checks a list of `risalah import --deletable`, asking nobody.
struct OriginalsVerifyCommand: AsyncParsableCommand {
    private static let longest = 1 << 30

    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: localized(
            "Check a list of originals by the key of the log, asking nobody.",
            id: "Periksa daftar berkas asli dengan kunci log, tanpa bertanya kepada siapa pun."
        ),
        discussion: localized(
            """
            The key is that of --vkey, else the one that this enrolment knows. Exits with 67 where something does not hold. \
            The table beside the list is not signed: compare by SHA-256.
            """,
            id: """
                Kuncinya dari --vkey, atau yang dikenal pendaftaran ini. Kode keluar 67 bila ada yang tidak cocok. Tabel di \
                samping daftar tidak ditandatangani: bandingkan dengan SHA-256.
                """
        )
    )

    @Argument(help: ArgumentHelp(localized("The list; - is stdin.", id: "Daftarnya; - adalah stdin.")))
    var file: String

    @OptionGroup var copying: AuditCopyOptions
    @OptionGroup var common: CommonOptions

    private struct Verified: Encodable {
        var archive: String
        var origin: String
        var originals: Int
        var omitted: Int
        var entries: [Int]
        var size: Int
        var root: String
    }

    func run() async throws {
        let key = try copying.trustedKey(common.clientHome())
        let bytes = Data(try InputFile(path: file).contents(limit: Self.longest))
        guard let list = try? CanonicalJSON.decode(OriginalsList.self, from: bytes),
            list.version == OriginalsList.version, let archive = list.pages.first?.statement.archive
        else { throw ArchiveError(.badMetadata, "\(file) is not a list of originals") }
        let checks = try list.pages.map { try OriginalsCheck($0, trusting: key) }
        let items = list.pages.flatMap(\.statement.items)
        let stated = Set(items.map(\.recording))
        let omitted = Set(list.pages.flatMap(\.statement.omitted).map(\.recording)).subtracting(stated)
        guard let newest = checks.max(by: { $0.checkpoint.size < $1.checkpoint.size })?.checkpoint else { return }
        let verified = Verified(
            archive: archive,
            origin: newest.origin,
            originals: Set(items.map(\.sha256)).count,
            omitted: omitted.count,
            entries: checks.map(\.entry),
            size: newest.size,
            root: newest.root.description
        )
        guard !common.json else { return try Console.print(json: verified) }
        let entries = verified.entries.map(String.init).joined(separator: " ")
        let oldest = items.map(\.checked).min()
        for line in TextTable.fields([
            (localized("proved", id: "terbukti"), localized("yes", id: "ya")),
            (localized("archive", id: "arsip"), verified.archive),
            (localized("originals", id: "berkas asli"), String(verified.originals)),
            (localized("read again since", id: "dibaca ulang sejak"), oldest.map(Timestamp.text)),
            (localized("not stated", id: "tidak dinyatakan"), omitted.isEmpty ? nil : String(omitted.count)),
            (localized("log", id: "log"), verified.origin),
            (localized("entries", id: "catatan"), "\(entries) / \(verified.size)"),
        ]) { try Console.print(line) }
    }
}
