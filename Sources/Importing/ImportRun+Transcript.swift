internal import ArchiveClient
internal import ArchiveCore
internal import Transcription

/// What was written down of a recording goes after it.
extension ImportRun {
    func transcript(of item: ImportItem) -> Result<Transcript, ArchiveError>? {
        guard options.takesTranscripts, let path = item.transcript else { return nil }
        do {
            let text = try plan.root.text(path, limit: Transcript.Limits.document)
            return .success(try TranscriptFormat.detect(text, name: lastName(path)).parse(text))
        } catch let error as any ArchiveErrorConvertible {
            return .failure(error.error)
        } catch {
            return .failure(error as? ArchiveError ?? ArchiveError(.unexpected, "\(error)"))
        }
    }

    func rehearsed(_ said: Result<Transcript, ArchiveError>, _ item: ImportItem) -> ImportReport.Companion {
        switch said {
        case .success: transcript(item, .planned)
        case .failure(let error): transcript(item, .refused, error)
        }
    }

    private func transcript(
        _ item: ImportItem,
        _ outcome: ImportReport.Outcome,
        _ error: ArchiveError? = nil
    ) -> ImportReport.Companion {
        ImportReport.Companion(
            path: plan.root.name(of: item.transcript ?? ""),
            outcome: outcome,
            reason: error.map { ImportReason($0) }
        )
    }

    func put(
        _ said: Result<Transcript, ArchiveError>,
        _ item: ImportItem,
        _ digest: SourceDigest,
        _ recording: RecordingID
    ) async throws -> ImportReport.Companion {
        do {
            _ = try await client.put(said.get(), of: recording, after: nil)
        } catch let error as ArchiveError where error.code == .stale {
            // Ours, of a run that ended before it learned so; or somebody's who was faster, and theirs stands.
            try journal.keepTranscript(of: digest, as: recording)
            return transcript(item, .skipped)
        } catch let error as ArchiveError where error.concernsOne {
            return transcript(item, .refused, error)
        }
        try journal.keepTranscript(of: digest, as: recording)
        return transcript(item, .stored)
    }
}
