import ArchiveConfiguration
import Foundation
import Testing

@Suite struct ConfigurationDocumentTests {
    /// A mistake, and the line, column and code that it must get.
    @Test(arguments: [
        // Not a document.
        ("", "1:1 syntax"),
        ("# hanya komentar\n", "1:1 syntax"),
        ("a: [1, 2\nb: 3\n", "2:2 syntax"),
        ("a: {b: 1\n", "2:1 syntax"),
        ("a: \"terbuka\n", "2:1 syntax"),
        ("a: b: c\n", "1:5 syntax"),
        ("a: 1\n  b: 2\n", "2:4 syntax"),
        ("a:\n  b: 1\n c: 2\n", "3:2 syntax"),
        ("- a\nb: 1\n", "2:1 syntax"),
        ("a: @x\n", "1:4 syntax"),
        ("a: \"\\x\"\n", "1:7 syntax"),
        (": 2\n", "1:1 syntax"),
        // Characters.
        ("a:\n\tb: 1\n", "2:1 encoding"),
        ("a: 1\t# x\n", "1:5 encoding"),
        ("é: 1\nb: \u{0}\n", "2:4 encoding"),
        ("a: 1\u{85}b: 2\n", "1:5 encoding"),
        ("a: 1\u{2028}b: 2\n", "1:5 encoding"),
        ("a: x\u{202E}y\n", "1:5 encoding"),
        ("a: 1\n\u{FEFF}b: 2\n", "2:1 encoding"),
        ("a: 1\rb: 2\n", "1:5 encoding"),
        // Keys that stand twice.
        ("a: 1\nb: 2\na: 3\n", "1:1 duplicate-key"),
        ("x:\n  - a: 1\n    \"a\": 3\n", "2:5 duplicate-key"),
        ("x: {a: 1, 'a': 1}\n", "1:5 duplicate-key"),
        ("? [a]\n: 1\n? [a]\n: 2\n", "1:3 duplicate-key"),
        // Keys that are not text.
        ("a: 1\n[b]: 2\n", "2:1 wrong-kind"),
        ("{a: 1}: 2\n", "1:1 wrong-kind"),
        ("a: 1\n? \n: 2\n", "2:2 wrong-kind"),
        ("~: 2\n", "1:1 wrong-kind"),
        ("null: 2\n", "1:1 wrong-kind"),
        // Anchors, aliases, merging, tags, several documents.
        ("a: &x 1\nb: *x\n", "1:4 unsupported"),
        ("a: &x [1]\n", "1:4 unsupported"),
        ("&x a: 1\n", "1:1 unsupported"),
        ("a: {b: &x {c: 1}}\n", "1:8 unsupported"),
        ("a: 1\nb: *x\n", "2:4 unsupported"),
        ("a: 1\n<<: {b: 1}\n", "2:1 unsupported"),
        ("a: !!int 5\n", "1:4 unsupported"),
        ("a: !x {b: 1}\n", "1:4 unsupported"),
        ("a: !!set {b, c}\n", "1:4 unsupported"),
        ("a: !!omap [b: 1]\n", "1:4 unsupported"),
        ("a: !!binary aGFsbw==\n", "1:4 unsupported"),
        ("!!int a: 1\n", "1:1 unsupported"),
        ("a: 1\n---\nb: 1\n", "2:1 unsupported"),
        ("a: 1\n...\n---\nb: 1\n", "3:1 unsupported"),
    ])
    func `what is not plain YAML is refused at its place`(yaml: String, expected: String) {
        #expect(place(mistake(in: yaml)) == expected)
    }

