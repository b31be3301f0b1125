import AccessPolicy
import ArchiveConfiguration
public import ArchiveCore
public import ArchiveInterface
import Retention

extension Archive {
    /// Reads the files of Config below `root` as a start would, without starting: takes no lock, opens no database and
    /// needs no key.
    public static func checkConfiguration(
        root: String,
        files: any FileSystem = LocalFileSystem()
    ) throws -> ConfigurationReport {
        let read = try ConfigurationFiles(StorageLayout(root: root), files)
        let policy = read.rules.policy.value
        let digests = [
            (read.settings.path, read.settings.digest), (read.rules.policy.path, read.rules.policy.digest),
            (read.rules.schedule.path, read.rules.schedule.digest),
        ]
        return ConfigurationReport(
            mistakes: read.mistakes,
            files: digests.compactMap { path, digest in digest.map { .init(file: path, sha256: $0) } },
            levels: policy?.levels.map(ConfigurationReport.Level.init) ?? [],
            roles: policy.map { policy in Role.allCases.map { .init($0, policy) } } ?? [],
            series: read.rules.schedule.value?.series.map(\.rule) ?? [],
            secondPersonFrom: policy?.secondPersonFrom?.name
        )
    }
}

extension ConfigurationReport.Level {
    fileprivate init(_ rules: LevelRules) {
        self.init(
            level: rules.level.name,
            sealedOnly: rules.sealedOnly,
            purpose: rules.purposeRequired,
            approvals: rules.approvals.count,
            approvalsBy: rules.approvals.count > 0 ? rules.approvals.role?.rawValue : nil,
            cosignatures: rules.cosignatures,
            accessLifetime: rules.accessLifetime.description,
            recipients: rules.recipients.rawValue,
            index: rules.index.rawValue
        )
    }
}

extension ConfigurationReport.RoleRules {
    fileprivate init(_ role: Role, _ policy: Policy) {
        let (rules, quota) = (policy.rules(for: role), policy.quota(for: role))
        self.init(
            role: role,
            actions: Action.allCases.filter(rules.actions.contains).map(\.rawValue),
            units: rules.units.rawValue,
            accessesPerHour: quota.accessesPerHour,
            accessesPerDay: quota.accessesPerDay
        )
    }
}
