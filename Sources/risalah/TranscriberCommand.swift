internal import ArchiveClient
internal import ArchiveConfiguration
internal import ArchiveCore
internal import ArgumentParser
internal import CommandShell
internal import Foundation
internal import Transcribing
internal import Transcription

/// `risalah transcriber`: hears recordings for an archive, on a machine of role transcriber.
struct TranscriberCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transcriber",
        abstract: localized(
            "Make transcripts for the archive, on this machine.",
            id: "Buat transkrip untuk arsip, di mesin ini."
        ),
        discussion: localized(
            """
            It takes the jobs that its clearance allows, one after the other, until it is ended. Its file says which engine hears: \
            the same lines that risalah.yaml has below 'transcription:' (Docs/transcripts.md). Sound is opened in memory, and no file of it is written.
            """,
            id: """
                Ia mengambil pekerjaan yang diizinkan, satu demi satu, sampai dihentikan. Berkasnya menyebut mesin pendengar, sama \
                seperti di bawah 'transcription:' dalam risalah.yaml (Docs/transcripts.md). Suara dibuka di memori.
                """
        )
    )

    @Option(
        help: ArgumentHelp(
            localized("The file that says which engine.", id: "Berkas pengaturan mesin."),
            valueName: "file"
        )
    )
    var settings: String

    @Flag(help: ArgumentHelp(localized("End where there is nothing to hear.", id: "Selesai bila tidak ada pekerjaan.")))
    var once = false

    @OptionGroup var common: CommonOptions

    /// Seconds until it asks again.
    private static let pause = 10
    private static let longestSettings = 1 << 16

    func run() async throws {
        let home = try common.clientHome()
        let identities = try home.identities()
        let text = String(decoding: try InputFile(path: settings).contents(limit: Self.longestSettings), as: UTF8.self)
        let read: TranscriptionSettings
        do {
            read = try TranscriptionSettings(ConfigurationDocument(yaml: text, file: settings).root)
        } catch {
            throw ArchiveError(.configuration, "\(error)")
        }
        let confinement = try await EngineConfinement()
        if let reason = confinement.reason {
            Console.note(
                "risalah: \(localized("the engine runs with a network", id: "mesin berjalan dengan jaringan")): \(reason)"
            )
        }
        let engine = try read.make(in: confinement)
        try await common.connected(to: home) { client in
            let worker = TranscriptionWorker(
                RemoteJobs(client, identities: identities),
                engine: engine,
                languages: read.languages
            )
            try await work(worker)
        }
    }

    private func work(_ worker: TranscriptionWorker) async throws {
        while true {
            do {
                switch try await worker.workOnce() {
                case nil:
                    if once { return }
                    try await Task.sleep(for: .seconds(Self.pause))
                case .done(let job, let segments):
                    try say(job, localized("\(segments) segments", id: "\(segments) segmen"))
                case .failed(let job, let error): try say(job, Console.clean(error.description))
                case .lost(let job): try say(job, localized("somebody else's now", id: "kini milik yang lain"))
                }
            } catch let error as ArchiveError where error.code == .unreachable && !once {
                Console.note("risalah: \(Console.clean(error.message))")
                try await Task.sleep(for: .seconds(Self.pause))
            }
        }
    }

    private func say(_ job: TranscriptionID, _ what: String) throws {
        try Console.print("\(job) \(what)")
    }
}
