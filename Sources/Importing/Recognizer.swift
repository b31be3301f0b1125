public import ArchiveCore
public import Foundation

/// What a recognizer may ask besides the names: small texts, and the zone of times that do not say theirs.
public struct SourceTexts: Sendable {
    /// What a computer wrote by its own clock was by this zone's.
    public let zone: TimeZone
    private let contents: @Sendable (String, Int) throws(ArchiveError) -> Data

    /// Texts that `contents` gives, by their paths from the root, each up to a number of bytes.
    public init(zone: TimeZone, _ contents: @escaping @Sendable (String, Int) throws(ArchiveError) -> Data) {
        self.zone = zone
        self.contents = contents
    }

    /// The text at `path`.
    func callAsFunction(_ path: String, limit: Int = 1 << 20) throws(ArchiveError) -> Data {
        try contents(path, limit)
    }
}

/// Knows the layout in which one service leaves its recordings.
///
/// It takes out of the tree what is that service's, all of it, so that nothing is taken twice or by a guess; what is broken it
/// refuses alone. It reads names and small texts, never audio.
protocol Recognizer: Sendable {
    /// What `tree` has of this service, which is no longer in it afterwards.
    func recognize(_ tree: inout SourceTree, _ texts: SourceTexts) -> Findings
}

extension SourceTree {
    private static let recognizers: [any Recognizer] = [BigBlueButton(), Jitsi(), Zoom(), PlainFiles()]

    /// What is found in it, each file by the first recognizer that knows it.
    public func recognized(_ texts: SourceTexts) -> Findings {
        var (rest, findings) = (self, Findings())
        for recognizer in Self.recognizers { findings.add(recognizer.recognize(&rest, texts)) }
        findings.others += rest.files.map(\.path)
        findings.items.sort { PathKey($0.path) < PathKey($1.path) }
        findings.others.sort { PathKey($0) < PathKey($1) }
        return findings
    }
}
