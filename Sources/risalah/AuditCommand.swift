internal import ArchiveCore
internal import ArgumentParser
internal import CommandShell

/// `risalah audit`: the log, for auditors.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: localized("Read and verify the log.", id: "Baca dan verifikasi log."),
        subcommands: [
            AuditLogCommand.self, AuditVerifyCommand.self, AuditProveCommand.self, AuditCheckpointCommand.self,
            AuditWhoCommand.self, AuditReportCommand.self, AuditPrincipalsCommand.self, AuditExposureCommand.self,
            WitnessCommand.self,
        ]
    )
}
