internal import ArchiveCore
internal import ArgumentParser
internal import CommandShell

/// `risalah`: the archive as people and recorders use it.
struct Risalah: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "risalah",
        abstract: localized(
            "The archive of meeting recordings, for people and recorders.",
            id: "Arsip rekaman rapat, untuk pengguna dan perekam."
        ),
        discussion: localized(
            """
            Exit codes: 0 done, 1 unexpected, 64 usage, 65 bad input, 66 not found, 67 log does not verify, \
            69 unreachable, 74 input or output, 75 waiting, 77 refused, 78 configuration.
            """,
            id: """
                Kode keluar: 0 selesai, 1 tak terduga, 64 cara pakai, 65 masukan salah, 66 tidak ditemukan, \
                67 log tidak terverifikasi, 69 tidak terjangkau, 74 masukan atau keluaran, 75 menunggu, 77 ditolak, \
                78 konfigurasi.
                """
        ),
        version: "0.1.0",
        subcommands: [
            EnrolCommand.self, WhoAmICommand.self, RecipientsCommand.self, RecordCommand.self, UploadsCommand.self,
            ImportCommand.self, OriginalsCommand.self, ListCommand.self, SearchCommand.self, ShowCommand.self,
            ExplainCommand.self,
            GetCommand.self,
            ExportCommand.self,
            PlayCommand.self, AttachmentCommand.self, TranscriptCommand.self, TranscriberCommand.self,
            ExpectCommand.self,
            RequestsCommand.self, ApproveCommand.self, RefuseCommand.self, CloseCommand.self, DelegateCommand.self,
            DescribeCommand.self, HistoryCommand.self, CorrectCommand.self, LabelCommand.self,
            HoldCommand.self, UnholdCommand.self, DueCommand.self, ReviewCommand.self, BackdatingCommand.self,
            DestructionCommand.self,
            TransferCommand.self, ClockCommand.self,
            ConfirmCommand.self, PassphraseCommand.self,
            AuditCommand.self,
        ]
    )
}
