import ArchiveCore
import Logging
import ServiceLifecycle
import UnixSignals

/// Loads policy.yaml and retention.yaml anew at every SIGHUP.
struct Reloading: Service {
    let archive: Archive
    /// Trapped before the service says that it is ready: untrapped, the signal ends the process.
    let signals: UnixSignalsSequence
    let logger: Logger
    let report: @Sendable (RuleReload) -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in signals {
                do {
                    report(try await archive.reloadRules())
                } catch {
                    // The old rules stay in force; the next signal tries again.
                    logger.error("loading the rules: \(error)")
                }
            }
        }
    }
}
