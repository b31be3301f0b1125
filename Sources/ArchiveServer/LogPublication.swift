public import ArchiveConfiguration
import ArchiveCore
import Crypto
import Foundation
import TransparencyLog
public import Witnessing

/// `log:` in risalah.yaml: who cosigns the log, and how often they are asked.
public struct LogPublication: Sendable {
    /// How often the witnesses are asked to cosign what is new.
    public var publishEvery: CalendarDuration
    /// The witnesses, each with another name and another key.
    public var witnesses: [WitnessAddress]

    /// Nobody.
    static let nobody = LogPublication(publishEvery: CalendarDuration(minutes: 1), witnesses: [])

    private init(publishEvery: CalendarDuration, witnesses: [WitnessAddress]) {
        self.publishEvery = publishEvery
        self.witnesses = witnesses
    }

    /// Reads the value of `log:`.
    init(_ value: ConfigurationValue) throws(ConfigurationError) {
        self = try value.mapping { log throws(ConfigurationError) in
            let every = try log.optional("publish_every").map { value throws(ConfigurationError) in
                let duration = try value.duration()
                guard (1...86_400).contains(duration.seconds(from: Date(timeIntervalSince1970: 0))) else {
                    throw value.fail("a duration from PT1S to P1D")
                }
                return duration
            }
            var found: [WitnessAddress] = []
            for item in try log.required("witnesses").list() { found.append(try Self.witness(item, notAmong: found)) }
            return LogPublication(publishEvery: every ?? Self.nobody.publishEvery, witnesses: found)
        }
    }

    private static func witness(
        _ value: ConfigurationValue,
        notAmong others: [WitnessAddress]
    ) throws(ConfigurationError) -> WitnessAddress {
        try value.mapping { witness throws(ConfigurationError) in
            let key = try witness.required("vkey")
            guard let verifier = try? CosignatureVerifier(vkey: try key.string()) else {
                throw key.fail("the vkey of a witness, NAME+ID+KEY, as risalah audit witness init prints it")
            }
            // One key must not count as two witnesses, whatever it is called.
            let isKnown = others.contains {
                $0.verifier.name == verifier.name
                    || $0.verifier.publicKey.rawRepresentation == verifier.publicKey.rawRepresentation
            }
            guard !isKnown else { throw key.fail("another name and another key for each witness") }
            let place = try witness.required("url")
            let text = try place.string()
            guard let url = URLComponents(string: text), ["https", "http"].contains(url.scheme),
                url.host?.isEmpty == false,
                url.query == nil, url.fragment == nil, url.user == nil, url.password == nil
            else { throw place.fail("an address like https://saksi.example:8070") }
            return WitnessAddress(
                verifier: verifier,
                url: text,
                authority: try witness.optional("ca").map { value throws(ConfigurationError) in try Settings.path(value)
                }
            )
        }
    }
}
