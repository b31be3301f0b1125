/// What a row of the vault holds. The raw value is bound into the row's seal.
enum RowKind: String {
    /// Keys of a stream on its way in; `id` is the upload.
    case upload
    /// Bytes of a received header that is not whole yet; `id` is the upload. Gone as soon as it is.
    case headerPart = "header-part"
    /// Keys of a committed recording.
    case recording
    /// A header minted for an access; `id` is recording and access, so that it goes with the recording.
    case header
    /// Header and file key of the excerpt that an access is for; `id` as of ``header``, with which it goes.
    case excerpt
    /// The identities of a level.
    case identity
    /// A key of the archive's own: log, CA, TLS, directory, texts, cursors.
    case secret
}
