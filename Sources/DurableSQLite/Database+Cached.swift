public import GRDB

/// Statements that are prepared once for the connection: compiling one takes SQLite longer than running it does.
extension Database {
    /// Executes one statement.
    public func executeCached(sql: String, arguments: StatementArguments = StatementArguments()) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }

    /// The first row of a query; nil where there is none.
    public func cachedRow(sql: String, arguments: StatementArguments = StatementArguments()) throws -> Row? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }
}
