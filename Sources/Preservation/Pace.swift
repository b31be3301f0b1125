/// Keeps readers together below a number of bytes a second.
actor Pace {
    private let bytesPerSecond: Double
    private var next = ContinuousClock.now

    init(bytesPerSecond: Int) { self.bytesPerSecond = Double(max(1, bytesPerSecond)) }

    /// Waits as long as `bytes` that were just read take at that pace.
    func spend(_ bytes: Int) async throws {
        let now = ContinuousClock.now
        next = max(next, now) + .seconds(Double(bytes) / bytesPerSecond)
        try await Task.sleep(until: next, clock: .continuous)
    }
}
