internal import Age
public import ArchiveClient
internal import ArchiveCore
public import ArchiveInterface
internal import Transcription

/// Takes over what a plan has, several at once, and never anything twice.
///
/// For each source: its digest is taken; where the journal has that, or the archive says that it has, nothing is sent. Else it is encoded, checked and sealed
/// while it streams; the address of the upload is in the journal before its first byte leaves, and the recording before
/// its transcript. Where a run was killed in between, the next one asks the archive what became of it.
public struct ImportRun: Sendable {
    /// How it goes about it.
    public struct Options: Sendable {
        /// Whether it only says what it would do.
        public var isRehearsal = false
        /// Sources that are encoded at once.
        public var jobs = 2
        /// Whether transcripts are sent.
        public var takesTranscripts = true
        /// Whether attachments are sent.
        public var takesAttachments = true

        /// The defaults.
        public init() {}
    }

    /// What is to be told of it while it goes on.
    public struct Progress: Sendable {
        /// Bytes of the sources that are done.
        public let bytes: Int64
        /// Of how many.
        public let allBytes: Int64
        /// Sources that are done.
        public let items: Int
        /// Of how many.
        public let allItems: Int
    }

    /// What became of one item for now.
    private enum Step: Sendable {
        case done(ImportItem, ImportReport)
        /// Another has the same bytes, and is not done with them.
        case later(ImportItem)
    }

    let plan: ImportPlan
    let recipients: Recipients
    let client: ArchiveClient
    let home: ClientHome
    let journal: ImportJournal
    let options: Options
    let decoder: LazyDecoder
    let known: KnownSources

    /// A run that takes over what `plan` has, as the principal of `client`, whose folder is `home`.
    ///
    /// - Parameter decoder: makes a decoder when the first source needs one.
    public init(
        _ plan: ImportPlan,
        recipients: Recipients,
        client: ArchiveClient,
        home: ClientHome,
        journal: ImportJournal,
        options: Options = Options(),
        decoder: @escaping @Sendable () async throws -> MediaDecoder
    ) {
        self.plan = plan
        self.recipients = recipients
        self.client = client
        self.home = home
        self.journal = journal
        self.options = options
        self.decoder = LazyDecoder(decoder)
        known = KnownSources(client)
    }

    /// Goes through all of it.
    ///
    /// - Parameters:
    ///   - progress: told how far it is, from any thread, often.
    ///   - report: told what became of each, one after the other.
    /// - Throws: what keeps everything from going on: the archive cannot be reached, the spool is full. What is wrong with
    ///   one source only is in its report.
    public func run(
        progress: @escaping @Sendable (Progress) -> Void = { _ in },
        report: (ImportReport) async throws -> Void
    ) async throws -> ImportSummary {
        let items = plan.findings.items
        if !options.isRehearsal { try home.sweepSpool() }
        var summary = ImportSummary(others: plan.findings.others.count)
        for refusal in plan.findings.refusals {
            var refused = ImportReport(plan.root.name(of: refusal.path), .refused)
            refused.refuse(refusal.error)
            summary.count(refused)
            try await report(refused)
        }
        let meter = ImportMeter(items, progress)
        let order = Turnstile()
        var later: [ImportItem] = []
        var rehearsed: [PathKey: ImportReport] = [:]
        func tell(_ item: ImportItem, _ made: ImportReport) async throws {
            summary.count(made)
            if options.isRehearsal { rehearsed[PathKey(item.path)] = made } else { try await report(made) }
        }
        try await withThrowingTaskGroup(of: Step.self) { group in
            var rest = items.enumerated().makeIterator()
            let executor = BlockingExecutor(label: "risalah.import")
            func addNext() {
                guard let (number, item) = rest.next() else { return }
                group.addTask(executorPreference: executor) { try await take(item, meter, order.place(number)) }
            }
            // One more than can be encoded at once, so that one is sent meanwhile.
            for _ in 0...options.jobs { addNext() }
            while let step = try await group.next() {
                switch step {
                case .later(let item): later.append(item)
                case .done(let item, let made): try await tell(item, made)
                }
                addNext()
            }
        }
        for item in later {
            switch try await take(item, meter, nil) {
            case .done(let item, let made): try await tell(item, made)
            case .later(let item): try await tell(item, skipped(item, .sameBytes))
            }
        }
        // What would be done is said in the order of the files; what is done, when it is.
        for item in items {
            if let made = rehearsed[PathKey(item.path)] { try await report(made) }
        }
        return summary
    }

