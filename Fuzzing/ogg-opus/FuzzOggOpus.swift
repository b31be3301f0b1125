import CLibOgg
import OggOpus

/// Takes any bytes as a stream and as a WAVE file. Nothing may trap, results may not depend on the chunking, and what
/// the validator says of the duration has to be true.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOggOpus(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    take(bytes)
    // No mutation hits a checksum: without this, nothing behind it would be tried.
    var repaired = Array(bytes)
    repairChecksums(&repaired)
    repaired.withUnsafeBytes { take($0) }
    readWave(bytes)
    return 0
}

private func take(_ bytes: UnsafeRawBufferPointer) {
    let whole = judge(bytes, chunk: max(bytes.count, 1))
    let pieces = judge(bytes, chunk: 61)
    precondition(whole == pieces, "the chunking changes the verdict")
    // A stream may hold hours of silence in a few bytes: they need not be written out here.
    if case .success(let stream) = whole, stream.facts.duration < 100, stream.facts.channels <= 8 {
        check(stream)
        excerpt(bytes, of: stream)
        decode(bytes, as: stream)
    }
}

/// Gives every page the checksum that it should have.
private func repairChecksums(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBufferPointer { bytes in
        var start = 0
        while start + 27 <= bytes.count {
            guard bytes[start..<start + 4].elementsEqual("OggS".utf8) else {
                start += 1
                continue
            }
            let headerEnd = start + 27 + Int(bytes[start + 26])
            guard headerEnd <= bytes.count else { return }
            let end = bytes[start + 27..<headerEnd].reduce(headerEnd) { $0 + Int($1) }
            guard end <= bytes.count, let base = bytes.baseAddress else { return }
            var page = ogg_page(
                header: base + start,
                header_len: headerEnd - start,
                body: base + headerEnd,
                body_len: end - headerEnd
            )
            ogg_page_checksum_set(&page)
            start = end
        }
    }
}

private func judge(_ bytes: UnsafeRawBufferPointer, chunk: Int) -> Result<ValidatedStream, OggOpusError> {
    let validator = StreamValidator()
    do throws(OggOpusError) {
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            let end = min(start + chunk, bytes.count)
            try validator.consume(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        }
        return .success(try validator.finish())
    } catch {
        return .failure(error)
    }
}

private func check(_ stream: ValidatedStream) {
    precondition(stream.facts.duration >= 0 && stream.loss >= 0)
    precondition(stream.findings.kept.count <= Findings.capacity)
    precondition(stream.findings.kept.allSatisfy { (0...stream.facts.bytes).contains($0.offset) })
    for (one, next) in zip(stream.index.entries, stream.index.entries.dropFirst()) {
        precondition(one.position <= next.position && one.offset < next.offset)
    }
}

private func decode(_ bytes: UnsafeRawBufferPointer, as stream: ValidatedStream) {
    guard let decoder = try? Decoder(configuration: .init(sampleRate: 8_000, mixesToMono: bytes.count % 2 == 0)) else {
        preconditionFailure("no decoder")
    }
    var count = 0
    guard (try? decoder.decode(bytes, into: { count += $0.count })) != nil else { return }
    try? decoder.finish { count += $0.count }
    precondition(decoder.channels.map { count % $0 == 0 } ?? (count == 0))
    // Links of other durations than whole samples of this rate are rounded up, each on its own.
    let frames = count / (decoder.channels ?? 1)
    let expected = stream.facts.links.reduce(0) { $0 + ($1.samples + 5) / 6 }
    precondition(Int64(frames) == expected, "the decoder gives \(frames) frames, the duration is \(expected)")
}

/// A part of whatever was kept is a stream without damage, as long as it should be.
private func excerpt(_ bytes: UnsafeRawBufferPointer, of stream: ValidatedStream) {
    let from = stream.facts.duration * Double(bytes.count % 7) / 7
    let to = from + Double(bytes.count % 11 + 1) / 3
    var part: [UInt8] = []
    do {
        let excerpt = try Excerpt(
            of: stream.index,
            length: Int64(bytes.count),
            from: from,
            to: to,
            serial: 1
        ) { buffer, offset in
            let rest = UnsafeRawBufferPointer(rebasing: bytes[Int(offset)...].prefix(buffer.count))
            buffer.copyMemory(from: rest)
            return rest.count
        }
        while let piece = try excerpt.next() { part += piece }
    } catch {
        precondition((error as? OggOpusError)?.code == .emptyRange, "\(error)")
        return
    }
    guard case .success(let made) = part.withUnsafeBytes({ judge($0, chunk: max($0.count, 1)) }) else {
        // A fuzzer learns of a mistake by the crash, and keeps the bytes that made it.
        preconditionFailure("the excerpt is no stream")
    }
    // What is missing stays missing, and headers stay as they were.
    let inherited: [Finding.Code] = [.gap, .pageHole, .channelChange, .headerOddity]
    precondition(made.findings.kept.allSatisfy { inherited.contains($0.code) })
    // A packet of 120 ms at either end.
    let expected = min(to, stream.facts.duration) - from
    precondition(abs(made.facts.duration - expected) < 0.25, "\(made.facts.duration) s, not \(expected)")
}

private func readWave(_ bytes: UnsafeRawBufferPointer) {
    var reader = WAVReader()
    guard (try? reader.read(bytes)) != nil else { return }
    try? reader.finish()
}
