internal import ArchiveClient
internal import ArchiveCore
internal import ArgumentParser

/// How what is spooled is sent.
struct SendingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            localized(
                "How often sending is tried again in vain once no more comes.",
                id: "Berapa kali pengiriman dicoba lagi dengan sia-sia setelah rekaman berakhir."
            ),
            valueName: "n"
        )
    )
    var retries = 8

    func validate() throws {
        guard retries >= 0 else { throw ValidationError("The value of '--retries' has to be 0 or more.") }
    }

    /// How often it is tried.
    var policy: RetryPolicy { RetryPolicy(attempts: retries) }

    /// Connects as `home` says at that moment, with a certificate that was renewed where that is due.
    func connect(_ home: ClientHome) -> @Sendable () async throws -> ArchiveClient {
        { try await ArchiveClient.connect(to: home) }
    }
}