    private func skipped(_ item: ImportItem, _ reason: ImportReason) -> ImportReport {
        var report = made(item, .skipped)
        report.reason = reason
        return report
    }

    private func made(_ item: ImportItem, _ outcome: ImportReport.Outcome) -> ImportReport {
        var report = ImportReport(plan.root.name(of: item.path), outcome)
        report.origin = item.origin
        report.bytes = item.bytes
        report.metadata = item.metadata
        if !item.alternatives.isEmpty { report.alternatives = item.alternatives.map(plan.root.name) }
        return report
    }

    // MARK: One

    /// - Parameter place: whose turn it is to say what it has; nil where all others have.
    private func take(_ item: ImportItem, _ meter: ImportMeter, _ place: Turnstile.Place?) async throws -> Step {
        do {
            let made = try await attempt(item, meter, place)
            guard let made else { return .later(item) }
            meter.end(item)
            return .done(item, made)
        } catch let error as any ArchiveErrorConvertible where error.error.concernsOne {
            return .done(item, refused(item, error.error, meter))
        } catch let error as ArchiveError where error.concernsOne {
            return .done(item, refused(item, error, meter))
        }
    }

    private func refused(_ item: ImportItem, _ error: ArchiveError, _ meter: ImportMeter) -> ImportReport {
        var report = made(item, .refused)
        report.refuse(error)
        meter.end(item)
        return report
    }

    /// A source that was looked at.
    private struct Source {
        let file: SourceFile
        let kind: SourceEncoder.Kind
        let digest: SourceDigest
    }

    private func look(at item: ImportItem) throws -> Source {
        let file = try open(item.path)
        return Source(file: file, kind: try SourceEncoder.kind(of: file), digest: try file.digest())
    }

    /// Opens a source.
    func open(_ path: String) throws(ArchiveError) -> SourceFile {
        do throws(ArchiveError) {
            return try plan.root.open(path)
        } catch  where error.code == .inputOutput {
            // It may not be read; others may.
            throw ArchiveError(.badRecording, error.message, hint: error.hint)
        }
    }

    /// nil where another has the same bytes, and is not done with them.
    private func attempt(
        _ item: ImportItem,
        _ meter: ImportMeter,
        _ place: Turnstile.Place?
    ) async throws -> ImportReport? {
        let looked = Result { try look(at: item) }
        // Of two with the same bytes the first is taken, whichever was faster.
        await place?.pass()
        let standing = (try? looked.get()).map { journal.take($0.digest) }
        await place?.leave()
        let source = try looked.get()
        let (file, kind, digest) = (source.file, source.kind, source.digest)
        guard let standing, standing != .busy else { return nil }
        // In a rehearsal nobody is done with it before the end.
        defer { if !options.isRehearsal { journal.release(digest) } }
        var (item, transcript) = (item, transcript(of: item))
        if item.metadata.participants.isEmpty, let said = try? transcript?.get() {
            item.metadata.participants = FoundText.names(said.segments.compactMap(\.speaker))
        }
        var report = made(item, .planned)
        report.source = digest
        var metadata = item.metadata
        metadata.source = try OriginalSource(sha256: digest, bytes: file.bytes, origin: item.origin.rawValue)
        report.metadata = metadata
        let recording: RecordingID
        var hasTranscript = false
        switch standing {
        case .stored(let id, let has):
            (recording, hasTranscript) = (id, has)
            report = skipped(item, .thereAlready(id))
            (report.source, report.id) = (digest, id)
        case .begun, .new, .busy:
            if standing == .new, let found = try await known.recording(madeOf: digest) {
                if !options.isRehearsal { try journal.store(digest, as: found.id) }
                recording = found.id
                report = skipped(item, .thereAlready(found, wanted: metadata))
                (report.source, report.id) = (digest, found.id)
                break
            }
            if options.isRehearsal {
                if kind == .media { _ = try await decoder.get().facts(of: file) }
                report.transcript = transcript.map { self.rehearsed($0, item) }
                report.attachments = try rehearsedAttachments(of: item, digest)
                return report
            }
            let receipt = try await send(file, kind, digest, standing, metadata) { meter.move(item, to: $0) }
            recording = receipt.id
            report = made(item, .stored)
            report.take(receipt, of: digest, metadata)
        }
        if let transcript, !hasTranscript {
            report.transcript =
                options.isRehearsal
                ? rehearsed(transcript, item) : try await put(transcript, item, digest, recording)
        }
        report.attachments =
            options.isRehearsal
            ? try rehearsedAttachments(of: item, digest) : try await attach(item, digest, to: recording)
        return report
    }

