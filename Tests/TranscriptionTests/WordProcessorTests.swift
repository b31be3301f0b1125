import ArchiveCore
import Foundation
import TestSupport
import Testing
import Transcription

/// What a word processor makes of minutes: LibreOffice, without a window.
@Suite struct WordProcessorTests {
    private static let label = "SANGAT RAHASIA · ALUTSISTA"
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "minutes-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// An hour, in which three people speak in turn.
    private func minutes() throws -> String {
        let speakers = ["Menteri Pertahanan", "Panglima <TNI>", "Kepala Biro Perencanaan dan Keuangan"]
        let text = "Kita harus memutuskan anggaran tahun depan & pengadaan radar \"baru\" < 2027. "
        let segments = try (0..<60).map { number in
            try TranscriptSegment(
                start: at(number * 60_000),
                end: at(number * 60_000 + 50_000),
                speaker: speakers[number % 3],
                text: "Butir \(number): " + String(repeating: text, count: number % 4 + 1),
                flags: number == 7 ? [.noVoice] : []
            )
        }
        let heading = Minutes.Heading(
            title: "Rapat <anggaran> & alat",
            began: Timestamp.date("2026-11-21T02:00:00.000Z"),
            timeZone: try #require(TimeZone(identifier: "Asia/Jakarta")),
            unit: "Biro Umum",
            participants: speakers,
            label: Self.label
        )
        return Minutes(
            try Transcript(language: "id", segments: segments),
            heading: heading,
            language: .indonesian
        ).document(.html)
    }

    private func convert(_ page: URL, to form: String) throws -> URL {
        // A profile of its own: without one it would wait for, or join, one that runs.
        let arguments = [
            "-env:UserInstallation=\(folder.appending(path: "profile").absoluteString)", "--headless", "--convert-to",
            form,
            "--outdir", folder.path, page.path,
        ]
        let done = try Program.run("soffice", arguments, environment: ["HOME": folder.path])
        let made = folder.appending(path: "minutes.\(form)")
        try #require(FileManager.default.fileExists(atPath: made.path), "\(done.text)\(done.errorText)")
        return made
    }

    /// The document as it is printed, page by page.
    private func pages(_ document: URL) throws -> [String] {
        let read = try Program.run("pdftotext", ["-layout", document.path, "-"])
        try #require(read.status == 0, "\(read.errorText)")
        return read.text.split(separator: "\u{C}").map(String.init)
    }

    /// As it is opened, and as the word processor saves it.
    @Test(arguments: [false, true])
    func `every page of minutes bears its classification, and all that was said is there`(_ isSaved: Bool) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        var document = folder.appending(path: "minutes.html")
        try minutes().write(to: document, atomically: true, encoding: .utf8)
        if isSaved { document = try convert(document, to: "odt") }
        let pages = try pages(convert(document, to: "pdf"))
        #expect(pages.count > 3, "\(pages.count) pages")
        for (number, page) in pages.enumerated() {
            let first = page.split(separator: "\n").first { !$0.allSatisfy(\.isWhitespace) } ?? ""
            #expect(first.trimmingCharacters(in: .whitespaces) == Self.label, "page \(number + 1) begins with \(first)")
        }
        let text = pages.joined(separator: "\n")
        #expect(pages.first?.contains("Rapat <anggaran> & alat") == true && text.contains("(perlu diperiksa)"))
        var rest = text[...]
        for number in 0..<60 {
            let place = try #require(rest.range(of: "Butir \(number):"), "number \(number) is not in its place")
            rest = rest[place.upperBound...]
        }
        // Times and names have the room that they need.
        #expect(
            text.contains(/00:59:00 +Kepala Biro/) && text.contains(/00:01:00 +Panglima <TNI> +Butir 1:/),
            "\(text)"
        )
    }
}
