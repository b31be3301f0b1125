import AccessPolicy
import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue

/// A policy that leaves out units to which something belongs.
struct MissingUnits: Error {
    /// One for each.
    let mistakes: [ConfigurationMistake]
}

extension Archive {
    static let unitRenamed = "unit.rename"

    /// Gives what belongs to units that `policy` knows by former names to the present ones, with an entry for each name of
    /// which there was something; then nothing of it is left, and the next load finds nothing to do.
    ///
    /// Belongs into the transaction that loads the policy.
    ///
    /// - Throws: ``MissingUnits`` where something belongs to a unit that the policy does not have even so.
    func settleUnits(of policy: Policy, in writer: CatalogueWriter) throws {
        for (old, new) in policy.formerUnits.sorted(by: { $0.key < $1.key }) {
            guard let rename = try writer.renameUnit(old, to: new) else { continue }
            try log.append(
                to: writer,
                actor: .service,
                action: Self.unitRenamed,
                details: [
                    "from": old, "to": new, "recordings": String(rename.recordings),
                    "principals": String(rename.principals), "announcements": String(rename.announcements),
                ]
            )
        }
        let missing = try writer.reader.unitsInUse().filter { !policy.units.contains($0.key) }
        guard !missing.isEmpty else { return }
        let mistakes = missing.sorted { $0.key < $1.key }.map { unit, use in
            let words = "\(use.recordings) recordings and \(use.principals) principals"
            return ConfigurationMistake(policy.missing(unit: unit, usedBy: words, file: layout.policy))
        }
        throw MissingUnits(mistakes: mistakes)
    }
}
