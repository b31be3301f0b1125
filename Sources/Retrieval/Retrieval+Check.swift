import AccessPolicy
package import ArchiveCore
package import Catalogue
import Foundation

extension Retrieval {
    /// Checks an access again: it is the caller's own and open, its time is not over, the recording is there under the
    /// label that was decided on, and the policy still allows it.
    ///
    /// - Throws: `not-found` for what is not the caller's; `gone` for what was and no longer counts.
    package func check(
        _ id: AccessID,
        in reader: CatalogueReader,
        by caller: Caller
    ) throws -> (OpenAccess, RecordingRow) {
        guard let access = try reader.access(id), access.principal == caller.principal.id,
            access.binding.key == caller.key
        else { throw ArchiveError.notFound }
        guard access.state != .pending else {
            throw ArchiveError(
                .conflict,
                "others have to agree first",
                hint: "risalah requests --own says how far it is"
            )
        }
        guard access.state == .open, access.expires > clock.now else {
            throw ArchiveError(.gone, "this access is closed", hint: "ask for a new one")
        }
        let current: Caller
        do {
            current = try reader.current(caller, at: clock.now)
        } catch let loss as LostStanding {
            throw loss.error
        }
        guard let recording = try reader.recording(access.recording), visible(recording, to: current, for: .show)
        else { throw ArchiveError(.gone, "the recording is no longer there", hint: "look for it again") }
        let given = try approvals(of: access, rules(for: recording.visibility.label.level), reader)
        guard recording.labelVersion == access.binding.labelVersion,
            case .allow(let obligations) = policy.decide(
                question(
                    current,
                    .open,
                    recording.visibility,
                    purposeGiven: access.binding.purpose != nil,
                    approvals: given
                )
            )
        else { throw ArchiveError(.gone, "the label of the recording has changed", hint: "ask for a new access") }
        return (try OpenAccess(access, sealedOnly: obligations.sealedOnly, of: current, reader), recording)
    }
}
