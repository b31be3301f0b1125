internal import Age
internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalah search`: recordings in which something was said.
struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: localized("Find what was said.", id: "Temukan apa yang diucapkan."),
        discussion: localized(
            """
            Words (all of them have to occur), "phrases", -not, OR, title:, speaker:, level:, unit:, after:2026-01-31 and before:; \
            forms of a word count as the word. Each place has its time, as 'get --from' and 'play --from' take it. Words of \
            recordings that take a purpose are shown with --purpose; of those that take somebody's approval, none are. With --json one JSON object a line.
            """,
            id: """
                Kata (semua harus ada), "frasa", -bukan, OR, title:, speaker:, level:, unit:, after:2026-01-31 dan before:; bentukan \
                kata dianggap sama. Setiap tempat disertai waktunya, seperti untuk 'get --from' dan 'play --from'. Isi rekaman yang \
                memerlukan tujuan ditampilkan dengan --purpose; yang memerlukan persetujuan tidak. \
                Dengan --json satu objek JSON per baris.
                """
        )
    )

    @Argument(
        help: ArgumentHelp(
            localized("What to look for; - is a line of stdin.", id: "Yang dicari; - adalah baris stdin.")
        )
    )
    var query: String

    @Flag(
        help: ArgumentHelp(
            localized("Play the first place that was found.", id: "Putar tempat pertama yang ditemukan.")
        )
    )
    var play = false

    @Option(
        help: ArgumentHelp(
            localized(
                "What plays Ogg Opus from its stdin, as of 'play'.",
                id: "Pemutar Ogg Opus, seperti pada 'play'."
            ),
            valueName: "command"
        )
    )
    var player: String?

    @Option(help: ArgumentHelp(localized("At most so many recordings.", id: "Paling banyak sekian rekaman.")))
    var limit = 10

    @OptionGroup var stated: PurposeOptions
    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    /// Recordings of one page.
    private static let page = 50
    /// Seconds that are played before and behind a place.
    private static let margin = 3.0
    private static let longestQuery = 4096

    func validate() throws {
        guard limit > 0 else { throw ValidationError("'--limit' is more than 0.") }
        guard player == nil || play else { throw ValidationError("'--player' is for '--play'.") }
        guard !play || !common.json else { throw ValidationError("Give either '--play' or '--json'.") }
    }

    func run() async throws {
        let text = try query == "-" ? Self.line() : query
        let purpose = try stated.text()
        let home = try common.clientHome()
        let identities = try home.identities()
        let found = try await common.connected(to: home) { client in
            var (found, cursor): ([SearchResultReport], String?) = ([], nil)
            repeat {
                let asked = min(limit - found.count, Self.page)
                let body = SearchBody(query: text, purpose: purpose, limit: asked, cursor: cursor)
                let page = try await answer(to: body, opening: identities, by: client)
                for result in page.results { try show(result) }
                found += page.results
                cursor = page.next
            } while cursor != nil && found.count < limit
            return found
        }
        if found.isEmpty, !common.json { Console.note("risalah: \(localized("nothing was found", id: "tidak ada"))") }
        if play { try await playFirst(of: found, purpose) }
    }

    private static func line() throws -> String {
        let bytes = try InputFile(path: "-").contents(limit: longestQuery)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ArchiveError(.badRequest, "the query is not UTF-8")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A mistake in the query is shown to people where it is.
    private func answer(
        to body: SearchBody,
        opening identities: [Identity],
        by client: ArchiveClient
    ) async throws -> SearchPageReport {
        do {
            return try await client.search(body, opening: identities)
        } catch let error as ArchiveError where error.code == .badRequest && !common.json {
            guard let offset = error.offset else { throw error }
            for line in Caret.under(body.query, at: Int(offset)).split(separator: "\n") {
                Console.note(Console.clean(String(line)))
            }
            throw ArchiveError(error.code, error.message, hint: error.hint)
        }
    }

    // MARK: Showing

    private func show(_ result: SearchResultReport) throws {
        if common.json { return try Console.print(json: result) }
        let began = time.times.text(result.started ?? result.received)
        let label = Label(result.level, compartments: result.compartments).description
        try Console.print("\(result.id)  \(began)  \(Console.clean(label))  \(Console.clean(result.title))")
        if result.withheld {
            try Console.print(
                "    "
                    + localized(
                        "words withheld: see 'risalah explain'",
                        id: "isi tidak ditampilkan: lihat 'risalah explain'"
                    )
            )
        }
        for hit in result.hits {
            let speaker = hit.speaker.map { "\(Console.clean($0)): " } ?? ""
            try Console.print("    \(LocalTimes.place(hit.start))  \(speaker)\(Self.marked(hit))")
        }
    }

    /// The snippet, on a terminal with what was searched for in bold, elsewhere between asterisks.
    private static func marked(_ hit: SearchHitReport) -> String {
        let (on, off) = Console.outputIsTerminal ? ("\u{1B}[1m", "\u{1B}[0m") : ("**", "**")
        // One scalar becomes one scalar: places stay what they are.
        let scalars = Array(Console.clean(hit.snippet).unicodeScalars)
        var (text, place) = ("", 0)
        func append(upTo end: Int) {
            text.unicodeScalars.append(contentsOf: scalars[place..<max(place, min(end, scalars.count))])
            place = max(place, min(end, scalars.count))
        }
        for mark in hit.marks where mark.count == 2 && mark[0] < mark[1] {
            append(upTo: mark[0])
            text += on
            append(upTo: mark[1])
            text += off
        }
        append(upTo: scalars.count)
        return text
    }

    // MARK: Playing

    /// As if somebody had typed `play` with the time that is shown.
    private func playFirst(of found: [SearchResultReport], _ purpose: String?) async throws {
        guard let result = found.first(where: { !$0.hits.isEmpty }), let hit = result.hits.first else {
            throw ArchiveError(
                .notFound,
                "there is no place to play",
                hint: "with --purpose, words of more recordings are shown"
            )
        }
        let from = max(0, hit.start - Self.margin)
        let to = min(result.duration, hit.end + Self.margin)
        var arguments = [result.id.description, "--from", LocalTimes.place(from), "--to", LocalTimes.place(to)]
        let options = [
            ("player", player), ("purpose", purpose), ("home", common.home), ("passphrase-file", common.passphraseFile),
        ]
        for case (let name, let value?) in options { arguments.append("--\(name)=\(value)") }
        let command = try PlayCommand.parse(arguments)
        try await command.run()
    }
}
