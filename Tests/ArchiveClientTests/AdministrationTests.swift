@testable import ArchiveClient
import ArchiveCore
import ArchiveInterface
import Foundation
import NIOHTTP1
import Testing

@Suite struct AdministrationTests {
    private struct Service: TestService {
        func cut(_ head: HTTPRequestHead) -> Int? { nil }
        func answer(_ request: TestRequest) -> TestReply? {
            let body = Data(request.body)
            guard request.path == "/v1/administration", request.method == .POST,
                let asked = try? CanonicalJSON.decode(AdministrationRequest.self, from: body)
            else { return TestReply(status: .badRequest) }
            if case .disablePrincipal = asked {
                let problem = try? CanonicalJSON.encode(Problem(.notFound, status: 404))
                return TestReply(status: .notFound, body: Array(problem ?? Data()))
            }
            let answer = AdministrationResponse.status(
                StatusReport(name: "x", address: nil, recordings: 1, bytes: 2, uploads: 3, entries: 4, solo: true)
            )
            return TestReply(status: .ok, body: Array((try? CanonicalJSON.encode(answer)) ?? Data()))
        }
    }

    @Test func throughTheSocket() async throws {
        let folder = try TestFolder()
        let path = folder.file("sock et")
        let server = try await TestServer(socket: path, service: Service())
        let client = try AdminClient(socket: path)
        guard case .status(let report) = try await client.perform(.status) else {
            Issue.record("no status")
            return
        }
        #expect(report.entries == 4)
        _ = await expectError(.notFound) { _ = try await client.perform(.disablePrincipal(PrincipalID())) }
        await client.close()
        try await server.close()
        let late = try AdminClient(socket: path)
        _ = await expectError(.unreachable) { _ = try await late.perform(.status) }
        await late.close()
    }
}
