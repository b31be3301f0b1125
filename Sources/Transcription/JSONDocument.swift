internal import Foundation

/// A JSON document whose grammar was checked, so that mistakes have a line and nothing is nested without end.
struct JSONDocument {
    /// Whether the value is a list.
    let isList: Bool
    /// Names of the fields of the object, or of the first object of the list.
    let fields: Set<String>
    private let data: Data
    private let hasNonFinite: Bool

    private init(_ scanner: JSONScanner, _ bytes: ArraySlice<UInt8>) {
        isList = bytes.first { !JSONScanner.isSpace($0) } == UInt8(ascii: "[")
        fields = scanner.fields
        data = Data(bytes)
        hasNonFinite = scanner.hasNonFinite
    }

    /// - Parameter allowsNonFinite: whether NaN and Infinity are numbers, as Python writes them.
    init(_ data: Data, allowsNonFinite: Bool = false) throws(TranscriptError) {
        let bytes = [UInt8](try Lines.text(data))
        var scanner = JSONScanner(bytes, allowsNonFinite: allowsNonFinite)
        try scanner.value()
        try scanner.end()
        self.init(scanner, bytes[...])
    }

    /// Values one after the other.
    static func stream(_ data: Data) throws(TranscriptError) -> [JSONDocument] {
        let bytes = [UInt8](try Lines.text(data))
        var (documents, scanner) = ([JSONDocument](), JSONScanner(bytes, allowsNonFinite: false))
        while !scanner.isAtEnd() {
            guard documents.count < Transcript.Limits.segments * 2 else {
                throw TranscriptError(.tooLarge, "too many results", hint: "leave out those that are partial")
            }
            let start = scanner.index
            try scanner.value()
            documents.append(JSONDocument(scanner, bytes[start..<scanner.index]))
        }
        return documents
    }

    /// The value that it spells.
    func decode<Value: Decodable>(_ type: Value.Type) throws(TranscriptError) -> Value {
        let decoder = JSONDecoder()
        // The one thing of JSON5 that the scanner lets pass.
        decoder.allowsJSON5 = hasNonFinite
        do {
            return try decoder.decode(type, from: data)
        } catch let error as DecodingError {
            throw TranscriptError(error)
        } catch let error as TranscriptError {
            throw error
        } catch {
            throw TranscriptError(.syntax, "it is not JSON", hint: "\(error)")
        }
    }
}
