import ArchiveCore
import ArchiveTesting
import Auditing
import Foundation
import Testing
import TransparencyLog

/// Whatever call fails while a copy goes on, the next attempt goes on with it, and what it has is what was signed.
@Suite struct CrashTests {
    @Test(arguments: [(0, 257), (5, 600), (256, 257), (300, 512)])
    func atEveryCall(old: Int, new: Int) async throws {
        let signer = try LyingLog.signer()
        let (before, after) = (try LyingLog.made(max(old, 1), by: signer), try LyingLog.made(new, by: signer))
        var number = 0
        var failed: Set<String> = []
        while true {
            let folder = try TemporaryFolder()
            let files = FaultyFileSystem()
            let copy = LogCopy(path: folder.file("copy"), files: files)
            if old > 0 { _ = try await copy.sync(from: before, trusting: signer.verifier) }
            let target = number
            // From this call on everything fails, as it does where the power is gone.
            files.fail { label, count in
                count >= target ? ArchiveError(.inputOutput, "the test cuts the power at \(label)") : nil
            }
            let error = await archiveError { _ = try await copy.sync(from: after, trusting: signer.verifier) }
            let calls = files.calls
            files.heal()
            if error != nil, number < calls.count { failed.insert(calls[number].description) }
            if let head = try copy.head() {
                // What the checkpoint says is there, at every moment.
                #expect([old, new].contains(head.checkpoint.size))
                #expect(try copy.verify(readingEntries: true).firstUnreadable == nil)
                #expect(try CopyTests.leaves(copy) == Array(after.leaves.prefix(head.checkpoint.size)))
            }
            _ = try await copy.sync(from: after, trusting: signer.verifier)
            #expect(try CopyTests.leaves(copy) == after.leaves, "after call \(number)")
            #expect(try everyFile(below: "\(copy.path)/evidence").isEmpty)
            guard error != nil else { break }
            number += 1
        }
        #expect(failed.isSuperset(of: ["copy.folder", "copy.bundle", "copy.frontier", "copy.checkpoint"]), "\(failed)")
    }
}
