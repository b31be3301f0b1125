import ArchiveCore
import ArchiveTesting
import AuditLog
import Foundation
import Testing

/// A kill or a failure at each labelled call: an attachment is there whole, or not at all.
@Suite struct AttachmentCrashTests {
    private static let chat = Array("Setuju semua.\n".utf8)

    @Test func aKillAnywhereLeavesAllOfItOrNothing() async throws {
        let scene = try await Scene()
        let photographs = try await scene.archive.photographs { try await scene.attach(Self.chat) }
        for label: FileLabel in ["payload.write", "payload.rename", "checkpoint.write"] {
            #expect(photographs.contains { $0.label == label }, "\(label)")
        }
        var (outcomes, removed): (Set<[Int]>, Int) = ([], 0)
        for (number, (label, folder)) in photographs.enumerated() {
            let again = try await scene.archive.reopened(in: folder)
            outcomes.insert(try await scene.numbers(in: again))
            let faults = try await scene.faults(in: again)
            // The copy of the checkpoint may have been cut off, too.
            #expect(faults.allSatisfy { $0.hasSuffix(" !") }, "call \(number), \(label): \(faults)")
            removed += faults.count { $0 == "attachment-unexpected \(scene.recording) !" }
            #expect(try await scene.faults(in: again) == [], "call \(number), \(label)")
            #expect(try await scene.attach(Self.chat, in: again).number == 0)
            #expect(try await scene.bytes(0, in: again) == Self.chat, "call \(number), \(label)")
            #expect(try await scene.numbers(in: again) == [0])
            #expect(try everyFile(below: again.layout.incoming).isEmpty)
            #expect(try await again.log.verify().fault == nil)
        }
        #expect(outcomes == [[], [0]] && removed > 0)
    }

    @Test func aFailureAnywhereLeavesNothingHalfWritten() async throws {
        let counted = try await Scene()
        let calls = try await counted.archive.photographs { try await counted.attach(Self.chat) }.count
        var failed = 0
        for number in 0..<calls {
            let scene = try await Scene()
            scene.archive.files.fail { _, called in
                called == number ? ArchiveError(.exhausted, "the test fails call \(number)") : nil
            }
            let error = await archiveError { _ = try await scene.attach(Self.chat) }
            scene.archive.files.heal()
            guard error != nil else { continue }
            failed += 1
            #expect(try everyFile(below: scene.archive.layout.incoming).isEmpty, "call \(number)")
            // As a restart finds it: where only telling it failed, it is there. Another comes first, and what is left keeps it from nothing.
            let again = try await scene.archive.reopened()
            let known = try await scene.numbers(in: again)
            let other = try await scene.attach(Array("Lain.".utf8), named: "lain.txt", in: again).number
            #expect(other == known.count, "call \(number)")
            #expect(try await scene.faults(in: again).allSatisfy { $0.hasPrefix("checkpoint") || $0.hasSuffix(" !") })
            #expect(try await scene.faults(in: again) == [], "call \(number)")
            let mine = try await scene.attach(Self.chat, in: again).number
            #expect(try await scene.bytes(mine, in: again) == Self.chat, "call \(number)")
            #expect(try everyFile(below: again.layout.attachments).count == 2, "call \(number)")
        }
        #expect(failed > 3)
    }

    @Test func whatIsMissingShortenedOrChangedIsNamed() async throws {
        let scene = try await Scene()
        for text in ["satu", "dua", "tiga"] { try await scene.attach(Array(text.utf8), named: text) }
        let paths = (0...3).map { scene.archive.layout.companion(.attachment(number: $0), of: scene.recording) }
        let first = try Data(contentsOf: URL(filePath: paths[0]))
        try FileManager.default.removeItem(atPath: paths[0])
        // Of its length it is: only reading tells.
        try Data(first.reversed()).write(to: URL(filePath: paths[0]))
        #expect(try await scene.faults() == [])
        #expect(try await scene.deepFaults() == ["attachment-damaged \(scene.recording)"])
        try FileManager.default.removeItem(atPath: paths[0])
        try first.write(to: URL(filePath: paths[0]))
        #expect(try await scene.deepFaults() == [])
        let second = try Data(contentsOf: URL(filePath: paths[1]))
        try FileManager.default.removeItem(atPath: paths[1])
        try second.dropLast().write(to: URL(filePath: paths[1]))
        try FileManager.default.removeItem(atPath: paths[2])
        // Nobody knows whose it is: it stays.
        try second.write(to: URL(filePath: paths[3]))
        let expected = ["length", "missing", "unexpected"].map { "attachment-\($0) \(scene.recording)" }
        #expect(try await scene.faults().sorted() == expected)
        #expect(FileManager.default.fileExists(atPath: paths[3]))
        let actions = try await scene.actions()
        #expect(actions.contains("storage.damage") && actions.contains("storage.mended"))
    }
}
