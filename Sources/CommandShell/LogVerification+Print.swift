internal import ArchiveCore
package import ArchiveInterface

extension LogVerification {
    /// Prints the verdict; throws `log-mismatch` where the log is not whole.
    package func print(json: Bool) throws {
        if json {
            try Console.print(json: self)
        } else {
            let lines = TextTable.fields([
                (localized("whole", id: "utuh"), whole ? localized("yes", id: "ya") : localized("no", id: "tidak")),
                (localized("entries", id: "catatan"), String(size)),
                (localized("root", id: "akar"), root),
                (localized("texts erased", id: "teks dihapus"), String(erased)),
                (localized("first bad", id: "salah pertama"), firstBad.map(String.init)),
                (localized("reason", id: "alasan"), reason),
            ])
            for line in lines { try Console.print(line) }
        }
        guard !whole else { return }
        let place = firstBad.map { " at entry \($0)" } ?? ""
        throw ArchiveError(.logMismatch, "the log does not verify\(place)\(reason.map { ": \($0)" } ?? "")")
    }
}
