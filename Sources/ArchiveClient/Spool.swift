internal import ArchiveCore

/// A sealed recording on its way, in a file that has no name any more: whatever ends this process, nothing is left.
public struct SealedRecording: Sendable {
    let file: any OpenFile
    /// Bytes, header included.
    public let length: Int64
}

extension ClientHome {
    /// A new file in ``spool``, opened and already unlinked.
    func openSpool(in files: some FileSystem) throws(ArchiveError) -> any OpenFile {
        try prepareSpool(in: files)
        let path = "\(spool)/\(UploadID()).age"
        let file = try files.open(path, writing: true, create: true, label: "spool.open")
        try files.remove(path, label: "spool.unlink")
        return file
    }
}
