internal import CZlib
public import Foundation

extension Transcript {
    /// Its JSON in a zlib stream (RFC 1950): what the archive seals.
    ///
    /// - Throws: `tooLarge` where the JSON is larger than ``Limits``, so that what was written can be read.
    public func compressed() throws(TranscriptError) -> Data {
        let json = try json()
        guard json.count <= Limits.document else { throw .tooLargeDocument(json.count) }
        var length = compressBound(uLong(json.count))
        var data = Data(count: Int(length))
        let status = data.withUnsafeMutableBytes { output in
            json.withUnsafeBytes { input in
                compress2(
                    output.baseAddress?.assumingMemoryBound(to: Bytef.self),
                    &length,
                    input.baseAddress?.assumingMemoryBound(to: Bytef.self),
                    uLong(input.count),
                    Z_DEFAULT_COMPRESSION
                )
            }
        }
        guard status == Z_OK else { throw .zlib(status) }
        return data.prefix(Int(length))
    }

    /// Reads ``compressed()``; what would inflate to more than ``Limits`` is refused before it has.
    public init(compressed data: Data) throws(TranscriptError) {
        try self.init(json: Self.inflate(data, limit: Limits.document))
    }

    static func inflate(_ data: Data, limit: Int) throws(TranscriptError) -> Data {
        var stream = z_stream()
        let opened = inflateInit_(&stream, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        guard opened == Z_OK else { throw .zlib(opened) }
        defer { inflateEnd(&stream) }
        var (output, status) = (Data(), Z_OK)
        data.withUnsafeBytes { (input: UnsafeRawBufferPointer) in
            // zlib reads through the pointer and never writes; C has no const there.
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: Bytef.self))
            stream.avail_in = uInt(clamping: input.count)
            withUnsafeTemporaryAllocation(of: Bytef.self, capacity: 64 << 10) { piece in
                while status == Z_OK, output.count <= limit {
                    stream.next_out = piece.baseAddress
                    stream.avail_out = uInt(piece.count)
                    status = CZlib.inflate(&stream, Z_NO_FLUSH)
                    output.append(contentsOf: piece.prefix(piece.count - Int(stream.avail_out)))
                }
            }
        }
        guard output.count <= limit else { throw .tooLargeDocument(nil) }
        // At the end of the input without that of the stream there is Z_BUF_ERROR.
        guard status == Z_STREAM_END, stream.avail_in == 0 else { throw .zlib(status) }
        return output
    }
}

extension TranscriptError {
    static func tooLargeDocument(_ count: Int?) -> Self {
        Self(
            .tooLarge,
            "a transcript of \(count.map { "\($0) bytes" } ?? "too many bytes"); \(Transcript.Limits.document) are the limit",
            hint: "divide it"
        )
    }

    fileprivate static func zlib(_ status: CInt) -> Self {
        Self(
            .compression,
            "the compressed transcript is damaged (zlib \(status))",
            hint: "restore it, or use another revision"
        )
    }
}
