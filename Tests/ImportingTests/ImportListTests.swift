import ArchiveClient
import ArchiveCore
import ArchiveTesting
import Foundation
import Testing

@testable import Importing

/// Lists as spreadsheets write them.
@Suite struct ImportListTests {
    @Test(arguments: [
        "\u{FEFF}path;title;level;participants\r\n\"a b.wav\";\"Rapat \"\"besar\"\"\";rahasia;Sari|Budi\r\n",
        "Title,PATH,participants,level\n\"Rapat \"\"besar\"\"\",a b.wav,\"Sari\nBudi\",rahasia\n",
    ])
    func `marks of byte order, semicolons and quotes`(_ text: String) throws {
        let rows = try ImportList(Array(text.utf8)).rows
        #expect(rows.map(\.path) == ["a b.wav"] && rows.map(\.line) == [2])
        #expect(rows[0].metadata.title == "Rapat \"besar\"" && rows[0].metadata.level == Level("rahasia"))
        #expect(rows[0].metadata.participants == ["Sari", "Budi"])
    }

    @Test(arguments: [
        ("path,judul\na,b\n", 1, 6, "judul"), ("path,title,path\n", 1, 12, "twice"), ("title\nx\n", 1, 1, "path"),
        ("path;title\na;b\nc\n", 3, 1, "cells"), ("path,started\na,2020-04-15\n", 2, 3, "RFC 3339"),
        ("path,title\n,x\n", 2, 1, "empty"), ("path\n\"a\n", 2, 1, "quote"),
    ])
    func `a mistake has its line and column`(_ text: String, _ line: Int, _ column: Int, _ word: String) {
        let mistake = #expect(throws: CSVTable.Mistake.self) { try ImportList(Array(text.utf8)) }
        #expect(mistake?.line == line && mistake?.column == column, "\(String(describing: mistake))")
        #expect(mistake?.message.contains(word) == true)
    }

    @Test func `what is not there, or elsewhere, is refused alone`() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.file("t"), withIntermediateDirectories: true)
        for name in ["out.wav", "t/in.wav", "t/in.vtt"] {
            try Data("x".utf8).write(to: URL(filePath: folder.file(name)))
        }
        let lines = [
            "path,title,transcript", "in.wav,,in.vtt", "../out.wav,,", "gone.wav,,", "\(folder.file("t"))/in.wav,Lagi,",
            "in.wav,,",
            "in.wav,,../x",
        ]
        let list = try ImportList(Array(lines.joined(separator: "\n").utf8))
        let found = list.findings(below: try SourceRoot(folder.file("t")))
        #expect(found.items.map(\.path) == ["in.wav"] && found.items[0].metadata.title == "in")
        #expect(found.items[0].transcript == "in.vtt")
        #expect(
            found.refusals.map { "\($0.error.message.prefix(7))\($0.error.code)" } == [
                "line 3:badRequest", "line 4:notFound", "line 5:badMetadata", "line 6:badMetadata",
                "line 7:badMetadata",
            ]
        )
    }
}
