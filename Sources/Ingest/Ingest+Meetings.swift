import AccessPolicy
import ArchiveCore
import BlobStore
public import Catalogue
import Foundation
import Inspection
import OggOpus
import Synchronization
import Vault

extension Ingest {
    /// The streams on their way in whose meeting is known: from what was said beside them or, as a live recorder says
    /// nothing there, from what stands at their beginning.
    public func meetingsUnderWay() async throws -> [MeetingUnderWay] {
        let rows = try await catalogue.read { try $0.receivingUploads() }
        var found: [UploadID: MeetingMemo.Told] = [:]
        for row in rows {
            guard let told = try memo.known(row.id) ?? told(of: row) else { continue }
            found[row.id] = told
        }
        memo.keep(found)
        let seal = try vault.seal(DescribingFields.meetingSecret)
        var units: [PrincipalID: String] = [:]
        return try await rows.asyncCompactMap { row in
            guard let told = found[row.id], let name = told.meeting else { return nil }
            if units[row.principal] == nil { units[row.principal] = try await sender(of: row).principal.unit }
            let unit = policy.present(unit: told.unit ?? units[row.principal] ?? "")
            return MeetingUnderWay(meeting: seal.tag(Data(name.utf8)), unit: unit, since: row.created)
        }
    }

    /// Nil where it cannot be known yet.
    private func told(of row: UploadRow) throws -> MeetingMemo.Told? {
        guard let sealed = row.sealed else { return nil }
        let seal = try vault.seal(of: row.id, recording: row.recording)
        let submission = try CanonicalJSON.decode(
            Submission.self,
            from: seal.open(sealed, field: Self.submissionField)
        )
        if let meeting = submission.meeting { return .init(meeting: meeting, unit: submission.unit) }
        guard let tags = try tags(of: row) else { return nil }
        func first(_ name: String) -> String? {
            tags[name].map { $0.trimmingCharacters(in: .whitespaces) }.first { !$0.isEmpty }
        }
        return .init(meeting: first("MEETING"), unit: first("UNIT") ?? submission.unit)
    }

    /// How much of a payload is looked at: comments of recorders are short.
    private static let beginning = 128 << 10

    /// The comments at the beginning of a stream of which enough has come.
    private func tags(of row: UploadRow) throws -> Tags? {
        guard let opened = try vault.opened(row.id), let reader = try blobs.read(.incoming(row.id)) else { return nil }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.beginning, alignment: 16)
        defer { buffer.deallocate() }
        let count = try reader.read(into: buffer, at: 0)
        let order = InspectionOrder.sealed(under: opened.fileKey, headerLength: opened.opened.headerLength)
        let inspection = try place.begin(order)
        var output: [UInt8] = []
        // A beginning that is damaged says nothing of its meeting; what is wrong with it is said when it ends.
        try? inspection.consume(UnsafeRawBufferPointer(rebasing: buffer[..<count]), into: &output)
        return try? inspection.progress().tags
    }
}

/// What streams on their way have told of their meetings, in memory only.
final class MeetingMemo: Sendable {
    /// What one stream has told.
    struct Told {
        /// The meeting's name, where it has one.
        var meeting: String?
        /// Its unit, where it names one.
        var unit: String?
    }

    private let told = Mutex<[UploadID: Told]>([:])

    /// What `upload` has told.
    func known(_ upload: UploadID) -> Told? { told.withLock { $0[upload] } }

    /// Keeps these, and forgets all others.
    func keep(_ found: [UploadID: Told]) { told.withLock { $0 = found } }
}

extension Sequence {
    fileprivate func asyncCompactMap<Value>(_ transform: (Element) async throws -> Value?) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self {
            if let value = try await transform(element) { values.append(value) }
        }
        return values
    }
}
