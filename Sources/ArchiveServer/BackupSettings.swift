import Age
import ArchiveConfiguration
import Foundation
import Preservation

/// To whom and where the vault is backed up, and how long backups are kept: `backup:` in risalah.yaml.
struct BackupSettings: Sendable {
    /// The custodians.
    let recipients: [Recipient]
    /// The folder that the vault's copies go to.
    let vault: String
    /// How long those are kept.
    let vaultKeep: CalendarDuration
    /// So many copies of the catalogue are kept.
    let catalogues: Int

    init(_ value: ConfigurationValue) throws(ConfigurationError) {
        self = try value.mapping { backup throws(ConfigurationError) in try BackupSettings(&backup) }
    }

    private init(_ backup: inout ConfigurationMapping) throws(ConfigurationError) {
        let list = try backup.required("custodians")
        var recipients: [Recipient] = []
        for item in try list.list() {
            guard let recipient = try? Recipient(parsing: item.string()) else {
                throw item.fail("a recipient of age, like age1… or age1pq1…")
            }
            recipients.append(recipient)
        }
        // What age allows in one file: the weakest kind would guard them all.
        guard (1...20).contains(recipients.count), Set(recipients.map(\.kind)).count == 1 else {
            throw list.fail("1 to 20 custodians, all of one kind")
        }
        self.recipients = recipients
        vault = try Settings.path(backup.required("vault"))
        vaultKeep =
            try backup.optional("vault_keep").map { value throws(ConfigurationError) in try value.duration() }
            ?? CalendarDuration(days: 90)
        catalogues =
            try backup.optional("catalogues").map { value throws(ConfigurationError) in
                try value.integer(in: 1...10_000)
            } ?? 14
    }
}
