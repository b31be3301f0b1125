import ArchiveCore
import Crypto
import Foundation

/// Every path in a witness's folder.
struct WitnessLayout: Sendable {
    let folder: String

    /// The private key, 0600.
    var key: String { "\(folder)/key" }
    /// The vkeys of the logs it cosigns for, one a line.
    var logs: String { "\(folder)/logs" }
    /// The names of logs that it has cosigned for, one a line: the head of one of these must be there.
    var known: String { "\(folder)/known" }
    /// Held while a witness runs.
    var lock: String { "\(folder)/lock" }
    var heads: String { "\(folder)/heads" }
    var evidence: String { "\(folder)/evidence" }

    /// The newest checkpoint that was cosigned for the log named `origin`.
    func head(of origin: String) -> String { "\(heads)/\(Self.digest(origin))" }

    /// An incident; its name begins with the log and the kind, so that each kind can be counted.
    func incident(of origin: String, _ kind: Incident.Kind, size: Int, note: String) -> String {
        "\(evidence)/\(prefix(of: origin, kind))\(size)-\(Self.digest(note).prefix(16)).json"
    }

    func prefix(of origin: String, _ kind: Incident.Kind) -> String {
        "\(Self.digest(origin).prefix(16))-\(kind.rawValue)-"
    }

    /// Names of logs have characters that names of files must not have.
    private static func digest(_ text: String) -> String {
        SHA256.hash(data: Data(text.utf8)).reduce(into: "") { hex, byte in
            hex += byte < 16 ? "0" : ""
            hex += String(byte, radix: 16)
        }
    }
}
