import ArchiveCore
import Hummingbird
import Logging
import NIOCore

/// What a request knows of its connection.
struct ArchiveContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection.
    let channel: any Channel
    /// Who asks; set by ``CallerMiddleware``.
    var caller: Caller?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// Whether it comes over the socket that only users of the host reach.
    var isFromHost: Bool { channel.localAddress?.protocol == .unix }

    /// The id in the path under `name`; what is no id is answered like what is absent (DESIGN.md invariant 4).
    func identifier<Kind>(_ name: String) throws(ArchiveError) -> Identifier<Kind> {
        guard let text = parameters.get(name), let id = Identifier<Kind>(text) else { throw ArchiveError.notFound }
        return id
    }

    /// Who asks.
    ///
    /// - Throws: `unauthenticated` on a route that ``CallerMiddleware`` does not guard.
    func authenticated() throws(ArchiveError) -> Caller {
        guard let caller else { throw ArchiveError(.unauthenticated, "this needs a client certificate") }
        return caller
    }
}
