public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// A forward step of the clock: until people have confirmed the time nothing is destroyed (DESIGN.md invariant 9).
public struct ClockDoubt: Sendable {
    /// By that clock, when the step was noticed.
    public let noticed: Date
    /// How far it went, in seconds.
    public let seconds: Int
    /// Who has confirmed the time since.
    public let confirmedBy: [PrincipalID]
}

extension CatalogueReader {
    /// The step that is not confirmed yet; nil where the clock is trusted.
    public func clockDoubt() throws -> ClockDoubt? {
        guard let row = try database.cachedRow(sql: "SELECT noticed, seconds FROM clock_doubt") else { return nil }
        let confirmed = try Row.fetchAll(
            database.cachedStatement(sql: "SELECT principal FROM clock_confirmation ORDER BY principal")
        )
        return ClockDoubt(
            noticed: try row.date("noticed"),
            seconds: row["seconds"],
            confirmedBy: try confirmed.map { try $0.value("principal", PrincipalID.init) }
        )
    }

    /// Throws `conflict` where the clock went forward and people have not confirmed it yet: nothing is destroyed by it.
    public func assertClock() throws {
        guard let doubt = try clockDoubt() else { return }
        throw ArchiveError(
            .conflict,
            "the clock went forward by \(doubt.seconds) s at \(Timestamp.text(doubt.noticed)): nothing is destroyed until "
                + "the time is confirmed",
            hint: "two records managers say what time it is: risalah clock --confirm"
        )
    }

    /// When the newest entry was made, by the clock of then; nil where there is none.
    public func newestEntryTime() throws -> Date? {
        try database.cachedRow(sql: "SELECT time FROM entry ORDER BY seq DESC LIMIT 1").map { try $0.date("time") }
    }
}

extension CatalogueWriter {
    /// The clock went forward; who confirmed an earlier step has to look again.
    public func doubtClock(noticed: Date, seconds: Int) throws {
        try database.executeCached(
            sql: """
                INSERT INTO clock_doubt (id, noticed, seconds) VALUES (1, ?, ?)
                ON CONFLICT (id) DO UPDATE SET noticed = excluded.noticed, seconds = excluded.seconds
                """,
            arguments: [Timestamp.text(noticed), seconds]
        )
        try database.executeCached(sql: "DELETE FROM clock_confirmation")
    }

    /// A person has confirmed the time; false where they had before.
    public func confirmClock(by principal: PrincipalID, person: Data) throws -> Bool {
        try database.executeCached(
            sql: "INSERT INTO clock_confirmation (person, principal) VALUES (?, ?) ON CONFLICT DO NOTHING",
            arguments: [person, principal.description]
        )
        return database.changesCount == 1
    }

    /// As many have confirmed the time as are needed.
    public func trustClock() throws {
        try database.executeCached(sql: "DELETE FROM clock_doubt")
        try database.executeCached(sql: "DELETE FROM clock_confirmation")
    }
}
