import ArchiveCore
import Foundation
import TestSupport
import Testing

/// A program from elsewhere that sends one sealed recording over tus until it is done, whatever happens on the way. It ends
/// with an error where an offset that it was told goes back.
final class Pusher {
    /// Which program.
    enum Client: String, CaseIterable {
        /// PyPI's `tuspy`, with checksums.
        case tuspy
        /// PyPI's `aiotus`, with metadata read back.
        case aiotus

        fileprivate var script: String {
            switch self {
            case .tuspy: Pusher.common + Pusher.tuspy
            case .aiotus: Pusher.common + Pusher.aiotus
            }
        }
    }

    /// The process.
    let process: ChildProcess
    private let output: URL
    private let limit = Date(timeIntervalSinceNow: 110)

    /// Begins to send `file` to `address`, or to go on with `upload` there.
    init(
        _ client: Client,
        sending file: URL,
        to address: String,
        as home: URL,
        upload: String? = nil,
        chunk: Int = 60_000
    ) throws {
        output = file.deletingLastPathComponent().appending(path: "pusher-\(UUID().uuidString)")
        try Data().write(to: output)
        let handle = try FileHandle(forWritingTo: output)
        process = try Program.start(
            LiveArchive.python,
            ["-c", client.script, address, home.path, file.path, upload ?? "-", String(chunk)],
            environment: ["REQUESTS_CA_BUNDLE": home.appending(path: "ca.pem").path],
            output: .file(handle),
            errors: .file(handle)
        )
    }

    deinit { process.send(signal: SIGKILL) }

    /// What it has printed.
    var text: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

    /// Waits until it has ended well; the address of the upload, and how often something went wrong.
    func finish(_ comment: Comment) throws -> (upload: String, troubles: Int) {
        while process.isRunning {
            try #require(Date() < limit, "the client is not done: \(text) \(comment)")
            usleep(20_000)
        }
        try #require(process.end == .exit(0), "\(text) \(comment)")
        let words = text.split(whereSeparator: \.isWhitespace)
        try #require(words.count == 2, "\(text) \(comment)")
        return (String(words[0]), try #require(Int(words[1])))
    }

    private static let common = """
        import os, sys, time
        base, home, path, url, chunk = sys.argv[1:6]
        url, chunk, size = None if url == "-" else url, int(chunk), os.path.getsize(path)
        meta = {"level": "terbatas", "unit": "umum", "series": "rapat", "title": "kacau", "participant": "A\\nB"}
        told, troubles, deadline = 0, 0, time.monotonic() + 100
        def note(offset):
            global told
            if offset < told:
                print(f"the offset went back from {told} to {offset}", flush=True)
                os._exit(1)
            told = offset
        def trouble(error):
            global troubles
            troubles += 1
            if time.monotonic() > deadline:
                sys.exit(f"gave up at {told} of {size}: {error!r}")
            time.sleep(0.02)

        """

    private static let tuspy = """
        import requests
        from tusclient.client import TusClient
        # Of itself requests waits for ever.
        plain = requests.Session.request
        requests.Session.request = lambda self, *a, **k: plain(self, *a, **{**k, "timeout": 20})
        client = TusClient(base + "/v1/uploads", client_cert=(home + "/certificate.pem", home + "/key.pem"))
        while told < size:
            try:
                if url is None:
                    url = client.uploader(path, chunk_size=chunk, metadata=meta, upload_checksum=True).create_url()
                up = client.uploader(path, chunk_size=chunk, url=url, upload_checksum=True)
                note(up.offset)
                while up.offset < size:
                    up.upload_chunk()
                    note(up.offset)
            except Exception as error:
                trouble(error)
        print(url, troubles)
        """

    private static let aiotus = """
        import asyncio, ssl
        import aiohttp, yarl
        from aiotus import core, creation
        tls = ssl.create_default_context(cafile=home + "/ca.pem")
        tls.load_cert_chain(home + "/certificate.pem", home + "/key.pem")
        parse = core._parse_positive_integer_header
        def noting(headers, name):
            value = parse(headers, name)
            note(value)
            return value
        core._parse_positive_integer_header = noting
        async def until_done(step):
            while True:
                try:
                    return await step()
                except Exception as error:
                    trouble(error)
        async def main():
            sent = {name: value.encode() for name, value in meta.items()}
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
                with open(path, "rb") as file:
                    endpoint = yarl.URL(base + "/v1/uploads")
                    location = url and yarl.URL(url)
                    if location is None:
                        location = await until_done(lambda: creation.create(session, endpoint, file, sent, ssl=tls))
                        known = await until_done(lambda: core.metadata(session, location, ssl=tls))
                        if known != sent:
                            sys.exit(f"the metadata came back as {known}")
                    await until_done(lambda: core.upload_buffer(session, location, file, ssl=tls, chunksize=chunk))
                    print(location, troubles)
        asyncio.run(main())
        """
}
