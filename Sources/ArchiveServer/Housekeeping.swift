import ArchiveConfiguration
import ArchiveCore
import Foundation
import Ingest
import Logging
import Preservation
import Retention
import Retrieval
import Search
import ServiceLifecycle

/// What the service does by itself: closes accesses and uploads whose time is over, keeps the disk's reserve and the
/// schedule. What can take long does not keep the rest waiting.
struct Housekeeping: Service {
    let archive: Archive
    let logger: Logger
    var interval = Duration.seconds(10)
    private static let scrubbing = Duration.seconds(12 * 3600)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await everyInterval { _ in await doWhatIsQuick() } }
                // By a schedule that was changed while the service was down; until then the later date of each counts.
                group.addTask { await attempt("due dates") { try await archive.retention.date(by: .service) } }
                group.addTask { await everyInterval { watch in await closeUploads(watch) } }
                group.addTask { await keepIndex() }
                group.addTask {
                    var round = ContentsRound()
                    await everyInterval { _ in await check(&round) }
                }
                // Soon after every start, so that a service that is often restarted still keeps its schedule.
                var nextRetention = archive.settings.retentionInterval.map { _ in archive.clock.now }
                await everyInterval { _ in await destroy(&nextRetention) }
            }
        }
    }

    private func everyInterval(_ body: (ClockWatch) async -> Void) async {
        var watch = ClockWatch(wall: archive.clock.now, steady: .now)
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: interval)
            } catch {
                return
            }
            _ = watch.look(wall: archive.clock.now, steady: .now)
            await body(watch)
        }
    }

    /// What changed can be found soon after; where nothing did, that is seen by one look into an empty table.
    private func keepIndex() async {
        // What was relabelled or corrected left words behind in the table where they stood.
        var scrub = ContinuousClock.now + Self.scrubbing
        while !Task.isCancelled {
            if scrub <= .now {
                await attempt("scrubbing the search index") { try await archive.index.scrub() }
                scrub = .now + Self.scrubbing
            }
            await attempt("the search index") {
                while !Task.isCancelled {
                    let step = try await archive.index.step()
                    for trouble in step.troubles { logger.error("the search index: \(trouble)") }
                    if step.changes == 0 { break }
                }
            }
            guard (try? await Task.sleep(for: min(interval, .seconds(1)))) != nil else { return }
        }
    }

    private func doWhatIsQuick() async {
        await attempt("refused connections") { try await archive.recordRefusals() }
        await attempt("announced meetings") { try await archive.noteMissingMeetings() }
        await attempt("closing accesses") { try await archive.retrieval.closeExpired() }
        await attempt("the server's certificate") { try await archive.renewServerCertificate() }
        await attempt("keeping the disk's reserve") { try await archive.keepReserve() }
    }

    /// One after the other: the pace that risalah.yaml allows is that of both together.
    private func check(_ round: inout ContentsRound) async {
        do {
            for fault in try await archive.checkContentsOnSchedule(&round, for: interval) {
                logger.error("\(fault.kind.rawValue) \(fault.object): \(fault.message)")
            }
        } catch {
            logger.error("checking contents: \(error)")
        }
        await attempt("checking payloads") {
            for fault in try await archive.checkPayloadsOnSchedule(for: interval) {
                logger.error("recording \(fault.object): \(fault.message)")
            }
        }
    }

    private func closeUploads(_ watch: ClockWatch) async {
        await attempt("closing uploads") {
            for problem in try await archive.ingest.closeSilent(since: watch.steadySince) {
                logger.error("closing uploads: \(problem)")
            }
        }
    }

    /// What looks at the clock is what destroys: a step is doubted before anything is decided by it.
    private func destroy(_ nextRetention: inout Date?) async {
        do {
            try await archive.lookAtClock()
            try await archive.retention.assertClock()
        } catch {
            return logger.warning("\(error)")
        }
        await attempt("expiring quarantine") { try await archive.ingest.expireQuarantine() }
        let now = archive.clock.now
        guard let next = nextRetention, next <= now else { return }
        await attempt("retention") {
            _ = try await archive.retention.propose(by: .service)
            _ = try await archive.destroyDue(by: .service)
        }
        nextRetention = archive.settings.retentionInterval?.date(after: now, in: archive.settings.timeZone)
    }

    /// One task's trouble never ends the service; it is tried again.
    private func attempt(_ name: String, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch is CancellationError {
            // The service stops; the next one goes on.
        } catch {
            logger.error("\(name): \(error)")
        }
    }
}
