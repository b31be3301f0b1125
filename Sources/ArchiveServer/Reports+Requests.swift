import ArchiveCore
import ArchiveInterface
import Catalogue
import Foundation
import Retrieval

extension Archive {
    /// What a caller reads of requests: of their own, and of those that they may decide, where they also learn who asks.
    func reports(_ requests: [Retrieval.Request], to caller: Caller) async throws -> [RequestReport] {
        let names = try await names(of: requests.map(\.row.principal))
        return requests.map { request in
            let (row, view) = (request.row, request.recording)
            return RequestReport(
                id: row.id,
                state: AccessState(request.state),
                recording: row.recording,
                title: view?.fields.title,
                label: view?.row.visibility.label,
                unit: view?.row.visibility.unit,
                principal: row.principal,
                name: names[row.principal],
                purpose: request.purpose,
                recipient: row.binding.recipient == "hybrid" ? .hybrid : .x25519,
                from: row.span?.fromSeconds,
                to: row.span?.toSeconds,
                asked: row.asked,
                opened: row.opened,
                expires: row.expires,
                refusal: request.refusal,
                needed: request.needed,
                given: request.given,
                role: request.role
            )
        }
    }
}

extension Archive {
    /// The names of these principals.
    func names(of principals: [PrincipalID]) async throws -> [PrincipalID: String] {
        let directory = try Directory(vault: vault)
        return try await catalogue.read { reader in
            try Set(principals).reduce(into: [:]) { names, id in
                names[id] = try reader.principal(id, at: clock.now).map { try directory.entry(of: $0).name }
            }
        }
    }
}

extension AccessState {
    fileprivate init(_ state: AccessRow.State) {
        switch state {
        case .pending: self = .pending
        case .open: self = .open
        case .closed: self = .closed
        case .refused: self = .refused
        }
    }
}
