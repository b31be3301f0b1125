import ArchiveCore
import Foundation
import Testing

@testable import BlindIndex

/// How texts are taken apart, and which words are one.
@Suite struct AnalysisTests {
    private let analyzer = TextAnalyzer()

    private func words(_ text: String) -> [String] { analyzer.foldedWords(of: text) }

    private func stem(_ word: String, _ language: StemmedLanguage) -> String {
        analyzer.folded(analyzer.stem(analyzer.number(ofFolded: word), language))
    }

    @Test(arguments: [
        ("Rapat dibuka pukul 09.30, oleh Ketua.", ["rapat", "dibuka", "pukul", "09.30", "oleh", "ketua"]),
        ("rapat-rapat undang_undang", ["rapat", "rapat", "undang", "undang"]),
        ("Jum'at, Ma’ruf dan Qur‘an", ["jumat", "maruf", "dan", "quran"]),
        ("'quoted' rock'n'roll 'tis", ["quoted", "rocknroll", "tis"]),
        ("the minister's don't", ["the", "ministers", "dont"]),
        ("Rp1.000.000 dan 2,5 triliun; 3, 4. A.B.", ["rp1.000.000", "dan", "2.5", "triliun", "3", "4", "a", "b"]),
        ("Café ÉCLAIR naïve Łódź Straße", ["cafe", "eclair", "naive", "łodz", "strasse"]),
        ("Cafe\u{301} e\u{301}clair", ["cafe", "eclair"]),
        ("co\u{AD}operate a\u{200D}b", ["cooperate", "ab"]),
        ("会議の議事録", ["会", "議", "の", "議", "事", "録"]),
        ("rapat👍🏽anggaran 👨‍👩‍👧 ", ["rapat", "anggaran"]),
        ("ﬁnance ＡＢＣ １２", ["finance", "abc", "12"]),
        ("ПРИВЕТ Мир", ["привет", "мир"]),
        ("", []), ("— … !? \u{301}", []), ("a", ["a"]),
    ]) func textsAreTakenApart(text: String, expected: [String]) {
        #expect(words(text) == expected)
        // What was remembered of the first time does not change the second.
        #expect(words(text) == expected)
    }

    @Test func placesAreOffsetsIntoTheText() {
        let text = "Été — Jum'at, 2,5 会議!"
        var found: [TextAnalyzer.Word] = []
        analyzer.append(wordsOf: text, to: &found)
        let bytes = Array(text.utf8)
        let written = found.map { String(decoding: bytes[Int($0.start)..<Int($0.end)], as: UTF8.self) }
        #expect(written == ["Été", "Jum'at", "2,5", "会", "議"])
    }

    @Test func bytesThatAreNoTextPartWords() {
        let bytes: [UInt8] = [0x61, 0xFF, 0x62, 0xC3, 0x20, 0xE4, 0xBC]
        bytes.withUnsafeBufferPointer { bytes in
            var scanner = WordScanner(bytes)
            var found: [[UInt8]] = []
            while let word = scanner.next() { found.append(Array(bytes[word.start..<word.end])) }
            #expect(found == [[0x61], [0x62]])
        }
    }

    @Test(arguments: [
        ["anggaran", "dianggarkan", "menganggarkan", "penganggaran"],
        ["keputusan", "memutuskan", "diputuskan"],
        ["pertahanan", "bertahan", "mempertahankan"],
        ["persenjataan", "senjata"],
    ]) func indonesianFormsShareAStem(forms: [String]) {
        #expect(Set(forms.map { stem($0, .indonesian) }).count == 1)
        #expect(Set(forms.map { stem($0, .english) }).count == forms.count)
    }

    @Test(arguments: [["running", "runs", "run"], ["meetings", "meeting"], ["ministers", "minister"]])
    func englishFormsShareAStem(forms: [String]) {
        #expect(Set(forms.map { stem($0, .english) }).count == 1)
    }

    @Test func languagesHaveTheirStemmers() {
        #expect(Analysis(language: "id") == .indonesian)
        #expect(Analysis(language: "id-ID") == .indonesian)
        #expect(Analysis(language: "EN_gb") == .english)
        #expect(Analysis(language: nil) == .both)
        #expect(Analysis(language: "und") == .both)
        #expect(Analysis(language: "jv") == .none)
        #expect(Analysis(language: "") == .both)
    }

    @Test func manyWordsKeepTheirNumbers() {
        var table = WordTable()
        let words = (0..<50_000).map { Array("kata\($0)".utf8) }
        let numbers = words.map { word in word.withUnsafeBufferPointer { table.number(of: $0) } }
        #expect(numbers == (0..<50_000).map { Int32($0) })
        for (word, number) in zip(words, numbers) {
            #expect(word.withUnsafeBufferPointer { table.number(of: $0) } == number)
            #expect(table.withBytes(of: number) { Array($0) } == word)
        }
        #expect(table.count == 50_000)
    }

    @Test func whatIsForgottenIsLearntAgain() {
        let before = words("Menteri Éclair anggaran")
        analyzer.forget()
        #expect(analyzer.count == 0)
        #expect(words("Menteri Éclair anggaran") == before)
        #expect(stem("dianggarkan", .indonesian) == "anggar")
    }

    @Test func tokensDifferByKeyKindAndAnalysis() {
        let hashers = (0..<2).map { _ in TermHasher(key: SecretBytes(randomCount: 32)) }
        var tokens: [String] = []
        Array("rapat".utf8).withUnsafeBufferPointer { word in
            for hasher in hashers {
                tokens += Analysis.allCases.map { hasher.word(word, in: $0).text }
                tokens += StemmedLanguage.allCases.map { hasher.stem(word, $0).text }
                tokens.append(hasher.boundary.text)
            }
        }
        #expect(Set(tokens).count == 14)
        for token in tokens {
            #expect(token.utf8.count == 16)
            #expect(token.allSatisfy { "abcdefghijklmnopqrstuvwxyz234567".contains($0) })
        }
    }

    @Test func numberListsComeBack() {
        var generator = SystemRandomNumberGenerator()
        for count in [0, 1, 2, 1000] {
            let numbers = (0..<count).map { _ in Int64.random(in: 0..<1 << 40, using: &generator) }.sorted()
            var read: [Int64] = []
            NumberList.forEach(in: NumberList.encode(numbers)) { read.append($0) }
            #expect(read == numbers)
        }
    }
}
