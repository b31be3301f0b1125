import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Foundation
import Testing
import Transcribing
import Transcription

@testable import ArchiveServer

/// `transcription:` of risalah.yaml: what it says, and what is wrong with it, where.
@Suite struct TranscriptionSettingsTests {
    private func report(_ lines: String) async throws -> (settings: Settings?, mistakes: [String]) {
        let folder = try TemporaryFolder()
        try await Archive.makeForTest(at: folder.path)
        let layout = StorageLayout(root: folder.path)
        let text = try String(contentsOfFile: layout.settings, encoding: .utf8)
        try (text + "\ntranscription:\n\(lines)").write(toFile: layout.settings, atomically: true, encoding: .utf8)
        let files = try ConfigurationFiles(layout, LocalFileSystem())
        return (files.settings.value, files.mistakes.map(\.description))
    }

    @Test func `what it says`() async throws {
        let (settings, mistakes) = try await report(
            """
              engine: whisper
              program: /opt/whisper/whisper-cli
              model: /opt/whisper/ggml.bin
              up_to: terbatas
              language: id
              languages: { umum: en }
              memory: 2 GiB
              seconds: 60
            """
        )
        let transcription = try #require(settings?.transcription, "\(mistakes)")
        #expect(mistakes.isEmpty)
        #expect(transcription.engine == .whisper && transcription.program == ["/opt/whisper/whisper-cli"])
        #expect(transcription.highest == "terbatas" && transcription.limits.memory == 2 << 30)
        #expect(transcription.languages == SpokenLanguages(units: ["umum": "en"], other: "id"))
    }

    @Test(arguments: [
        ("  engine: kaldi\n", "pocketsphinx, whisper, command"), ("  engine: whisper\n", "model"),
        ("  engine: command\n", "program"), ("  engine: command\n  program: ls\n", "list"),
        ("  engine: pocketsphinx\n  up_to: gaib\n", "a level of policy.yaml: biasa"),
        ("  engine: pocketsphinx\n  languages: { antah: id }\n", "a unit of policy.yaml: umum"),
        ("  engine: pocketsphinx\n  language: bahasa indonesia\n", "ISO 639"),
        ("  engine: pocketsphinx\n  speed: 3\n", "speed"),
    ])
    func `what is wrong with it`(_ lines: String, _ expected: String) async throws {
        let mistakes = try await report(lines).mistakes
        #expect(mistakes.count == 1 && mistakes[0].contains(expected), "\(mistakes)")
        #expect(mistakes.first?.contains("risalah.yaml") == true, "\(mistakes)")
    }
}
