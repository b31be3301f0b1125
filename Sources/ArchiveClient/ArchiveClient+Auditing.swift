internal import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
public import Foundation
internal import NIOHTTP1

extension ArchiveClient {
    /// `GET /v1/audit/cosigned`: the newest checkpoint that a witness has cosigned, as a note; nil where there is none.
    ///
    /// - Parameter witness: the name of one; nil for any.
    public func cosigned(by witness: String? = nil) async throws -> Data? {
        let query = witness.map { [(name: "witness", value: $0)] } ?? []
        let request = HTTPClientRequest(.GET, server.url("/v1/audit/cosigned", query: query))
        let response = try await transport.send(request)
        guard response.status != .notFound else { return nil }
        guard response.status == .ok else { throw await transport.problem(of: response) }
        return try await transport.wholeBody(of: response, url: request.url)
    }

    /// `GET /v1/audit/directory`: who the principals of entries are, in as many requests as it takes.
    ///
    /// - Throws: `unexpected` where the pages never end.
    public func auditDirectory() async throws -> AuditDirectory {
        func page(after last: PrincipalID?) async throws -> AuditDirectory {
            var query = [(name: "limit", value: String(AuditDirectory.mostPrincipals))]
            if let last { query.append((name: "after", value: last.description)) }
            return try await get(AuditDirectory.self, "/v1/audit/directory", query: query)
        }
        var directory = try await page(after: nil)
        var seen: Set<PrincipalID> = []
        while let last = directory.next {
            guard seen.insert(last).inserted else {
                throw ArchiveError(.unexpected, "the archive gives a page of its directory again and again")
            }
            let more = try await page(after: last)
            directory.principals += more.principals
            directory.next = more.next
        }
        return directory
    }

    /// `GET /v1/audit/texts`: the texts of these entries that were not erased, in as many requests as it takes.
    public func texts(of entries: some Collection<Int>) async throws -> [EntryTexts.Text] {
        let wanted = Set(entries).sorted()
        var found: [EntryTexts.Text] = []
        for start in stride(from: 0, to: wanted.count, by: EntryTexts.mostEntries) {
            let some = wanted[start..<min(start + EntryTexts.mostEntries, wanted.count)]
            let query = [(name: "seq", value: some.map(String.init).joined(separator: ","))]
            found += try await get(EntryTexts.self, "/v1/audit/texts", query: query).texts
        }
        return found
    }
}
