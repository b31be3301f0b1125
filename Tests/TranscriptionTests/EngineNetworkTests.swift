import Foundation
import Glibc
import TestSupport
import Testing

@testable import Transcription

@Suite("Engines have no network where the kernel lets us take it away")
struct EngineNetworkTests {
    @Test("whether they have is said as unshare(1) finds it")
    func isSaid() async throws {
        let confinement = try await EngineConfinement(keeper: EngineScene.keeper)
        let stock = try Program.run("unshare", ["--user", "--map-current-user", "--net", "--pid", "--fork", "true"])
        #expect(confinement.isWithoutNetwork == (stock.status == 0))
        #expect((confinement.reason == nil) == confinement.isWithoutNetwork)
    }

    @Test(
        "a keeper that is none is an error, and not a host without namespaces",
        arguments: ["/bin/true", "/bin/false"]
    )
    func noKeeper(program: String) async throws {
        await #expect(throws: EngineFailure.notConfined(program: program, reason: "it does not answer")) {
            try await EngineConfinement(keeper: program)
        }
    }

    @Test("a kernel that gives us no namespaces is one that leaves engines the network, and why is said")
    func refused() async throws {
        let scene = try await EngineScene()
        let script = """
            #!/bin/sh
            exec /usr/bin/unshare --user --map-root-user /bin/sh -c '
                echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"' sh \(EngineScene.keeper) "$@"
            """
        let confinement = try await EngineConfinement(keeper: try scene.write("keeper", script))
        #expect(!confinement.isWithoutNetwork)
        #expect(confinement.reason == "No space left on device")
    }

    @Test("one that connects to a port of this host does not reach it, and would with a network")
    func connecting() async throws {
        let listener = try Listener()
        defer { listener.close() }
        let script = "import socket; socket.create_connection(('127.0.0.1', \(listener.port)), 10)"
        let open = try await EngineScene(isOpen: true)
        _ = try await open.run(script, by: ["/usr/bin/python3", "-c"])

        let scene = try await EngineScene()
        guard scene.confinement.isWithoutNetwork else {
            FileHandle.standardError.write(Data("SKIPPED: \(scene.confinement.reason ?? "")\n".utf8))
            return
        }
        let failure = try await scene.failure(script, by: ["/usr/bin/python3", "-c"])
        guard case .failed(_, 1, let complaint) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(complaint.hasSuffix("Network is unreachable"))
        let interfaces = try await scene.run("cat /proc/self/net/dev | tail -n +3 | cut -d: -f1 | tr -d ' '")
        #expect(String(decoding: interfaces.bytes, as: UTF8.self) == "lo\n")
    }
}

/// Listens on 127.0.0.1, at a port that the kernel chooses.
private struct Listener {
    let descriptor: Int32
    let port: UInt16

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let status = withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
            guard let pointer, bind(descriptor, pointer, length) == 0, listen(descriptor, 5) == 0 else {
                return Int32(-1)
            }
            return getsockname(descriptor, pointer, &length)
        }
        port = UInt16(bigEndian: address.sin_port)
        guard descriptor >= 0, status == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
    }

    func close() { _ = Glibc.close(descriptor) }
}
