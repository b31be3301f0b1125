/// A decoder that is made when it is first needed, once.
actor LazyDecoder {
    private let make: @Sendable () async throws -> MediaDecoder
    private var made: Task<MediaDecoder, any Error>?

    init(_ make: @escaping @Sendable () async throws -> MediaDecoder) { self.make = make }

    func get() async throws -> MediaDecoder {
        let task = made ?? Task { [make] in try await make() }
        made = task
        return try await task.value
    }
}
