internal import Synchronization

/// Adds up how far a run is.
final class ImportMeter: Sendable {
    private struct State {
        var bytes: Int64 = 0
        var items = 0
        var begun: [PathKey: Int64] = [:]
    }

    private let all: Int64
    private let count: Int
    private let state = Mutex(State())
    private let tell: @Sendable (ImportRun.Progress) -> Void

    init(_ items: [ImportItem], _ tell: @escaping @Sendable (ImportRun.Progress) -> Void) {
        all = items.reduce(0) { $0 + Int64($1.bytes) }
        count = items.count
        self.tell = tell
    }

    /// So much of `item` is done, from 0 to 1.
    func move(_ item: ImportItem, to share: Double) {
        let bytes = Int64(Double(item.bytes) * max(0, min(1, share)))
        change { state in
            state.bytes += bytes - (state.begun[PathKey(item.path)] ?? 0)
            state.begun[PathKey(item.path)] = bytes
        }
    }

    /// No more is to be done of `item`.
    func end(_ item: ImportItem) {
        change { state in
            state.bytes += Int64(item.bytes) - (state.begun.removeValue(forKey: PathKey(item.path)) ?? 0)
            state.items += 1
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let progress = state.withLock { state in
            body(&state)
            return ImportRun.Progress(bytes: state.bytes, allBytes: all, items: state.items, allItems: count)
        }
        tell(progress)
    }
}
