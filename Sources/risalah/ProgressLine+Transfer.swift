internal import ArchiveClient
internal import CommandShell

extension ProgressLine {
    /// To be handed to a transfer.
    var progress: TransferProgress {
        TransferProgress { done, total in self.show(done, of: total) }
    }
}
