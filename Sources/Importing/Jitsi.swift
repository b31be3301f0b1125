internal import ArchiveClient
internal import ArchiveCore
internal import Foundation

/// Folders of Jibri, the recorder of Jitsi Meet: `ROOM_2020-04-15-09-30-12.mp4` and `metadata.json`, in a folder for each
/// session. The time is by the clock of the machine that recorded.
struct Jitsi: Recognizer {
    private struct Metadata: Decodable {
        var meeting_url: String
        var participants: [Participant]?
    }

    /// `{"user": {"id", "name", …}, …}` as the page of Jitsi Meet gives it; of other versions, with the name in it.
    private struct Participant: Decodable {
        let name: String?

        private enum Keys: String, CodingKey { case user, name, displayName, nick }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Keys.self)
            let user = try? fields.nestedContainer(keyedBy: Keys.self, forKey: .user)
            name =
                [Keys.name, .displayName, .nick].lazy.compactMap { key in
                    (try? user?.decode(String.self, forKey: key)) ?? (try? fields.decode(String.self, forKey: key))
                }.first
        }
    }

    func recognize(_ tree: inout SourceTree, _ texts: SourceTexts) -> Findings {
        var findings = Findings()
        for folder in tree.folders {
            let files = tree.files(in: folder)
            guard let description = files.first(where: { $0.name == "metadata.json" }) else { continue }
            let videos = files.filter { ["mp4", "mkv", "webm"].contains($0.kind) }
            let named = videos.filter { Self.moment($0.stem) != nil }
            do {
                let metadata = try JSONDecoder().decode(Metadata.self, from: texts(description.path))
                guard !videos.isEmpty else {
                    throw ArchiveError(.notFound, "it tells of a recording, and there is none beside it")
                }
                findings.add(recordings(videos, metadata, texts))
                tree.remove(videos + [description])
            } catch let error as ArchiveError {
                guard !named.isEmpty || error.code == .notFound else { continue }
                tree.remove([description])
                findings.refusals.append(ImportRefusal(description.path, error))
            } catch {
                // JSON of somebody else's; beside a file that Jibri named it is Jibri's, and broken.
                guard !named.isEmpty else { continue }
                let error = ArchiveError(
                    .badMetadata,
                    "it is not what Jibri writes",
                    hint: "without it the recording is taken by its name only"
                )
                findings.refusals.append(ImportRefusal(description.path, error))
                tree.remove([description])
                findings.add(recordings(named, nil, texts))
                tree.remove(named)
            }
        }
        return findings
    }

    private func recordings(
        _ videos: [SourceTree.File],
        _ metadata: Metadata?,
        _ texts: SourceTexts
    ) -> Findings {
        var findings = Findings()
        let room = metadata.flatMap { Self.room($0.meeting_url) }
        let participants = FoundText.names((metadata?.participants ?? []).compactMap(\.name))
        for video in videos {
            let moment = Self.moment(video.stem)
            let title = room ?? FoundText.line(moment.map { String($0.room) } ?? video.stem)
            findings.items.append(
                ImportItem(
                    .jitsi,
                    video,
                    RecordingMetadata(
                        title: title,
                        meeting: videos.count > 1 ? title : nil,
                        participants: participants,
                        started: moment.flatMap { FoundText.time($0.numbers, texts.zone) }
                    )
                )
            )
        }
        return findings
    }

    /// The room of `https://meet.example.org/RapatKabinet`, its name as people wrote it.
    private static func room(_ address: String) -> String? {
        let path = URL(string: address)?.path ?? address
        return path.split(separator: "/").last.flatMap { FoundText.line($0.removingPercentEncoding ?? String($0)) }
    }

    /// `ROOM_yyyy-MM-dd-HH-mm-ss`.
    private static func moment(_ stem: String) -> (room: Substring, numbers: [Int])? {
        guard let match = stem.wholeMatch(of: #/(?s)(.*)_(\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)/#) else { return nil }
        return (match.1, FoundText.numbers(match.2))
    }
}
