import GRDB

/// The tables of one visibility class. A search reads those of the classes that it may see, and touches no others: what a higher class
/// holds changes nothing of it (DESIGN.md invariant 4).
///
/// - `class_N`: contentless FTS5 over tokens of words as they were said.
/// - `terms_N`: every token of the class once, with the tokens of its stems. A query for a word becomes one for all tokens that share a
///   stem with it, so that the index holds each place once and still tells exact forms from others.
/// - `documents_N`: which recording a row of `class_N` is, and the numbers of its terms, by which it can be removed when its text cannot
///   be opened any more.
struct ClassTables {
    let number: Int64

    init(_ number: Int64) { self.number = number }

    /// The FTS5 table.
    var index: String { "class_\(number)" }
    /// The vocabulary.
    var terms: String { "terms_\(number)" }
    /// Rows of the index, and whose they are.
    var documents: String { "documents_\(number)" }

    private var columns: String { Column.allCases.map(\.name).joined(separator: ", ") }

    /// Makes them.
    func create(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE VIRTUAL TABLE \(index) USING fts5(\(columns), content='', tokenize='ascii');
                INSERT INTO \(index) (\(index), rank) VALUES ('hashsize', \(Self.pendingBytes));
                INSERT INTO \(index) (\(index), rank) VALUES ('automerge', \(Self.mergedSegments));
                CREATE TABLE \(terms) (
                    id INTEGER PRIMARY KEY,
                    token BLOB NOT NULL UNIQUE CHECK (length(token) = 10),
                    indonesian BLOB CHECK (length(indonesian) = 10),
                    english BLOB CHECK (length(english) = 10)
                ) STRICT;
                CREATE INDEX \(terms)_by_indonesian ON \(terms) (indonesian) WHERE indonesian IS NOT NULL;
                CREATE INDEX \(terms)_by_english ON \(terms) (english) WHERE english IS NOT NULL;
                CREATE TABLE \(documents) (
                    number INTEGER PRIMARY KEY,
                    recording TEXT NOT NULL UNIQUE,
                    revision INTEGER NOT NULL,
                    time INTEGER NOT NULL,
                    terms BLOB NOT NULL,
                    counts BLOB NOT NULL
                ) STRICT;
                """
        )
    }

    /// Drops them.
    func drop(_ database: Database) throws {
        try database.execute(sql: "DROP TABLE \(index); DROP TABLE \(terms); DROP TABLE \(documents)")
    }

    /// Bytes of postings that FTS5 gathers before it writes a segment: fewer segments are merged less often. A commit writes what
    /// there is.
    private static let pendingBytes = 16 << 20

    /// As soon as a level has so many segments they are merged, the least that FTS5 takes: a query looks each form of each of its words up
    /// in every segment, and there are more forms than words.
    private static let mergedSegments = 2

    // MARK: Statements

    /// A row of the index: its number and a text of tokens for each column.
    var insertRow: String { "INSERT INTO \(index) (rowid, \(columns)) VALUES (?, \(marks))" }
    /// The same row, taken out again.
    var deleteRow: String { "INSERT INTO \(index) (\(index), rowid, \(columns)) VALUES ('delete', ?, \(marks))" }

    private var marks: String { Column.allCases.map { _ in "?" }.joined(separator: ", ") }
}
