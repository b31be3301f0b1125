import CLibStemmer

/// One Snowball stemmer. It keeps state while it stems, so that no two threads may use one at a time.
final class Stemmer {
    private let stemmer: OpaquePointer

    init(_ language: StemmedLanguage) {
        guard let stemmer = sb_stemmer_new(language.algorithm, "UTF_8") else {
            // Both algorithms are part of every build of libstemmer since 2.0; otherwise this fails for want of memory.
            preconditionFailure("libstemmer has no stemmer called \(language.algorithm)")
        }
        self.stemmer = stemmer
    }

    deinit { sb_stemmer_delete(stemmer) }

    /// Calls `body` with the stem of `word`, which is folded UTF-8; the bytes are valid for as long as `body` runs.
    func withStem<Value>(of word: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        guard let stem = sb_stemmer_stem(stemmer, word.baseAddress, CInt(word.count)) else { return body(word) }
        return body(UnsafeBufferPointer(start: stem, count: Int(sb_stemmer_length(stemmer))))
    }
}
