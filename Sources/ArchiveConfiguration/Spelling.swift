/// Finds the word that somebody may have meant.
enum Spelling {
    /// `" (did you mean …?)"`, or nothing where no candidate is near.
    static func hint(for word: String, among candidates: [String]) -> String {
        nearest(to: word, among: candidates).map { " (did you mean \($0)?)" } ?? ""
    }

    /// The candidate that fewest changes of a character lead to, where those are at most a third of the characters.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let near = candidates.map { ($0, distance(word.lowercased(), $0.lowercased())) }
            .filter { $0.1 <= max(word.count, $0.0.count) / 3 }
        return near.min { $0.1 < $1.1 }?.0
    }

    /// The optimal string alignment distance: insertions, deletions, changes, exchanges of neighbours.
    private static func distance(_ one: String, _ other: String) -> Int {
        // Nobody misspells a key by this much, and the table below grows with the product.
        guard one.count <= 64, other.count <= 64 else { return .max }
        let (a, b) = (Array(one), Array(other))
        var rows = [Array(0...b.count)]
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                let change = rows[i][j] + (a[i] == b[j] ? 0 : 1)
                var best = min(change, rows[i][j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    best = min(best, rows[i - 1][j - 1] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