    /// Has the archive take it, unless it has it from a run that ended before it learned so.
    private func send(
        _ file: SourceFile,
        _ kind: SourceEncoder.Kind,
        _ digest: SourceDigest,
        _ standing: ImportJournal.Standing,
        _ metadata: RecordingMetadata,
        progress: @escaping (Double) -> Void
    ) async throws -> UploadReceipt {
        if case .begun(let url) = standing, let receipt = try await client.settle(url) {
            try journal.store(digest, as: receipt.id)
            return receipt
        }
        guard let level = metadata.level else { throw ArchiveError(.badMetadata, "\(file.name) has no level") }
        let (prepared, complaint) = try SourceEncoder.prepare(
            file,
            as: kind,
            digest: digest,
            metadata: metadata,
            sealedTo: recipients.recipient(for: level),
            home: home,
            decoder: kind == .media ? await decoder.get() : nil,
            progress: progress
        )
        let receipt = try await client.upload(prepared.sealed, metadata: metadata) { url in
            try journal.begin(digest, at: url)
        }
        guard receipt.state != .incomplete else {
            throw ArchiveError(.truncated, "the archive has \(file.name) only in part, as \(receipt.id)")
        }
        try journal.store(digest, as: receipt.id)
        return receipt.adding(missing: prepared.missing).adding(complaint: complaint)
    }
}

extension ArchiveError {
    /// Whether another source may fare better.
    var concernsOne: Bool {
        switch code {
        case .badRequest, .unknownName, .badMetadata, .badEncryption, .badRecording, .truncated, .tooLarge,
            .quarantined,
            .refused, .notFound, .gone, .unsupportedMedia:
            true
        default: false
        }
    }
}

extension ImportReason {
    fileprivate static let sameBytes = ImportReason(
        code: "same-bytes",
        message: "another file here has the same bytes"
    )

    fileprivate static func thereAlready(_ recording: RecordingID) -> ImportReason {
        ImportReason(code: "there-already", message: "the archive has these bytes as \(recording)")
    }

    /// It came from elsewhere, perhaps under another label, which nobody may take for the one that is wanted.
    fileprivate static func thereAlready(_ found: RecordingReport, wanted: RecordingMetadata) -> ImportReason {
        let label = Label(found.level, compartments: found.compartments)
        let isAsWanted =
            found.level == wanted.level && Set(found.compartments) == Set(wanted.compartments)
            && found.unit == wanted.unit
        let plain = thereAlready(found.id)
        return ImportReason(
            code: plain.code,
            message: plain.message,
            hint: isAsWanted ? nil : "it is there as \(label) of the unit \(found.unit), and stays so"
        )
    }
}

extension ImportReport {
    fileprivate mutating func take(_ receipt: UploadReceipt, of digest: SourceDigest, _ metadata: RecordingMetadata) {
        (source, self.metadata) = (digest, metadata)
        (id, state, duration, loss) = (receipt.id, receipt.state, receipt.duration, receipt.loss)
        findings = receipt.findings
    }
}

extension UploadReceipt {
    /// The receipt with the fact that a decoder found something wrong with the source.
    fileprivate func adding(complaint: String) -> UploadReceipt {
        guard !complaint.isEmpty else { return self }
        return UploadReceipt(
            id: id,
            state: state,
            duration: duration,
            loss: loss,
            findings: findings + [FindingCount(code: "damaged-source", count: 1)]
        )
    }
}
