/// Lets one at a time do something with each of some keys; others wait for their turn.
public actor Turns<Key: Hashable & Sendable> {
    private var taken: Set<Key> = []
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Everybody's turn.
    public init() {}

    /// Does `body` while nobody else has any of `keys`.
    public nonisolated func holding<Value: Sendable>(_ keys: Set<Key>, _ body: () async throws -> Value) async throws
        -> Value
    {
        await take(keys)
        do {
            let value = try await body()
            await give(keys)
            return value
        } catch {
            await give(keys)
            throw error
        }
    }

    private func take(_ keys: Set<Key>) async {
        while !taken.isDisjoint(with: keys) {
            await withCheckedContinuation { waiting.append($0) }
        }
        taken.formUnion(keys)
    }

    private func give(_ keys: Set<Key>) {
        taken.subtract(keys)
        let woken = waiting
        waiting = []
        for continuation in woken { continuation.resume() }
    }
}
