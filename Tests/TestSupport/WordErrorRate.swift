/// How far what was heard is from what was said.
public enum WordErrorRate {
    /// The words of a text: letters, in lower case.
    public static func words(_ text: String) -> [String] {
        text.lowercased().split { !$0.isLetter }.map(String.init)
    }

    /// Words that are wrong, missing or too many, as a share of those that were said (Levenshtein).
    public static func rate(of heard: [String], said: [String]) -> Double {
        var row = Array(0...heard.count)
        for (place, word) in said.enumerated() {
            var corner = row[0]
            row[0] = place + 1
            for column in heard.indices {
                let substituted = corner + (heard[column] == word ? 0 : 1)
                corner = row[column + 1]
                row[column + 1] = min(substituted, row[column] + 1, corner + 1)
            }
        }
        return Double(row[heard.count]) / Double(said.count)
    }
}
