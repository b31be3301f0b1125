import ArchiveCore
import Foundation
@testable import Importing

/// Trees that are only names and small texts: what recognizers see.
struct Layout {
    private let texts: [String: String]
    let tree: SourceTree

    /// Files with these contents.
    init(_ texts: [String: String]) {
        self.texts = texts
        tree = SourceTree(texts.map { SourceTree.File($0.key, bytes: $0.value.utf8.count) })
    }

    /// What is found, by a clock in Jakarta.
    func found(zone: String = "Asia/Jakarta") throws -> Findings {
        let zone = TimeZone(identifier: zone) ?? .gmt
        return tree.recognized(
            SourceTexts(zone: zone) { [texts] path, limit throws(ArchiveError) in
                guard let text = texts[path] else { throw ArchiveError(.notFound, path) }
                guard text.utf8.count <= limit else { throw ArchiveError(.tooLarge, path) }
                return Data(text.utf8)
            }
        )
    }
}

extension Findings {
    /// The only item at `path`.
    func item(_ path: String) -> ImportItem? {
        items.count { $0.path == path } == 1 ? items.first { $0.path == path } : nil
    }

    /// Every path that is named, as often as it is.
    var everything: [String] {
        items.flatMap { [$0.path] + [$0.transcript].compactMap(\.self) + $0.attachments + $0.alternatives } + others
            + refusals.map(\.path)
    }
}

func moment(_ text: String) -> Date? { Timestamp.date(text) }
