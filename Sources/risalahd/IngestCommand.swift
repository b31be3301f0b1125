internal import ArchiveCore
internal import ArgumentParser
internal import CommandShell
internal import Foundation
internal import Inspection

/// `risalahd ingest`: looks into streams for `risalahd serve`, as another user and without keys.
struct IngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: localized(
            "Look into streams for the service, as another user and without keys.",
            id: "Memeriksa aliran untuk layanan, sebagai pengguna lain dan tanpa kunci."
        ),
        discussion: localized(
            "It reads no file and reaches no network: for each stream it gets the one key that opens it, and says what "
                + "is in it. risalah.yaml says where the service finds it.",
            id: "Tidak membaca berkas dan tidak menjangkau jaringan: untuk tiap aliran diterimanya satu kunci yang "
                + "membukanya, lalu dikatakannya isinya. risalah.yaml menyebut di mana layanan menemukannya."
        )
    )

    @Option(help: ArgumentHelp("Where it listens.", valueName: "path"))
    var socket: String

    @Option(help: ArgumentHelp("The user of the service, by name or number.", valueName: "user"))
    var serving: String

    func run() async throws {
        guard let user = HostUser.id(serving) else {
            throw ArchiveError(.configuration, "this host has no user \(serving.debugDescription)")
        }
        OpenFileLimit.raise()
        let service = try InspectionService(path: socket, serving: user)
        Console.note("risalahd: ready, \(socket)")
        // This task's thread has nothing else to do.
        try service.run()
    }
}