    @Test func `an error is one line with the place first`() {
        let error = mistake(in: "a: 1\nb:\n  - &x\n")
        #expect(error?.description == "policy.yaml:3:5: expected a value without an anchor, found &x")
        #expect(
            mistake(in: "a: [1\n")?.description
                == "policy.yaml:2:1: expected YAML, found a mistake while parsing a flow sequence at 1:4: "
                + "did not find expected ',' or ']'"
        )
        #expect(
            mistake(in: "a: 1\na: 2\n")?.description
                == "policy.yaml:1:1: expected each key once, found “a” again"
        )
    }

    @Test(arguments: [
        "a: 1", "a: 1\n", "---\na: 1\n", "---\na: 1\n...\n", "\u{FEFF}a: 1\n", "a: 1\r\n", "{a: 1}", "{\"a\": 1}\n",
        "# komentar & *catatan*\na: 1 # akhir\n",
    ])
    func `plain YAML is read`(yaml: String) throws {
        let root = try ConfigurationDocument(yaml: yaml, file: "policy.yaml").root
        let number = try root.mapping { mapping throws(ConfigurationError) in
            try mapping.required("a").integer(in: 1...1)
        }
        #expect(number == 1)
        #expect(try ConfigurationDocument(data: Data(yaml.utf8), file: "policy.yaml").root.line == root.line)
    }

    @Test func `places are those of an editor, in lines with CR LF and beyond ASCII too`() {
        let read = { (root: ConfigurationValue) in
            try root.mapping { mapping throws(ConfigurationError) in
                _ = mapping.optional("é")
                _ = try mapping.required("b").boolean()
            }
        }
        #expect(place(mistake(in: "é: {会議: 1}\r\nb: 5\r\n", read)) == "2:4 wrong-value")
        #expect(place(mistake(in: "{é: 会議会議, b: 5}\n", read)) == "1:14 wrong-value")
    }

    @Test(.timeLimit(.minutes(1))) func `a billion laughs end at once, in values and in keys`() {
        let levels = (1...40).map { level in
            "l\(level): &l\(level) [" + Array(repeating: "*l\(level - 1)", count: 10).joined(separator: ", ") + "]\n"
        }
        let laughs = "l0: &l0 [lol]\n" + levels.joined()
        #expect(place(mistake(in: laughs)) == "1:5 unsupported")
        #expect(place(mistake(in: laughs + "? *l40\n: 1\n")) == "1:5 unsupported")
        let few = "a: &a [x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nd: &d [*c, *c, *c]\n? *d\n: 1\n"
        #expect(place(mistake(in: few)) == "1:4 unsupported")
    }

    @Test func `nesting is bounded`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(mistake(in: nested(32)) == nil)
        #expect(place(mistake(in: nested(33))) == "1:33 unsupported")
        for depth in [900, 5000, 400_000] {
            #expect(mistake(in: nested(depth)) != nil)
            #expect(mistake(in: String(repeating: "- ", count: depth)) != nil)
            #expect(mistake(in: String(repeating: "? ", count: depth)) != nil)
            #expect(mistake(in: String(repeating: "{a: ", count: min(depth, 200_000))) != nil)
        }
    }

    @Test func `the size is bounded`() {
        let limit = ConfigurationDocument.maximumByteCount
        let text = "a: " + String(repeating: "x", count: limit - 3)
        #expect(mistake(in: text) == nil)
        #expect(place(mistake(in: text + "x")) == "1:1 too-large")
        let error = #expect(throws: ConfigurationError.self) {
            try ConfigurationDocument(data: Data((text + "x").utf8), file: "policy.yaml")
        }
        #expect(error?.description == "policy.yaml:1:1: expected a file of at most 1 MiB, found 1048577 B")
    }

    @Test(arguments: [
        ([0xFF], "1:1"), ([0x61, 0x0A, 0xC3, 0xA9, 0xC3, 0x28], "2:2"), ([0x61, 0xED, 0xA0, 0x80], "1:2"),
    ])
    func `bytes that are not UTF-8 are refused at their place`(bytes: [UInt8], expected: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try ConfigurationDocument(data: Data(bytes), file: "policy.yaml")
        }
        #expect(place(error) == expected + " encoding")
    }
}
