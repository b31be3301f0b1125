import ArchiveCore
import DurableSQLite
import GRDB

/// How much belongs to a unit.
public struct UnitUse: Sendable, Equatable {
    /// Recordings that are not destroyed.
    public let recordings: Int
    /// Principals that are not disabled, and those that are to be given it.
    public let principals: Int

    /// A use of these numbers.
    public init(recordings: Int, principals: Int) {
        self.recordings = recordings
        self.principals = principals
    }
}

/// What a change of a unit's name has changed.
public struct UnitRename: Sendable, Equatable {
    /// Recordings, tombstones included.
    public var recordings = 0
    /// Principals, disabled ones included.
    public var principals = 0
    /// Announced meetings.
    public var announcements = 0
}

extension CatalogueReader {
    /// The units that something belongs to which counts.
    public func unitsInUse() throws -> [String: UnitUse] {
        let sql = """
            SELECT unit, sum(recordings) AS recordings, sum(principals) AS principals FROM (
                SELECT visibility_class.unit AS unit, count(*) AS recordings, 0 AS principals
                FROM recording JOIN visibility_class ON visibility_class.id = recording.class
                WHERE recording.state NOT IN ('destroyed', 'transferred') GROUP BY visibility_class.unit
                UNION ALL
                SELECT unit, 0, count(*) FROM principal WHERE state <> 'disabled' GROUP BY unit
                UNION ALL
                SELECT unit, 0, count(*) FROM grant_change GROUP BY unit
            ) GROUP BY unit
            """
        return try Row.fetchAll(database.cachedStatement(sql: sql)).reduce(into: [:]) { uses, row in
            uses[row["unit"]] = UnitUse(recordings: row["recordings"], principals: row["principals"])
        }
    }
}

extension CatalogueWriter {
    /// Gives everything that belongs to the unit `old` to `new`, which may be there already; nil where nothing does.
    ///
    /// Labels and their versions stay: what was decided rests on the policy, which is asked again at every request.
    public func renameUnit(_ old: String, to new: String) throws -> UnitRename? {
        var rename = UnitRename()
        func run(_ sql: String, _ arguments: StatementArguments) throws -> Int {
            try database.executeCached(sql: sql, arguments: arguments)
            return database.changesCount
        }
        let classes = try Row.fetchAll(
            database.cachedStatement(sql: "SELECT id, label FROM visibility_class WHERE unit = ?"),
            arguments: [old]
        )
        for row in classes {
            let id: Int64 = row["id"]
            let visibility = VisibilityClass(label: try row.value("label", Label.init(parsing:)), unit: new)
            let present = try classID(visibility)
            rename.recordings += try run("UPDATE recording SET class = ? WHERE class = ?", [present, id])
            rename.announcements += try run(
                "UPDATE OR IGNORE expectation SET class = ? WHERE class = ?",
                [present, id]
            )
            // The same meeting was announced in both.
            rename.announcements += try run("DELETE FROM expectation WHERE class = ?", [id])
            _ = try run("DELETE FROM visibility_class WHERE id = ?", [id])
        }
        rename.principals = try run("UPDATE principal SET unit = ? WHERE unit = ?", [new, old])
        // What waits for its confirmation; the principal was counted, or belongs to another unit so far.
        let waiting = try run("UPDATE grant_change SET unit = ? WHERE unit = ?", [new, old])
        guard rename != UnitRename() || waiting > 0 else { return nil }
        revoke()
        return rename
    }
}
