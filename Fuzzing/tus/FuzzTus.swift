import ArchiveCore
import ArchiveInterface
import Foundation

/// Takes any bytes as the lines of a tus request's headers. Nothing may trap; what is accepted says one thing only, and
/// what is written back is read as the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTus(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let headers = read(UnsafeRawBufferPointer(start: start, count: count))
    if (try? headers.checkVersion()) != nil { precondition(headers.resumable == "1.0.0") }
    checkNumbers(headers)
    checkChecksum(headers)
    checkMetadata(headers)
    return 0
}

/// `Name: value` in each line; of a name that comes twice the values are joined, as an HTTP library does.
private func read(_ bytes: UnsafeRawBufferPointer) -> UploadHeaders {
    var headers = UploadHeaders()
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
        let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { continue }
        let value = String(decoding: parts[1].drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
        func set(_ field: WritableKeyPath<UploadHeaders, String?>) {
            headers[keyPath: field] = headers[keyPath: field].map { "\($0), \(value)" } ?? value
        }
        switch String(decoding: parts[0], as: UTF8.self).lowercased() {
        case "tus-resumable": set(\.resumable)
        case "content-type": set(\.contentType)
        case "upload-offset": set(\.uploadOffset)
        case "upload-length": set(\.uploadLength)
        case "upload-defer-length": set(\.uploadDeferLength)
        case "upload-checksum": set(\.uploadChecksum)
        case "upload-metadata": set(\.uploadMetadata)
        default: continue
        }
    }
    return headers
}

private func checkNumbers(_ headers: UploadHeaders) {
    func check(_ number: Int, _ text: String?) {
        precondition(number >= 0)
        let digits = (text ?? "").drop { $0 == "0" }
        precondition(String(number) == (digits.isEmpty ? "0" : digits))
    }
    if let offset = try? headers.offset() { check(offset, headers.uploadOffset) }
    if let length = try? headers.length() { check(length, headers.uploadLength) }
    do {
        let announced = try headers.announcedLength()
        precondition((announced == nil) == (headers.uploadDeferLength == "1"))
        if let announced { check(announced, headers.uploadLength) }
    } catch {
        precondition(error.code == .badRequest)
    }
}

private func checkChecksum(_ headers: UploadHeaders) {
    guard let checksum = try? headers.checksum() else { return }
    precondition(checksum.digest.count == (checksum.algorithm == .sha1 ? 20 : 32))
    var again = UploadHeaders()
    again.uploadChecksum = "\(checksum.algorithm.rawValue) \(checksum.digest.base64EncodedString())"
    precondition((try? again.checksum()) == checksum)
}

private func checkMetadata(_ headers: UploadHeaders) {
    guard let submission = try? headers.submission() else { return }
    let size = headers.uploadMetadata?.utf8.count ?? 0
    precondition(size <= 64 << 10)
    let held =
        [
            submission.level, submission.unit, submission.series, submission.title, submission.meeting,
            submission.description,
        ].reduce(0) { $0 + ($1?.utf8.count ?? 0) }
        + (submission.compartments + submission.participants).reduce(0) { $0 + $1.utf8.count }
    precondition(held <= size, "what is held is not more than what came")
    let written = UploadMetadata.text(submission)
    guard let again = try? UploadMetadata.submission(written) else {
        preconditionFailure("\(written) is not read back")
    }
    // Of a time milliseconds are kept.
    precondition(UploadMetadata.text(again) == written)
    var (one, other) = (submission, again)
    one.started = nil
    other.started = nil
    precondition(one == other && (submission.started == nil) == (again.started == nil))
}
