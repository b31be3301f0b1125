internal import ArchiveCore
internal import Foundation

/// What a command that failed says on stderr.
struct FailureReport {
    private struct Document: Encodable {
        struct Fields: Encodable {
            var code: String
            var message: String
            var hint: String?
            var offset: Int64?
        }
        var error: Fields
    }

    private let program: String
    private let error: ArchiveError

    /// What `program` says of `error`.
    init(_ error: ArchiveError, program: String) {
        self.program = program
        self.error = error
    }

    /// A command line that cannot be understood.
    init(usage message: String, program: String) { self.init(ArchiveError(.badRequest, message), program: program) }

    /// `risalah: message`, and a line with the hint; or one line of JSON, which is the same in every language.
    func text(json: Bool) -> String {
        if json {
            let fields = Document.Fields(
                code: error.code.rawValue,
                message: error.message,
                hint: error.hint,
                offset: error.offset
            )
            // Strings and a number always encode.
            return String(decoding: (try? CanonicalJSON.encode(Document(error: fields))) ?? Data(), as: UTF8.self)
        }
        let place = error.offset.map { " (\(localized("byte", id: "bita")) \($0))" } ?? ""
        let kind = Language.current == .indonesian ? "\(Self.indonesian(error.code)): " : ""
        let message = "\(program): \(kind)\(Console.clean(error.message))\(place)"
        guard let hint = error.hint else { return message }
        return "\(message)\n\(program): \(localized("hint", id: "saran")): \(Console.clean(hint))"
    }

    /// The parser's words as ours: `Error: Unknown option.` becomes `risalah: unknown option`.
    static func usageText(_ message: String, program: String) -> String {
        var lines = message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let prefix = "Error: "
        guard let first = lines.first, first.hasPrefix(prefix) else { return message }
        var sentence = String(first.dropFirst(prefix.count))
        if sentence.hasSuffix(".") { sentence.removeLast() }
        let kind = Language.current == .indonesian ? "\(indonesian(.badRequest)): " : ""
        lines[0] = "\(program): \(kind)\(sentence.prefix(1).lowercased())\(sentence.dropFirst())"
        return lines.joined(separator: "\n")
    }

    private static func indonesian(_ code: ArchiveError.Code) -> String {
        switch code {
        case .badRequest: "permintaan tidak dapat dipahami"
        case .unknownName: "nama tidak dikenal"
        case .badMetadata: "metadata salah"
        case .badEncryption: "enkripsi tidak dapat dibuka"
        case .wrongRecipient: "bukan untuk kunci ini"
        case .badRecording: "rekaman tidak dapat diterima"
        case .truncated: "terpotong"
        case .tooLarge: "terlalu besar"
        case .quarantined: "dikarantina"
        case .wrongOffset: "posisi unggahan tidak cocok"
        case .checksumMismatch: "isi tidak cocok dengan checksum"
        case .conflict: "sedang dipakai permintaan lain"
        case .stale: "sudah diubah orang lain"
        case .unauthenticated: "sertifikat tidak diterima"
        case .refused: "ditolak"
        case .notFound: "tidak ditemukan"
        case .gone: "sudah dimusnahkan"
        case .badInvite: "undangan tidak berlaku"
        case .badRange: "rentang tidak ada"
        case .unsupportedVersion: "versi tidak didukung"
        case .unsupportedMedia: "jenis media tidak diterima"
        case .logMismatch: "log tidak terverifikasi"
        case .configuration: "konfigurasi salah"
        case .storage: "penyimpanan bermasalah"
        case .inputOutput: "gagal membaca atau menulis"
        case .exhausted: "tidak ada tempat lagi"
        case .quotaSpent: "kuota sudah habis"
        case .awaitingWitness: "menunggu saksi"
        case .unreachable: "tidak terjangkau"
        case .unexpected: "kesalahan tak terduga"
        }
    }
}
