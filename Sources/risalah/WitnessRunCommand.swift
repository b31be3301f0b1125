internal import ArchiveCore
internal import ArgumentParser
internal import CommandShell
internal import Foundation
internal import Logging
internal import TransparencyLog
internal import Witnessing

/// `risalah audit witness`: runs a witness until it is asked to end.
struct WitnessRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: localized(
            "Run a witness until SIGTERM; also without the word run.",
            id: "Jalankan saksi sampai SIGTERM; juga tanpa kata run."
        )
    )

    @OptionGroup var options: WitnessOptions

    @Option(
        help: ArgumentHelp(
            localized(
                "The vkey of a log to cosign for, as risalahd init printed it; may be repeated.",
                id: "vkey log yang ditandatangani, seperti dicetak risalahd init; boleh diulang."
            ),
            discussion: localized(
                "Those in the file logs of the folder, one a line, count too.",
                id: "Yang ada dalam berkas logs di folder itu, satu per baris, juga berlaku."
            ),
            valueName: "vkey"
        )
    )
    var log: [String] = []

    @Option(
        help: ArgumentHelp(
            localized("Where to listen; port 0 lets the kernel choose.", id: "Alamat; port 0 dipilih kernel."),
            valueName: "host:port"
        )
    )
    var listen: String

    @Option(
        help: ArgumentHelp(
            localized("A file with its TLS certificates, PEM.", id: "Berkas sertifikat TLS, PEM."),
            valueName: "pem"
        )
    )
    var certificate: String?

    @Option(
        help: ArgumentHelp(
            localized("A file with their private key, PEM.", id: "Berkas kunci privatnya, PEM."),
            valueName: "pem"
        )
    )
    var key: String?

    private struct Running: Encodable {
        var address: String
        var vkey: String
    }

    func validate() throws {
        guard (certificate == nil) == (key == nil) else {
            throw ValidationError("Give '--certificate' and '--key' together.")
        }
        guard NetworkAddress(listen) != nil else {
            throw ValidationError("The value '\(listen)' of '--listen' is not HOST:PORT.")
        }
    }

    func run() async throws {
        guard let address = NetworkAddress(listen) else { return }
        let tls = try certificate.map { try WitnessService.tls(certificate: $0, key: key ?? $0) }
        let witness = try Witness(
            state: options.state,
            key: WitnessKey(in: options.state),
            logs: WitnessLogs(state: options.state, also: log).verifiers,
            report: { Console.note("risalah: \(Console.clean($0))") }
        )
        defer { witness.close() }
        var logger = Logger(label: "risalah") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        let service = WitnessService(
            witness,
            host: address.host,
            port: address.port,
            tls: tls,
            logger: logger
        )
        let vkey = witness.verifier.vkey
        let serving = Task {
            try await service.run { url in
                do {
                    if options.json { return try Console.print(json: Running(address: url, vkey: vkey)) }
                    try Console.print(url)
                } catch {
                    // Nobody reads results; whoever started it may still read this.
                    Console.note("risalah: \(url)")
                }
            }
        }
        // It ends in its own way and with 0, as services do.
        try await Signals.handled(by: { _ in serving.cancel() }) { try await serving.value }
    }
}
