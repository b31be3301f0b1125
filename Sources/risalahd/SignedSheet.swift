internal import ArchiveCore
internal import ArchiveServer
internal import CommandShell
internal import Foundation

/// The sheet that the two persons whom an archive begins with sign: in both languages, whatever the terminal speaks, for it
/// is read years later by others.
struct SignedSheet {
    /// The lines to print.
    let lines: [String]

    /// The sheet of a new archive; `rootKey` says where the root key is, and what to do with it.
    init(_ sheet: FingerprintSheet, rootKey: String, date: Date = Date()) {
        let people = sheet.people
        func heading(_ english: String, _ indonesian: String) -> String { "\(english) / \(indonesian)" }
        var lines = [
            "RISALAH — \(heading("BEGINNING OF AN ARCHIVE", "PERMULAAN ARSIP"))",
            "",
        ]
        lines += TextTable.fields([
            (heading("archive", "arsip"), sheet.name),
            (heading("listens on", "alamat"), sheet.listen),
            (heading("date", "tanggal"), Timestamp.text(date)),
            (heading("CA certificate, SHA-256", "sertifikat CA, SHA-256"), sheet.authority),
            (heading("log key", "kunci log"), sheet.log),
        ])
        lines += ["", rootKey, ""]
        lines += [
            "These two persons begin it, each as records manager cleared for everything. Neither counts before the other has",
            "confirmed them. Each has enrolled on a machine of their own, with an invite that nobody else has seen.",
            "Arsip ini dimulai oleh dua orang berikut, masing-masing sebagai records-manager berwenang penuh. Hak yang satu",
            "berlaku setelah dikonfirmasi yang lain. Masing-masing mendaftar pada mesin sendiri, dengan undangan yang tidak",
            "dilihat orang lain.",
            "",
        ]
        for (number, person) in people.enumerated() {
            lines += TextTable.fields([
                ("\(number + 1). \(heading("name", "nama"))", person.name),
                ("   \(heading("principal", "prinsipal"))", person.principal.description),
            ])
            lines += ["", "   \(heading("signature", "tanda tangan")): ______________________________", ""]
        }
        self.lines = lines
    }
}
