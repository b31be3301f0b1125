import ArchiveClient
import Testing

struct CSVTableTests {
    private func read(_ text: String) throws -> [[String]] {
        let table = try CSVTable(Array(text.utf8))
        return ([table.heading] + table.rows).map { $0.map(\.text) }
    }

    @Test(arguments: [
        "a,b\n1,2\n", "a,b\r\n1,2\r\n", "a;b\n1;2", "a\tb\n1\t2\n", "\u{FEFF}a,b\n1,2\n", "a,b\n\n1,2\n\n",
        "\"a\",b\n\"1\",\"2\"",
    ])
    func `what spreadsheets write is one table`(_ text: String) throws {
        #expect(try read(text) == [["a", "b"], ["1", "2"]])
    }

    @Test func `quotes keep separators, quotes and lines`() throws {
        let table = try CSVTable(Array("id,note\n1,\"x, \"\"y\"\"\nz\"\n2,\"\"\n,é\n".utf8))
        #expect(table.rows.map { $0.map(\.text) } == [["1", "x, \"y\"\nz"], ["2", ""], ["", "é"]])
        #expect(table.rows.map { $0.map(\.line) } == [[2, 2], [4, 4], [5, 5]])
        #expect(table.rows.map { $0.map(\.column) } == [[1, 3], [1, 3], [1, 2]])
    }

    @Test func `columns count characters, not bytes`() throws {
        let table = try CSVTable(Array("a;b;c\nébé;\"x;\";z\n".utf8))
        #expect(table.rows[0].map(\.column) == [1, 5, 10] && table.rows[0].map(\.text) == ["ébé", "x;", "z"])
    }

    @Test(arguments: [
        ("", 1, 1, "no heading"), ("\n\n", 1, 1, "no heading"), ("a,b\n1,2,3\n", 2, 5, "expected 2 cells"),
        ("a,b\n1\n", 2, 1, "expected 2 cells"), ("a,b\n1,\"2\n", 2, 3, "closing quote"),
        ("a,b\n1,\"2\"x\n", 2, 6, "end of the cell"), ("a,b\n1,2\"\n", 2, 4, "no quote"),
        ("a,b\n1\r2,3\n", 2, 3, "line feed"),
    ])
    func `a mistake has its place`(_ text: String, _ line: Int, _ column: Int, _ words: String) throws {
        let mistake = #expect(throws: CSVTable.Mistake.self) { try CSVTable(Array(text.utf8)) }
        #expect(mistake?.line == line && mistake?.column == column, "\(String(describing: mistake))")
        #expect(mistake?.message.contains(words) == true, "\(String(describing: mistake))")
    }

    @Test func `what is no UTF-8 is refused`() {
        #expect(throws: CSVTable.Mistake.self) { try CSVTable([0x61, 0xFF]) }
    }
}
