public import Age
internal import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
internal import Foundation
internal import NIOHTTP1

extension ArchiveClient {
    /// `POST /v1/searches`: recordings in which something was said, best first. Places that came sealed are opened with `identities`.
    public func search(_ body: SearchBody, opening identities: [Identity]) async throws -> SearchPageReport {
        let request = try HTTPClientRequest(.POST, server.url("/v1/searches"), json: body)
        var page = try await transport.answer(SearchPageReport.self, to: request, expecting: 200)
        guard let text = page.sealed else { return page }
        guard let file = Data(base64Encoded: text) else {
            throw ArchiveError(.badEncryption, "the places that came sealed are not in Base64")
        }
        var opener = RecordingOpener(identities: identities)
        var json = Data()
        func keep(_ plaintext: UnsafeRawBufferPointer) { json.append(contentsOf: plaintext) }
        try file.withUnsafeBytes { try opener.update($0, into: keep) }
        try opener.finish(into: keep)
        let sealed = try CanonicalJSON.decode(SealedSearchHits.self, from: json)
        for index in page.results.indices {
            page.results[index].hits += sealed.hits[page.results[index].id.description] ?? []
        }
        page.sealed = nil
        return page
    }
}
