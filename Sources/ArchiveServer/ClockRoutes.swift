import ArchiveCore
import ArchiveInterface
import Catalogue
import Foundation
import Hummingbird
import Retention

/// The time by which things are destroyed: `/v1/clock`.
struct ClockRoutes: Sendable {
    let archive: Archive

    /// How many persons confirm the time after it went forward.
    private var needed: Int { archive.isSolo ? 1 : 2 }

    /// Adds the routes.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on("", method: .get) { _, context in
            let (now, doubt) = try await archive.desk.clockDoubt(for: context.authenticated())
            return try await report(now, doubt)
        }
        group.on("confirmations", method: .post) { request, context in
            let body = try await request.json(ClockBody.self)
            let (now, doubt) = try await archive.desk.confirmClock(
                at: body.time,
                needed: needed,
                by: context.authenticated()
            )
            return try await report(now, doubt)
        }
    }

    private func report(_ now: Date, _ doubt: ClockDoubt?) async throws -> Response {
        let names = try await archive.names(of: doubt?.confirmedBy ?? [])
        return try Response.json(
            ClockReport(
                now: now,
                doubt: doubt.map { doubt in
                    ClockReport.Doubt(
                        noticed: doubt.noticed,
                        seconds: doubt.seconds,
                        needed: needed,
                        confirmedBy: doubt.confirmedBy.map { .init(principal: $0, name: names[$0]) }
                    )
                }
            )
        )
    }
}
