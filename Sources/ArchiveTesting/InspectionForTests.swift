import ArchiveCore
import Foundation
public import Inspection

/// Where the streams of tests are looked into: here, or over a socket as `risalahd ingest` does it, where
/// `RISALAH_TEST_INSPECTION` is `elsewhere`. The same tests run in both shapes.
public enum InspectionForTests {
    /// The place.
    public static func place() throws -> any InspectionPlace {
        switch ProcessInfo.processInfo.environment["RISALAH_TEST_INSPECTION"] {
        case nil, "here": InspectionHere()
        case "elsewhere": try elsewhere.get()
        case let other?:
            throw ArchiveError(.configuration, "RISALAH_TEST_INSPECTION is \(other), not here or elsewhere")
        }
    }

    /// One service for all tests of this process, on a thread of its own.
    private static let elsewhere = Result { () throws -> InspectionElsewhere in
        let path = FileManager.default.temporaryDirectory.appending(path: "inspection-\(getpid()).socket").path
        let service = try InspectionService(path: path, serving: getuid())
        Thread { try? service.run() }.start()
        atexit { unlink(FileManager.default.temporaryDirectory.appending(path: "inspection-\(getpid()).socket").path) }
        return InspectionElsewhere(path: path, user: getuid())
    }
}
