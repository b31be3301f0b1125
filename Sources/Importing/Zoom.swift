internal import ArchiveClient
internal import ArchiveCore
internal import Foundation

/// What Zoom leaves: folders of recordings made on a computer, and files that its cloud gave out.
///
/// On a computer, in a folder `2020-04-15 09.30.12 TOPIC 81234567890` by the clock of that computer: `audio_only.m4a` and
/// `zoom_0.mp4`, later `audio1234567890.m4a` and `video1234567890.mp4`; `Audio Record/audioNAME1234567890.m4a` for each who
/// spoke; `chat.txt`. From the cloud, in any folder: `GMT20200415-023012_Recording.m4a`, `…_1920x1080.mp4`,
/// `….transcript.vtt`, `….cc.vtt`, `…newChat.txt`, with the time in UTC; and `participants_81234567890.csv`.
struct Zoom: Recognizer {
    func recognize(_ tree: inout SourceTree, _ texts: SourceTexts) -> Findings {
        var findings = Findings()
        for folder in tree.folders {
            let files = tree.files(in: folder)
            let cloud = files.compactMap(ZoomCloudFile.init)
            let local = files.compactMap { ZoomLocalFile($0) }
            guard !cloud.isEmpty || local.contains(where: { $0.part != nil }) else { continue }
            let report = files.first { $0.kind == "csv" && $0.name.lowercased().contains("participants") }
            var known = ZoomReport()
            if let report {
                do throws(ArchiveError) {
                    known = try ZoomReport(texts(report.path))
                } catch {
                    findings.refusals.append(ImportRefusal(report.path, error))
                }
            }
            findings.add(cloudRecordings(cloud, in: folder, known))
            var tracks: [ZoomLocalFile] = []
            if !local.isEmpty {
                let inner = folder.isEmpty ? "Audio Record" : "\(folder)/Audio Record"
                tracks = tree.files(in: inner).compactMap { ZoomLocalFile(track: $0) }
                let texts = Texts(zone: texts.zone, beside: files.filter { ["vtt", "srt"].contains($0.kind) })
                let found = localRecordings(local, tracks, in: folder, known, texts)
                tree.remove(texts.beside.filter { file in found.items.contains { $0.transcript == file.path } })
                findings.add(found)
            }
            let playlists = files.filter { $0.kind == "m3u" || $0.name == "recording.conf" }
            findings.others += playlists.map(\.path)
            tree.remove(cloud.map(\.file) + (local + tracks).map(\.file) + playlists + [report].compactMap(\.self))
        }
        return findings
    }

    // MARK: From the cloud

    private func cloudRecordings(_ files: [ZoomCloudFile], in folder: String, _ known: ZoomReport) -> Findings {
        var findings = Findings()
        for (_, group) in Dictionary(grouping: files, by: \.stamp).sorted(by: { $0.key < $1.key }) {
            // All views of one meeting have the same sound; the file of sound alone is the smallest.
            let sounds = group.filter { $0.isAudio || $0.isVideo }.sorted { one, other in
                if one.isAudio != other.isAudio { return one.isAudio }
                return one.file.name.count < other.file.name.count
            }
            guard let sound = sounds.first else {
                findings.others += group.map(\.file.path)
                continue
            }
            let topic = known.topic ?? sound.topic ?? FoundText.line(ZoomLocalFolder(folder).topic) ?? "Zoom"
            var item = ImportItem(
                .zoom,
                sound.file,
                RecordingMetadata(
                    title: topic,
                    meeting: Set(files.map(\.stamp)).count > 1 ? topic : nil,
                    participants: known.participants,
                    started: FoundText.time(FoundText.numbers(sound.spelledTime), .gmt)
                )
            )
            // What Zoom heard has speakers; captions are what somebody typed.
            let texts = group.filter { $0.file.kind == "vtt" }.sorted { one, other in
                one.isTranscript != other.isTranscript ? one.isTranscript : one.file.path < other.file.path
            }
            item.transcript = texts.first?.file.path
            // A track of one voice is not the meeting again.
            let again = sounds.dropFirst().filter { !$0.isTrack }
            item.alternatives = again.map(\.file.path)
            item.attachments = texts.dropFirst().map(\.file.path) + group.filter(\.isChat).map(\.file.path)
            let used = Set([item.path] + item.alternatives + item.attachments + [item.transcript].compactMap(\.self))
            findings.others += group.map(\.file.path).filter { !used.contains($0) }
            findings.items.append(item)
        }
        return findings
    }

    // MARK: From a computer

    /// What a folder has besides its names.
    private struct Texts {
        let zone: TimeZone
        /// What may be transcripts of its recordings.
        let beside: [SourceTree.File]
    }

    private func localRecordings(
        _ files: [ZoomLocalFile],
        _ tracks: [ZoomLocalFile],
        in folder: String,
        _ known: ZoomReport,
        _ texts: Texts
    ) -> Findings {
        var findings = Findings()
        let named = ZoomLocalFolder(folder)
        let topic = known.topic ?? FoundText.line(named.topic) ?? "Zoom"
        let started = FoundText.time(named.numbers, texts.zone)
        let parts = Dictionary(grouping: files.filter { $0.part != nil }, by: { $0.part ?? "" })
            .sorted { ($0.key.count, $0.key) < ($1.key.count, $1.key) }
        let isGroup = parts.count + tracks.count > 1
        let chats = files.filter(\.isText).map(\.file.path)
        for (number, (_, group)) in parts.enumerated() {
            let sounds = group.sorted { $0.isAudio && !$1.isAudio }
            guard let sound = sounds.first else { continue }
            var item = ImportItem(
                .zoom,
                sound.file,
                RecordingMetadata(
                    title: number == 0 ? topic : "\(topic) (\(number + 1))",
                    meeting: isGroup ? topic : nil,
                    participants: known.participants,
                    // The folder has the beginning of the first part; when the others began nobody wrote down.
                    started: number == 0 ? started : nil
                )
            )
            item.alternatives = sounds.dropFirst().map(\.file.path)
            item.transcript = texts.beside.first { text in group.contains { $0.file.stem == text.stem } }?.path
            if number == 0 { item.attachments = chats }
            findings.items.append(item)
        }
        if parts.isEmpty { findings.others += chats }
        for track in tracks {
            let metadata = RecordingMetadata(
                title: topic,
                meeting: topic,
                participants: known.participants,
                performer: track.speaker.flatMap { FoundText.line($0) },
                started: started
            )
            findings.items.append(ImportItem(.zoom, track.file, metadata))
        }
        for file in files where file.isUnconverted {
            let error = ArchiveError(
                .badRecording,
                "Zoom has not converted it yet",
                hint: "open it on the computer that recorded it, and Zoom makes an mp4 of it"
            )
            findings.refusals.append(ImportRefusal(file.file.path, error))
        }
        return findings
    }
}
