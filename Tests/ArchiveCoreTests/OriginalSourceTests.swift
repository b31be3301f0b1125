import ArchiveCore
import Foundation
import Testing

@Suite("What a recording was made of has one spelling")
struct OriginalSourceTests {
    private static let hex = String(repeating: "0f", count: 32)

    @Test func `what is said is what is read`() throws {
        let text = "sha256:\(Self.hex),9007199254740992,bigbluebutton"
        let source = try OriginalSource(parsing: text)
        #expect(source.sha256.description == Self.hex && source.bytes == 1 << 53 && source.origin == "bigbluebutton")
        #expect(source.text == text)
        #expect(SourceDigest(bytes: Array(repeating: 15, count: 32)) == source.sha256)
        let json = try CanonicalJSON.encode(source)
        #expect(
            String(decoding: json, as: UTF8.self)
                == #"{"bytes":9007199254740992,"origin":"bigbluebutton","sha256":"\#(Self.hex)"}"#
        )
        #expect(try CanonicalJSON.decode(OriginalSource.self, from: json) == source)
    }

    @Test(
        arguments: [
            ("", "is not sha256:HEX,BYTES,ORIGIN"), ("sha256:0f,1,zoom", "64 hexadecimal digits"),
            ("sha1:\(hex),1,zoom", "is not sha256:HEX"), ("sha256:\(hex.uppercased()),1,zoom", "64 hexadecimal digits"),
            ("sha256:\(hex),1", "is not sha256:HEX"), ("sha256:\(hex),1,zoom,", "is not sha256:HEX"),
            ("sha256:\(hex),0,zoom", "a length of 0"), ("sha256:\(hex),-1,zoom", "a length of -1"),
            ("sha256:\(hex),01,zoom", "no number"), ("sha256:\(hex),+1,zoom", "no number"),
            ("sha256:\(hex),9007199254740993,zoom", "a length of"), ("sha256:\(hex),1e3,zoom", "no number"),
            ("sha256:\(hex),1,", "no word"), ("sha256:\(hex),1,Zoom", "no word"), ("sha256:\(hex),1,zo om", "no word"),
            ("sha256:\(hex),1,\(String(repeating: "z", count: 41))", "no word"),
        ]
    )
    func `what is wrong is named`(_ text: String, _ said: String) {
        let error = #expect(throws: ArchiveError.self) { try OriginalSource(parsing: text) }
        #expect(
            error?.code == .badMetadata && error?.message.contains(said) == true,
            "\(text): \(String(describing: error))"
        )
        var submission = Submission()
        #expect(throws: ArchiveError.self) { try submission.set("source", text) }
    }

    @Test func `it is said once, and what is sealed without it opens`() throws {
        var submission = Submission()
        try submission.set("source", "sha256:\(Self.hex),7,list")
        let twice = #expect(throws: ArchiveError.self) { try submission.set("source", "sha256:\(Self.hex),7,list") }
        #expect(twice?.message == "source is given twice")
        let old = #"{"bitrate":1,"captured":1,"channels":1,"findings":[],"participants":[],"title":"t"}"#
        #expect(try CanonicalJSON.decode(DescribingFields.self, from: Data(old.utf8)).source == nil)
        for wrong in [#""bytes":0,"origin":"zoom""#, #""bytes":1,"origin":"Zoom""#] {
            let json = Data("{\(wrong),\"sha256\":\"\(Self.hex)\"}".utf8)
            #expect(throws: DecodingError.self) { try CanonicalJSON.decode(OriginalSource.self, from: json) }
        }
    }
}
