/// The words that one text changes in another.
enum WordDifference {
    /// Words of both texts between their common beginning and end. Beyond that all of one is replaced by all of the
    /// other: the comparison takes the square of it in time and memory.
    private static let limit = 400

    static func of(_ old: String, _ new: String) -> [TranscriptDifference.Words] {
        let (old, new) = (words(old), words(new))
        let head = zip(old, new).prefix { $0 == $1 }.count
        let most = min(old.count, new.count) - head
        let tail = zip(old.reversed(), new.reversed()).prefix(most).prefix { $0 == $1 }.count
        var pieces = Pieces()
        for word in old.prefix(head) { pieces.add(word, 0) }
        compare(old.dropFirst(head).dropLast(tail), new.dropFirst(head).dropLast(tail), &pieces)
        for word in old.suffix(tail) { pieces.add(word, 0) }
        return pieces.done
    }

    private static func compare(_ old: ArraySlice<String>, _ new: ArraySlice<String>, _ pieces: inout Pieces) {
        let (old, new) = (Array(old), Array(new))
        guard old.count + new.count <= limit else {
            for word in old { pieces.add(word, -1) }
            for word in new { pieces.add(word, 1) }
            return
        }
        let difference = new.difference(from: old)
        func offsets(_ changes: [CollectionDifference<String>.Change]) -> Set<Int> {
            Set(
                changes.map { change in
                    switch change {
                    case .insert(let offset, _, _), .remove(let offset, _, _): offset
                    }
                }
            )
        }
        let (removed, added) = (offsets(difference.removals), offsets(difference.insertions))
        var (one, other) = (0, 0)
        while one < old.count || other < new.count {
            if one < old.count, removed.contains(one) {
                pieces.add(old[one], -1)
                one += 1
            } else if other < new.count, added.contains(other) {
                pieces.add(new[other], 1)
                other += 1
            } else {
                pieces.add(old[one], 0)
                one += 1
                other += 1
            }
        }
    }

    private static func words(_ text: String) -> [String] {
        text.unicodeScalars.split { $0.properties.isWhitespace }.map { String($0) }
    }

    /// Words of a kind that are next to each other become one piece.
    private struct Pieces {
        private(set) var done: [TranscriptDifference.Words] = []

        /// - Parameter kind: -1 removed, 0 kept, 1 added.
        mutating func add(_ word: String, _ kind: Int) {
            switch (done.last, kind) {
            case (.kept(let words), 0): done[done.count - 1] = .kept("\(words) \(word)")
            case (.removed(let words), -1): done[done.count - 1] = .removed("\(words) \(word)")
            case (.added(let words), 1): done[done.count - 1] = .added("\(words) \(word)")
            default: done.append(kind == 0 ? .kept(word) : kind < 0 ? .removed(word) : .added(word))
            }
        }
    }
}
