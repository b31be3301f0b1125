import ArchiveCore
import GRDB
import GRDBSQLite

/// Asks whether a search may go on, and remembers that it may not.
private final class Patience {
    private let mayGoOn: () -> Bool
    private(set) var isOver = false

    init(_ mayGoOn: @escaping () -> Bool) { self.mayGoOn = mayGoOn }

    func goesOn() -> Bool {
        isOver = isOver || !mayGoOn()
        return !isOver
    }
}

extension Database {
    /// Steps of SQLite's virtual machine between two questions: a row that is scored takes about ten of them, and a page of FTS5's index that is
    /// read takes four of its own.
    private static let stepsBetween: CInt = 200

    /// Does `body`, and has SQLite end what it is at as soon as `mayGoOn` says no; it is asked again and again meanwhile, on this thread.
    ///
    /// Throws `badRequest` where it has said no.
    func withPatience<Value>(while mayGoOn: @escaping () -> Bool, _ body: () throws -> Value) throws -> Value {
        let patience = Patience(mayGoOn)
        sqlite3_progress_handler(
            sqliteConnection,
            Self.stepsBetween,
            { patience in
                guard let patience else { return 0 }
                return Unmanaged<Patience>.fromOpaque(patience).takeUnretainedValue().goesOn() ? 0 : 1
            },
            Unmanaged.passUnretained(patience).toOpaque()
        )
        defer {
            sqlite3_progress_handler(sqliteConnection, 0, nil, nil)
            withExtendedLifetime(patience) {}
        }
        do {
            let value = try body()
            // What was interrupted while statistics were read does not fail, and is not to be believed.
            if !patience.isOver { return value }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_INTERRUPT && patience.isOver {
            // Said below.
        }
        throw ArchiveError(
            .badRequest,
            "this search takes too long",
            hint: "search for fewer words or rarer ones, or within one level or unit"
        )
    }
}
