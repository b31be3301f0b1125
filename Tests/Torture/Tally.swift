import ArchiveCore
import Foundation
import Synchronization

/// What was done, so that a torture that tortured nothing does not pass for one.
final class Tally: Sendable {
    private struct State {
        var rounds: [String: Int] = [:]
        var done: [String: Int] = [:]
        var refused: [String: Int] = [:]
        var ended: [String: Int] = [:]
        var faults: [String: Int] = [:]
        var keys: [String: Int] = [:]
        var labels: Set<String> = []
        var followed = 0
        var read = 0
        var compared = 0
        var restored = 0
    }

    private let state = Mutex(State())
    private let began = ContinuousClock.now

    var rounds: Int { state.withLock { $0.rounds.values.reduce(0, +) } }

    func count(_ operation: Worker.Operation) { state.withLock { $0.done[operation.rawValue, default: 0] += 1 } }
    func refused(_ operation: Worker.Operation, _ code: ArchiveError.Code) {
        state.withLock { $0.refused["\(operation.rawValue) \(code.rawValue)", default: 0] += 1 }
    }
    func ended(_ outcome: String) { state.withLock { $0.ended[outcome, default: 0] += 1 } }
    func changedKey(_ kind: String) { state.withLock { $0.keys[kind, default: 0] += 1 } }
    /// The log went on under so many other keys.
    func followed(_ count: Int) { state.withLock { $0.followed += count } }
    func read(_ count: Int) { state.withLock { $0.read += count } }
    func compared(_ count: Int) { state.withLock { $0.compared += count } }
    func restored() { state.withLock { $0.restored += 1 } }
    func round(_ kind: String) { state.withLock { $0.rounds[kind, default: 0] += 1 } }
    /// A fault came about.
    func came(_ fault: Fault) { state.withLock { $0.faults["\(fault.label) \(fault.kind.rawValue)", default: 0] += 1 } }
    func saw(_ labels: Set<String>) { state.withLock { $0.labels.formUnion(labels) } }

    /// Labels of calls that were seen so far, in order.
    var labels: [String] { state.withLock { $0.labels.sorted() } }

    /// So many rounds do everything at least once, or something keeps them from it.
    private static let enough = 40

    /// What was never done; nil where enough was done to speak of.
    var missing: String? {
        state.withLock { state in
            if state.rounds.isEmpty { return "no round" }
            if state.read == 0 || state.compared == 0 { return "nothing was read or compared" }
            if state.done["put"] == nil, state.done["tus"] == nil { return "nothing was sent" }
            guard state.rounds.values.reduce(0, +) >= Self.enough else { return nil }
            if state.faults.isEmpty { return "no fault came about" }
            if state.done["open"] == nil { return "nothing was opened" }
            if state.ended["destroyed"] == nil { return "nothing was destroyed" }
            if state.keys.isEmpty { return "no key was changed" }
            if state.restored == 0 { return "no backup was restored" }
            return nil
        }
    }

    var report: String {
        state.withLock { state in
            func line(_ counts: [String: Int]) -> String {
                counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            }
            let covered = Set(state.faults.keys.map { $0.split(separator: " ")[0] })
            let untouched = state.labels.subtracting(covered.map(String.init)).sorted().joined(separator: " ")
            let seconds = (ContinuousClock.now - began).components.seconds
            return """
                torture: \(state.rounds.values.reduce(0, +)) rounds in \(seconds) s: \(line(state.rounds))
                  acknowledged: \(line(state.done))
                  refused: \(line(state.refused))
                  items of lists: \(line(state.ended))
                  keys changed: \(line(state.keys)); keys of the log followed by an auditor: \(state.followed)
                  faults: \(state.faults.values.reduce(0, +)) at \(covered.count) of \(state.labels.count) labels
                  labels without a fault so far: \(untouched.isEmpty ? "none" : untouched)
                  payloads read \(state.read), checkpoints and receipts compared \(state.compared), backups restored \(state.restored)
                """
        }
    }
}
