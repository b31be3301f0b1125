public import ArchiveCore

/// A recording that was asked for and does not lie in the bag.
public struct OmittedRecording: Sendable {
    /// The recording.
    public let id: RecordingID
    /// Why.
    public let reason: ArchiveError

    /// It was left out for this reason.
    public init(id: RecordingID, reason: ArchiveError) {
        self.id = id
        self.reason = reason
    }
}

extension BagExport {
    /// The file that names what was left out.
    public static let omittedName = "omitted.txt"

    /// Ends the bag: writes what it says of itself and gives it its name.
    ///
    /// - Parameters:
    ///   - recordings: what lies in it; not empty.
    ///   - omitted: what was asked for and does not.
    ///   - label: the join of their labels.
    ///   - date: the day, in the zone of the archive.
    public func finish(
        _ recordings: [BaggedRecording],
        omitting omitted: [OmittedRecording],
        label: Label,
        on date: String
    ) throws {
        guard let first = recordings.first else { throw ArchiveError.notFound }
        if !omitted.isEmpty {
            // Codes only: a message may say more than whoever gets the bag should know.
            let lines = omitted.map { "\($0.id) \($0.reason.code.rawValue)\n" }.joined()
            try bag.write(Self.omittedName, lines.utf8)
        }
        try bag.write("README.txt", readme(first).utf8)
        let (octets, streams) = bag.oxum
        var info = BagInfo()
        info.add("Source-Organization", Self.archive(of: first.origin))
        info.add("Internal-Sender-Identifier", first.origin)
        let left = omitted.isEmpty ? "" : "; \(omitted.count) that were asked for are left out: see \(Self.omittedName)"
        let sealed = sealing == nil ? "" : "; everything that describes them is sealed (age)"
        let transcribed = recordings.count { $0.transcript != nil }
        info.add(
            "External-Description",
            "recordings of meetings: \(recordings.count), with a transcript: \(transcribed)\(sealed)\(left)"
        )
        for recording in recordings { info.add("External-Identifier", recording.id.description) }
        info.add("Classification", label.description)
        info.add("Bagging-Date", date)
        info.add("Bag-Size", Self.size(octets))
        info.add("Payload-Oxum", "\(octets).\(streams)")
        info.add("Bag-Software-Agent", "risalah export")
        try bag.commit(info)
    }

    /// Bytes as RFC 8493 section 2.2.2 wants them said to people.
    static func size(_ octets: Int64) -> String {
        var (number, unit) = (Double(octets), "B")
        for larger in ["KB", "MB", "GB", "TB"] where number >= 1000 { (number, unit) = (number / 1000, larger) }
        return unit == "B" ? "\(octets) B" : "\((number * 10).rounded() / 10) \(unit)"
    }

    private func readme(_ first: BaggedRecording) -> String {
        let suffix = sealing == nil ? "" : ".age"
        let opened =
            sealing == nil
            ? ""
            : """

            Everything below data is sealed. To open a file, with the identity that it was sealed for:
            Semua isi data tersegel. Untuk membuka berkas, dengan identitas penerimanya:

                age -d -i identity.txt -o recording.opus data/\(first.id)/recording.opus.age

            """
        return """
            Recordings of meetings, as a bag (BagIt 1.0, RFC 8493).
            Rekaman rapat, dalam bentuk bag (BagIt 1.0, RFC 8493).

            To check that it is whole:
            Untuk memeriksa keutuhannya:

                python3 -m bagit --validate .
            \(opened)
            data/<id>/ of each recording / dari setiap rekaman:

                recording.opus\(suffix)   Ogg Opus
                transcript.json\(suffix)  what was said, where it was written down / yang diucapkan, bila ada transkripnya
                transcript.vtt\(suffix)   the same as WebVTT / sama, sebagai WebVTT
                attachments/*\(suffix)    what else belongs to it / lampirannya
                metadata.xml\(suffix)     Dublin Core
                recording.json\(suffix)   the same, and all else that the archive knows / semua keterangan arsip
                premis.xml\(suffix)       PREMIS 3: digests, events / digest dan peristiwa
                log/*.tlog-proof\(suffix) each event, proved under a signed checkpoint / bukti setiap peristiwa (C2SP tlog-proof)
                log/checkpoint\(suffix)   the newest of these checkpoints / titik periksa terbaru
                log/vkey\(suffix)         the key of the log; compare it with the one on the archive's paper / kunci log

            To check the proof of an event, without the archive\(sealing == nil ? "" : ", once it is opened"):
            Untuk memeriksa bukti suatu peristiwa, tanpa arsip\(sealing == nil ? "" : ", setelah dibuka"):

                risalah audit verify --proof log/SEQ.tlog-proof --vkey log/vkey

            """
    }
}
