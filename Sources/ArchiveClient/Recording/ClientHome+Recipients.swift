public import ArchiveCore
public import ArchiveInterface
internal import Foundation

/// The recipients of the levels as the archive last named them: public keys, with which a recording can begin while
/// the archive cannot be reached.
extension ClientHome {
    private var recipientsPath: String { "\(path)/recipients.json" }

    /// What the archive last said; nil where it has never been asked, or what it said cannot be read.
    func keptRecipients(in files: any FileSystem = LocalFileSystem()) -> Recipients? {
        guard let bytes = try? files.contents(recipientsPath) else { return nil }
        return try? CanonicalJSON.decode(Recipients.self, from: Data(bytes))
    }

    /// Keeps what the archive says.
    func keep(_ recipients: Recipients, in files: any FileSystem = LocalFileSystem()) throws {
        try files.replace(recipientsPath, with: try CanonicalJSON.encode(recipients), label: "home.recipients")
    }
}

extension ArchiveClient {
    /// How long the archive is waited for where its earlier answer is known, and where it is not.
    private static let patience = (known: Duration.seconds(5), unknown: Duration.seconds(30))

    /// To whom recordings are sealed: as the archive says, else, where it cannot be reached, as it last said.
    ///
    /// - Returns: the recipients, and why they are not fresh, where they are not.
    /// - Throws: what kept the archive from answering, where it has never been asked before.
    public static func currentRecipients(
        for home: ClientHome,
        connect: @escaping @Sendable () async throws -> ArchiveClient
    ) async throws -> (recipients: Recipients, staleness: ArchiveError?) {
        let kept = home.keptRecipients()
        do {
            let fresh = try await answered(within: kept == nil ? patience.unknown : patience.known, connect)
            // What cannot be kept is asked for again next time.
            try? home.keep(fresh)
            return (fresh, nil)
        } catch let error as ArchiveError where error.isPassing || error.code == .unauthenticated {
            guard let kept else { throw error }
            return (kept, error)
        }
    }

    private static func answered(
        within patience: Duration,
        _ connect: @escaping @Sendable () async throws -> ArchiveClient
    ) async throws -> Recipients {
        let result = await withTaskGroup(of: Result<Recipients, any Error>.self) { group in
            group.addTask {
                do {
                    let client = try await connect()
                    do {
                        let recipients = try await client.recipients()
                        await client.close()
                        return .success(recipients)
                    } catch {
                        await client.close()
                        return .failure(error)
                    }
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                do {
                    try await Task.sleep(for: patience)
                    return .failure(ArchiveError(.unreachable, "the archive does not answer"))
                } catch {
                    return .failure(error)
                }
            }
            let first = await group.next() ?? .failure(CancellationError())
            group.cancelAll()
            return first
        }
        return try result.get()
    }
}
