public import ArchiveCore
public import ArchiveInterface
internal import NIOHTTP1

/// How many findings of one kind a recording has.
public struct FindingCount: Codable, Sendable, Equatable {
    /// Stable name, like `crc-failure`.
    public let code: String
    /// How many.
    public let count: Int

    /// `count` findings of the kind `code`.
    public init(code: String, count: Int) {
        self.code = code
        self.count = count
    }
}

/// What the archive says of an upload that became a recording: a recorder cannot read it back later.
public struct UploadReceipt: Codable, Sendable, Equatable {
    /// The recording.
    public let id: RecordingID
    /// Where it stands: stored, or incomplete.
    public let state: RecordingState
    /// Seconds.
    public let duration: Double
    /// Seconds that should be there and are not.
    public let loss: Double
    /// What is odd in it.
    public let findings: [FindingCount]

    /// A receipt with these fields.
    public init(id: RecordingID, state: RecordingState, duration: Double, loss: Double, findings: [FindingCount]) {
        self.id = id
        self.state = state
        self.duration = duration
        self.loss = loss
        self.findings = findings
    }

    /// The receipt with what the source itself lacked, which the archive cannot see: `missing` seconds of samples that a
    /// WAV file announced and did not have.
    public func adding(missing: Double) -> UploadReceipt {
        guard missing > 0 else { return self }
        return UploadReceipt(
            id: id,
            state: state,
            duration: duration,
            loss: loss + missing,
            findings: findings + [FindingCount(code: "truncated-source", count: 1)]
        )
    }

    /// Reads the `Archive-…` headers of a completed upload; nil where there is none of them.
    ///
    /// - Throws: `unexpected` where one is missing or not of its form.
    init?(_ headers: HTTPHeaders) throws(ArchiveError) {
        guard let recording = headers.first(name: "Archive-Recording") else { return nil }
        func field<Value>(_ name: String, _ read: (String) -> Value?) throws(ArchiveError) -> Value {
            let text = headers.first(name: name)
            guard let text, let value = read(text) else {
                throw ArchiveError(.unexpected, "the archive answered with \(name): \(text ?? "nothing")")
            }
            return value
        }
        id = try field("Archive-Recording") { _ in RecordingID(recording) }
        state = try field("Archive-State", RecordingState.init(rawValue:))
        duration = try field("Archive-Duration", Self.seconds)
        loss = try field("Archive-Loss", Self.seconds)
        // RFC 9110 §5.3: a list may come in several lines, and empty elements do not count.
        var findings: [FindingCount] = []
        for element in headers[canonicalForm: "Archive-Findings"] where !element.isEmpty {
            guard let finding = Self.finding(element) else {
                throw ArchiveError(.unexpected, "the archive answered with the finding \(element)")
            }
            findings.append(finding)
        }
        self.findings = findings
    }

    private static func seconds(_ text: String) -> Double? {
        guard let value = Double(text), value.isFinite, value >= 0 else { return nil }
        return value
    }

    /// `code;count=N`.
    private static func finding(_ element: Substring) -> FindingCount? {
        let parts = element.split(separator: ";", maxSplits: 1).map { $0.trimmed }
        guard parts.count == 2, !parts[0].isEmpty, parts[1].hasPrefix("count="),
            let count = Int(parts[1].dropFirst(6)), count > 0
        else { return nil }
        return FindingCount(code: String(parts[0]), count: count)
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }
}
