internal import ArchiveClient
internal import ArchiveCore
internal import Foundation

/// Raw archives of BigBlueButton, `…/recording/raw/MEETING`: `events.xml` says what happened when, `audio` has the sound as
/// it was recorded, in one file for each time that recording was begun.
struct BigBlueButton: Recognizer {
    private static let longestEvents = 128 << 20

    func recognize(_ tree: inout SourceTree, _ texts: SourceTexts) -> Findings {
        var findings = Findings()
        for folder in tree.folders {
            guard let events = tree.files(in: folder).first(where: { $0.name == "events.xml" }) else { continue }
            let files = tree.files(below: folder)
            let inner = folder.isEmpty ? "audio" : "\(folder)/audio"
            let sounds = files.filter { $0.folder == inner && PlainFiles.kinds.contains($0.kind) }
            do throws(ArchiveError) {
                let meeting = try BigBlueButtonEvents(texts(events.path, limit: Self.longestEvents))
                var found = recordings(meeting, sounds, in: folder, events)
                let used = Set(sounds + [events])
                let notes = folder.isEmpty ? "notes/" : "\(folder)/notes/"
                for file in files where !used.contains(file) {
                    if file.path.hasPrefix(notes), !found.items.isEmpty {
                        found.items[0].attachments.append(file.path)
                    } else {
                        found.others.append(file.path)
                    }
                }
                findings.add(found)
                tree.remove(files)
            } catch {
                // Whether they are to be taken without it somebody has to say.
                findings.refusals.append(ImportRefusal(events.path, error))
                findings.refusals += sounds.map { sound in
                    ImportRefusal(
                        sound.path,
                        ArchiveError(
                            .badMetadata,
                            "events.xml beside it cannot be read, so nobody knows whose meeting it is",
                            hint: "import it by its own name, with --title"
                        )
                    )
                }
                findings.others += files.filter { !sounds.contains($0) && $0 != events }.map(\.path)
                tree.remove(files)
            }
        }
        return findings
    }

    private func recordings(
        _ meeting: BigBlueButtonEvents,
        _ sounds: [SourceTree.File],
        in folder: String,
        _ events: SourceTree.File
    ) -> Findings {
        var findings = Findings()
        let title = meeting.name.flatMap { FoundText.line($0) } ?? FoundText.line(lastName(folder)) ?? "BigBlueButton"
        var rest = sounds
        for recorded in meeting.recordings {
            // What was recorded as WAV may have been archived as Opus.
            let stem = SourceTree.File(lastName(recorded.file)).stem
            guard let place = rest.firstIndex(where: { $0.stem == stem }) else {
                let error = ArchiveError(.notFound, "it names the audio \(stem.debugDescription), which is not there")
                findings.refusals.append(ImportRefusal(events.path, error))
                continue
            }
            var item = ImportItem(.bigBlueButton, rest.remove(at: place), metadata(meeting, title, sounds.count))
            item.metadata.started = recorded.began
            item.metadata.description = meeting.account(from: recorded)
            findings.items.append(item)
        }
        for sound in rest {
            // Found, and named nowhere: it is kept, without a time.
            findings.items.append(ImportItem(.bigBlueButton, sound, metadata(meeting, title, sounds.count)))
        }
        return findings
    }

    private func metadata(_ meeting: BigBlueButtonEvents, _ title: String, _ count: Int) -> RecordingMetadata {
        RecordingMetadata(
            title: title,
            meeting: count > 1 ? title : nil,
            participants: FoundText.names(meeting.participants)
        )
    }
}
