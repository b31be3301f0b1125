import GRDB

extension Database {
    /// Executes one statement that is prepared once for the connection: compiling takes SQLite longer than running does.
    func executeCached(sql: String, arguments: StatementArguments) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }
}
