internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// What every command takes.
struct CommonOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            localized("The folder of the enrolment.", id: "Folder pendaftaran."),
            discussion: localized(
                "Else RISALAH_HOME, else risalah in XDG_CONFIG_HOME, else ~/.config/risalah.",
                id: "Jika tidak: RISALAH_HOME, atau risalah dalam XDG_CONFIG_HOME, atau ~/.config/risalah."
            ),
            valueName: "dir"
        )
    )
    var home: String?

    @Option(
        help: ArgumentHelp(
            localized(
                "A file with the passphrase of this machine's keys, one line; - is stdin.",
                id: "Berkas berisi frasa sandi kunci mesin ini, satu baris; - adalah stdin."
            ),
            discussion: localized(
                "Else RISALAH_CLIENT_PASSPHRASE_FILE, else it is asked for at the terminal; only where the keys rest under one.",
                id: "Jika tidak: RISALAH_CLIENT_PASSPHRASE_FILE, atau ditanya di terminal; hanya bila kunci memakainya."
            ),
            valueName: "file"
        )
    )
    var passphraseFile: String?

    @Flag(help: ArgumentHelp(localized("Results and errors as JSON.", id: "Hasil dan galat sebagai JSON.")))
    var json = false

    /// Transfers go on after an interruption, and people are told why they wait.
    var retries: RetryPolicy {
        guard !json else { return RetryPolicy() }
        return RetryPolicy { error in
            let sentence = localized("interrupted, trying again", id: "terputus, mencoba lagi")
            Console.note("risalah: \(sentence): \(Console.clean(error.message))")
        }
    }

    /// Runs `body` with a client for the enrolment in `home`, else in the folder that option and environment name. Where
    /// its certificate could not be renewed in time, people learn it, and go on with the old one.
    func connected<Value>(
        to home: ClientHome? = nil,
        _ body: (ArchiveClient) async throws -> Value
    ) async throws -> Value {
        try await ArchiveClient.connected(
            to: home ?? clientHome(),
            retries: retries,
            notRenewed: { error in
                let sentence = localized(
                    "the certificate could not be renewed yet",
                    id: "sertifikat belum dapat diperbarui"
                )
                Console.note("risalah: \(sentence): \(Console.clean(error.message))")
            },
            body
        )
    }

    /// The folder that option and environment name.
    func clientHome() throws -> ClientHome { try clientHome(passphraseReader) }

    /// The same, whose keys `passphrase` opens.
    func clientHome(_ passphrase: PassphraseReader) throws -> ClientHome {
        try ClientHome(option: home, environment: ProcessInfo.processInfo.environment, passphrase: passphrase)
    }

    /// Gets the passphrase of the keys. Make it once: stdin can be read once, and a person wants to be asked once.
    var passphraseReader: PassphraseReader {
        PassphraseReader(
            file: passphraseFile,
            environment: ProcessInfo.processInfo.environment,
            for: .clientKeys
        )
    }
}

extension PassphraseReader.Purpose {
    /// The passphrase of the keys of an enrolment.
    static let clientKeys = Self(
        variable: "RISALAH_CLIENT_PASSPHRASE_FILE",
        questions: (
            localized("New passphrase of this machine's keys: ", id: "Frasa sandi baru untuk kunci mesin ini: "),
            localized("Passphrase of this machine's keys: ", id: "Frasa sandi kunci mesin ini: ")
        ),
        none: NoPassphrase.ofClient
    )
}

/// In which zone people read and write times; the archive itself keeps UTC.
struct TimeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            localized("Time zone of times shown and of dates given.", id: "Zona waktu tampilan dan tanggal."),
            valueName: "zone"
        )
    )
    var timezone = "Asia/Jakarta"

    func validate() throws {
        guard TimeZone(identifier: timezone) != nil else {
            throw ValidationError("There is no time zone '\(timezone)'.")
        }
    }

    var times: LocalTimes {
        // `validate()` has seen that it exists.
        LocalTimes(zone: TimeZone(identifier: timezone) ?? .gmt)
    }
}

/// A span of time to search in.
struct SpanOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            localized("Not before this time or date.", id: "Tidak sebelum waktu atau tanggal ini."),
            valueName: "time"
        )
    )
    var since: String?

    @Option(
        help: ArgumentHelp(
            localized("Not after this time or date.", id: "Tidak sesudah waktu atau tanggal ini."),
            valueName: "time"
        )
    )
    var until: String?

    @OptionGroup var time: TimeOptions

    func validate() throws {
        for (name, text) in [("since", since), ("until", until)] {
            guard let text, time.times.span(text) == nil else { continue }
            throw ValidationError("The value '\(text)' of '--\(name)' is neither YYYY-MM-DD nor an RFC 3339 time.")
        }
    }

    /// The beginning of ``since``.
    var from: Date? { since.flatMap { time.times.span($0)?.lowerBound } }
    /// The end of ``until``: of the whole day, where it is a date.
    var to: Date? { until.flatMap { time.times.span($0)?.upperBound } }
}
