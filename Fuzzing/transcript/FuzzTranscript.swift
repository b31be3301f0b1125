import ArchiveCore
import Foundation
import Transcription

/// Takes any bytes as a transcript: as what it is taken for, and as every other format. Nothing may trap; what is read can
/// be written in every format, and is read back as the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTranscript(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let data = Data(UnsafeRawBufferPointer(start: start, count: count))
    do throws(TranscriptError) {
        _ = try TranscriptFormat.detect(data)
    } catch {
        check(error)
    }
    for format in TranscriptFormat.allCases {
        do throws(TranscriptError) {
            check(try format.parse(data))
        } catch {
            check(error)
        }
    }
    if let transcript = try? Transcript(compressed: data) { check(transcript) }
    return 0
}

// A trap is how libFuzzer hears of a finding: here, and nowhere in the product, a broken rule is to end the process.

private func check(_ error: TranscriptError) {
    precondition(!error.reason.isEmpty && !error.hint.isEmpty)
    if case .line(let line) = error.place { precondition(line > 0) }
}

private func check(_ transcript: Transcript) {
    guard let json = try? TranscriptFormat.json.write(transcript),
        (try? TranscriptFormat.json.parse(json)) == transcript,
        let compressed = try? transcript.compressed(), (try? Transcript(compressed: compressed)) == transcript
    else { preconditionFailure("the JSON is not read back") }
    for format in TranscriptFormat.writable where format != .json {
        guard let document = try? format.write(transcript), let again = try? format.parse(document),
            let completed = try? again.completed(from: transcript), let repeated = try? format.write(again)
        else { preconditionFailure("\(format) is not read back") }
        precondition(
            again.segments.count == transcript.segments.count
                && zip(again.segments, transcript.segments).allSatisfy {
                    $0.start == $1.start && $0.end == $1.end && $0.speaker == $1.speaker && $0.text == $1.text
                },
            "\(format) is read as another transcript"
        )
        // What a guard has found is a comment in the form that people edit.
        precondition(format == .txt || repeated == document)
        precondition(TranscriptDifference(from: transcript, to: completed).isEmpty)
    }
    let minutes = Minutes(
        transcript,
        heading: .init(title: transcript.segments.first?.text, timeZone: .gmt, label: transcript.speakers.first ?? "a"),
        language: .indonesian
    )
    for form in Minutes.Form.allCases { precondition(!minutes.document(form).isEmpty) }
}
