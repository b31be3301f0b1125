public import GRDB
import GRDBSQLite

/// Columns where SQLite has them: a copy takes longer than most of what is done with it.
extension Statement {
    /// The bytes of a column of the row that a cursor over this statement stands on, of a text or a blob; nil for NULL. Valid until
    /// the cursor moves.
    public func bytes(at column: Int) -> UnsafeRawBufferPointer? {
        let column = CInt(column)
        guard sqlite3_column_type(sqliteStatement, column) != SQLITE_NULL else { return nil }
        // SQLite wants them asked for in this order.
        let start = sqlite3_column_blob(sqliteStatement, column)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(sqliteStatement, column)))
    }
}
