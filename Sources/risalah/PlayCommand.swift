internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalah play`: opens an access and pipes what it opens into a player, without a file.
struct PlayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "play",
        abstract: localized("Play a recording, or a part of it.", id: "Putar rekaman, atau sebagian."),
        discussion: localized(
            """
            It is opened on this machine and goes to the player by a pipe: nothing is written to the disk. The access \
            is written to the log of the archive before anything is sent.
            """,
            id: """
                Rekaman dibuka di mesin ini dan dialirkan ke pemutar: tidak ada yang ditulis ke disk. Akses dicatat dalam \
                log arsip sebelum apa pun dikirim.
                """
        )
    )

    @Argument(help: ArgumentHelp(localized("The recording.", id: "Rekaman.")))
    var id: RecordingID

    @Option(
        help: ArgumentHelp(
            localized("What plays Ogg Opus from its stdin.", id: "Yang memutar Ogg Opus dari stdin."),
            discussion: localized(
                "A command for the shell; else the first that is there of mpv, ffplay, and opusdec with aplay.",
                id: "Perintah shell; jika tidak: mpv, ffplay, atau opusdec dengan aplay, mana yang ada."
            ),
            valueName: "command"
        )
    )
    var player: String?

    @OptionGroup var opening: OpeningOptions
    @OptionGroup var common: CommonOptions

    private struct Result: Encodable {
        var access: AccessID
        var bytes: Int64
        var expires: Date
        var from: Double?
        var recording: RecordingID
        var to: Double?
    }

    func run() async throws {
        let home = try common.clientHome()
        let identities = try home.identities()
        // Before the access: without a player it must not cost an entry in the log.
        guard let command = player ?? Player.defaultCommand() else {
            throw ArchiveError(
                .configuration,
                "there is no player: neither mpv, nor ffplay, nor opusdec and aplay",
                hint: "install one of them, or name another with --player"
            )
        }
        let purpose = try opening.purposeText()
        let (result, trouble) = try await common.connected(to: home) { client in
            let (access, links, trouble) = try await opening.open(
                id,
                purpose: purpose,
                home: home,
                json: common.json,
                by: client
            )
            let player = try Player(command)
            var opener = RecordingOpener(identities: identities)
            var bytes: Int64 = 0
            func deliver(_ plaintext: UnsafeRawBufferPointer) throws {
                try player.write(plaintext)
                bytes += Int64(plaintext.count)
            }
            do {
                _ = try await client.fetch(links.sealed) { try opener.update($0, into: deliver) }
                try opener.finish(into: deliver)
            } catch is ClosedPlayer {
                // Whoever listens has had enough.
            } catch {
                await player.stop()
                throw error
            }
            try await player.finish()
            let result = Result(
                access: access.id,
                bytes: bytes,
                expires: access.expires,
                from: access.from,
                recording: id,
                to: access.to
            )
            return (result, trouble)
        }
        if common.json { try Console.print(json: result) }
        try opening.conclude(trouble)
    }
}
