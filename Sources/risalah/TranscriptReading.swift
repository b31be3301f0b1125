internal import Age
internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation
internal import Transcription

/// What every command takes that reads a transcript.
struct TranscriptReading: ParsableArguments {
    @OptionGroup var opening: OpeningOptions
    @OptionGroup var common: CommonOptions

    /// A transcript as it was read.
    struct Found {
        let access: AccessReport
        let transcript: Transcript
        /// The recording that it is of.
        let recording: RecordingReport
        /// For ``OpeningOptions/conclude(_:)``.
        let trouble: ArchiveError?
    }

    /// What a person is asked for once, and stdin has once.
    struct Session {
        let home: ClientHome
        let identities: [Identity]
        let purpose: String?
    }

    /// Gets keys and purpose.
    func session() throws -> Session {
        let home = try common.clientHome()
        return try Session(home: home, identities: home.identities(), purpose: opening.purposeText())
    }

    /// Asks to open `recording` and reads the transcripts of `revisions`; nil is the newest.
    func read(_ recording: RecordingID, revisions: [Int?]) async throws -> [Found] {
        let session = try session()
        return try await common.connected(to: session.home) { client in
            try await read(recording, revisions: revisions, as: session, by: client)
        }
    }

    /// The same by a client that is there already.
    func read(
        _ recording: RecordingID,
        revisions: [Int?],
        as session: Session,
        by client: ArchiveClient
    ) async throws -> [Found] {
        let (access, _, trouble) = try await opening.open(
            recording,
            purpose: session.purpose,
            home: session.home,
            json: common.json,
            by: client
        )
        let report = try await client.recording(recording)
        var found: [Found] = []
        for revision in revisions {
            let transcript = try await client.transcript(access.id, revision: revision, opening: session.identities)
            found.append(Found(access: access, transcript: transcript, recording: report, trouble: trouble))
        }
        return found
    }
}

/// In what a transcript is written.
enum TranscriptForm: String, CaseIterable, ExpressibleByArgument {
    /// All of it.
    case json
    /// WebVTT.
    case vtt
    /// SubRip.
    case srt
    /// What people edit.
    case edit
    /// Minutes, plain.
    case txt
    /// Minutes, CommonMark.
    case md
    /// Minutes, a page to print.
    case html

    /// `transcript` in this form; minutes with `heading`.
    func write(_ transcript: Transcript, _ heading: Minutes.Heading) throws -> Data {
        switch self {
        case .json: return try TranscriptFormat.json.write(transcript)
        case .vtt: return try TranscriptFormat.vtt.write(transcript)
        case .srt: return try TranscriptFormat.srt.write(transcript)
        case .edit: return try TranscriptFormat.txt.write(transcript)
        case .txt: return minutes(.txt, transcript, heading)
        case .md: return minutes(.md, transcript, heading)
        case .html: return minutes(.html, transcript, heading)
        }
    }

    private func minutes(_ form: Minutes.Form, _ transcript: Transcript, _ heading: Minutes.Heading) -> Data {
        let language = Language(environment: ProcessInfo.processInfo.environment)
        return Data(Minutes(transcript, heading: heading, language: language).document(form).utf8)
    }
}

extension Minutes.Heading {
    /// What minutes of `recording` say of it.
    init(_ recording: RecordingReport, zone: TimeZone) {
        self.init(
            title: recording.title,
            began: recording.started ?? recording.received,
            timeZone: zone,
            unit: recording.unit,
            participants: recording.participants,
            label: Label(recording.level, compartments: recording.compartments).description
        )
    }
}
