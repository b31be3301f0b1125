package import ArchiveCore

/// A sealed recording on its way, in a file that has no name any more: whatever ends this process, nothing is left.
public struct SealedRecording: Sendable {
    let file: any OpenFile
    /// Bytes, header included.
    public let length: Int64
}

extension ClientHome {
    /// Removes names that processes left in ``spool`` which were killed between making a file and taking its name away.
    ///
    /// Of one that is just doing that it takes nothing: it has its file open, and wants the name gone, too.
    package func sweepSpool(in files: some FileSystem = LocalFileSystem()) throws(ArchiveError) {
        // What records has a folder for each stream.
        for name in try files.names(in: spool) where name.hasSuffix(".age") {
            try files.remove("\(spool)/\(name)", label: "spool.sweep")
        }
    }

    /// A new file in ``spool``, opened and already unlinked.
    func openSpool(in files: some FileSystem) throws(ArchiveError) -> any OpenFile {
        try prepareSpool(in: files)
        let path = "\(spool)/\(UploadID()).age"
        let file = try files.open(path, writing: true, create: true, label: "spool.open")
        try files.remove(path, label: "spool.unlink")
        return file
    }
}
