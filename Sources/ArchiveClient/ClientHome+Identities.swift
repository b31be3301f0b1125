public import Age
public import ArchiveCore

extension ClientHome {
    /// The person's own age identities, X25519 first.
    ///
    /// - Throws: `configuration` where one is missing or cannot be read.
    public func identities(in files: some FileSystem = LocalFileSystem()) throws(ArchiveError) -> [Identity] {
        var identities: [Identity] = []
        for file in [File.identity, .hybridIdentity] {
            let text = try text(of: file, in: files)
            do throws(AgeError) {
                identities += try IdentityFile(parsing: text).identities
            } catch {
                throw ArchiveError(.configuration, "\(path(of: file)): \(error.message)")
            }
        }
        return identities
    }
}
