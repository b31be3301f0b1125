import AccessPolicy
package import ArchiveCore
package import Catalogue

extension Retrieval {
    /// Those of `rows` whose words may be shown beside what somebody looked for, because opening them takes nobody else's word; and
    /// whether they leave the archive sealed only.
    ///
    /// Being shown a few words is no access and counts against no quota; who has spent theirs is shown none.
    package func withShownWords(
        _ rows: [RecordingRow],
        purposeGiven: Bool,
        by caller: Caller,
        _ reader: CatalogueReader
    ) throws -> [RecordingID: Bool] {
        let policy = policy
        let isSpent = try quotaUses(of: caller.principal, in: reader, at: clock.now, by: policy).contains(
            where: \.isSpent
        )
        return try rows.reduce(into: [:]) { shown, row in
            let asked = question(caller, .open, row.visibility, purposeGiven: purposeGiven, quotaSpent: isSpent)
            guard visible(row, to: caller, for: .show), case .allow(let obligations) = policy.decide(asked),
                // What is to go soon is opened for nobody any more.
                try obligations.cosignatures == 0 && !reader.isDoomed(row.id)
            else { return }
            shown[row.id] = obligations.sealedOnly
        }
    }
}
