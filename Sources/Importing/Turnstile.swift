/// Lets tasks that were begun in an order do one thing in that order.
actor Turnstile {
    /// The turn of one of them. Each has to pass, and then to leave.
    struct Place: Sendable {
        fileprivate let turnstile: Turnstile
        fileprivate let number: Int

        /// Waits until all before it have left.
        func pass() async { await turnstile.wait(for: number) }
        /// Lets the next one pass.
        func leave() async { await turnstile.leave(number) }
    }

    private var next = 0
    private var waiting: [Int: CheckedContinuation<Void, Never>] = [:]

    /// The turn of the one that was begun as `number`, from 0.
    nonisolated func place(_ number: Int) -> Place { Place(turnstile: self, number: number) }

    private func wait(for number: Int) async {
        guard number > next else { return }
        await withCheckedContinuation { waiting[number] = $0 }
    }

    private func leave(_ number: Int) {
        next = number + 1
        waiting.removeValue(forKey: next)?.resume()
    }
}
