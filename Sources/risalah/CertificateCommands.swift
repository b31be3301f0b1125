internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import Auditing
internal import CommandShell
internal import Foundation
internal import TransparencyLog

/// `certificate`: what became of a list, for people and courts.
struct ListCertificateCommand<Name: ListFamilyName>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "certificate",
            abstract: localized(
                "Fetch the certificate of a list that has run to its end.",
                id: "Ambil berita acara dari daftar yang selesai dijalankan."
            ),
            discussion: localized(
                "The JSON can be checked without the archive (risalah destruction verify); the page is for printing.",
                id: "JSON dapat diperiksa tanpa arsip (risalah destruction verify); halamannya untuk dicetak."
            )
        )
    }

    @Argument(help: ArgumentHelp(localized("The list.", id: "Daftar.")))
    var list: ListID

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            localized("File to write the JSON to; - is stdout.", id: "Berkas JSON tujuan; - adalah stdout."),
            valueName: "file"
        )
    )
    var output = "-"

    @Option(
        help: ArgumentHelp(
            localized("File to write a page for printing to (HTML).", id: "Berkas halaman cetak tujuan (HTML)."),
            valueName: "file"
        )
    )
    var page: String?

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let signed = try await common.connected { try await $0.certificate(of: list, Name.family) }
        if let page {
            let file = try OutputFile(path: page, name: "\(list).html")
            try Array(CertificatePage(signed).markup.utf8).withUnsafeBytes { try file.write($0) }
            try file.commit()
        }
        guard output != "-" else { return try Console.print(json: signed) }
        let file = try OutputFile(path: output, name: "\(list).json")
        let json = try CanonicalJSON.encode(signed) + Data("\n".utf8)
        try Array(json).withUnsafeBytes { try file.write($0) }
        try file.commit()
        if !common.json { try Console.print(file.path) }
    }
}

/// `verify`: checks a certificate, asking nobody.
struct ListVerifyCommand<Name: ListFamilyName>: AsyncParsableCommand {
    private static var longest: Int { 64 << 20 }

    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "verify",
            abstract: localized(
                "Check a certificate by the key of the log, asking nobody.",
                id: "Periksa berita acara dengan kunci log, tanpa bertanya kepada siapa pun."
            ),
            discussion: localized(
                "The key is that of --vkey, else the one that this enrolment knows. Exits with 67 where something does not hold.",
                id: "Kuncinya dari --vkey, atau yang dikenal pendaftaran ini. Kode keluar 67 bila ada yang tidak cocok."
            )
        )
    }

    @Argument(
        help: ArgumentHelp(
            localized("The JSON of the certificate; - is stdin.", id: "JSON berita acara; - adalah stdin.")
        )
    )
    var file: String

    @OptionGroup var copying: AuditCopyOptions
    @OptionGroup var common: CommonOptions

    private struct Verified: Encodable {
        var list: ListID
        var origin: String
        var entry: Int
        var size: Int
        var root: String
        var items: Int
    }

    func run() async throws {
        let home = try common.clientHome()
        let key = try copying.trustedKey(home)
        let bytes = Data(try InputFile(path: file).contents(limit: Self.longest))
        guard let signed = try? CanonicalJSON.decode(SignedCertificate.self, from: bytes) else {
            throw ArchiveError(.badMetadata, "\(file) is not a certificate")
        }
        let check = try CertificateCheck(signed, trusting: key)
        let certificate = signed.certificate
        guard !common.json else {
            return try Console.print(
                json: Verified(
                    list: certificate.list.id,
                    origin: check.checkpoint.origin,
                    entry: check.entry,
                    size: check.checkpoint.size,
                    root: check.checkpoint.root.description,
                    items: certificate.items.count
                )
            )
        }
        let gone = certificate.items.count { $0.gone != nil }
        for line in TextTable.fields([
            (localized("proved", id: "terbukti"), localized("yes", id: "ya")),
            (localized("list", id: "daftar"), certificate.list.id.description),
            (localized("kind", id: "jenis"), certificate.list.kind.rawValue),
            (localized("approved by", id: "disetujui oleh"), certificate.list.approvedByName),
            (
                localized("recordings", id: "rekaman"),
                "\(certificate.items.count), \(gone) \(localized("gone", id: "tiada"))"
            ),
            (localized("ended", id: "berakhir"), Timestamp.text(certificate.list.ended)),
            (localized("log", id: "log"), check.checkpoint.origin),
            (localized("entry", id: "catatan"), "\(check.entry) / \(check.checkpoint.size)"),
        ]) { try Console.print(line) }
    }
}
