import ArchiveConfiguration
import Testing

@Suite struct ConfigurationMappingTests {
    private struct Level: Equatable {
        var name: String
        var approvals: Int
        var lifetime: CalendarDuration?
    }

    /// A reader as the parts of the archive write theirs.
    private func levels(_ root: ConfigurationValue) throws(ConfigurationError) -> [Level] {
        try root.mapping { mapping throws(ConfigurationError) in
            var levels: [Level] = []
            for item in try mapping.required("levels").list(atLeast: 1) {
                levels.append(
                    try item.mapping { level throws(ConfigurationError) in
                        Level(
                            name: try level.required("name").string(),
                            approvals: try level.optional("approvals")?.integer(in: 0...9) ?? 0,
                            lifetime: try level.optional("lifetime")?.duration()
                        )
                    }
                )
            }
            return levels
        }
    }

    @Test func `a mapping is read`() throws {
        let yaml = """
            levels:
              - name: biasa
              - {name: no, approvals: 2, lifetime: P1D}
            """
        let found = try levels(ConfigurationDocument(yaml: yaml, file: "policy.yaml").root)
        #expect(
            found == [Level(name: "biasa", approvals: 0), Level(name: "no", approvals: 2, lifetime: .init(days: 1))]
        )
    }

    @Test(arguments: [
        (
            "levels:\n  - name: biasa\n    aprovals: 2\n", "unknown-key",
            "3:5: expected one of the keys approvals, lifetime, name (did you mean approvals?), found “aprovals”"
        ),
        (
            "levels:\n  - name: biasa\n    warna: merah\n", "unknown-key",
            "3:5: expected one of the keys approvals, lifetime, name, found “warna”"
        ),
        ("levels:\n  - name: biasa\nunits: []\n", "unknown-key", "3:1: expected one of the keys levels, found “units”"),
        ("x: 1\nlevels:\n  - nama: biasa\n", "missing-key", "3:5: expected the key name, found “nama”"),
        ("levels:\n  - approvals: 1\n", "missing-key", "2:5: expected the key name, found a mapping without it"),
        ("units: []\n", "missing-key", "1:1: expected the key levels, found a mapping without it"),
        ("levles: []\n", "missing-key", "1:1: expected the key levels, found “levles”"),
        ("levels: []\n", "wrong-value", "1:9: expected a list of at least 1, found an empty list"),
        ("levels:\n  - name:\n", "wrong-kind", "2:10: expected text, found nothing"),
        // The reader's own refusal comes before that of a key nobody read.
        (
            "levels:\n  - warna: merah\n    name: a\n    approvals: dua\n", "wrong-value",
            "4:16: expected a whole number from 0 to 9, found “dua”"
        ),
    ])
    func `a mistake in a mapping is refused at its place`(yaml: String, code: String, message: String) {
        let error = mistake(in: yaml, levels)
        #expect(error?.description == "policy.yaml:" + message)
        #expect(error?.code.rawValue == code)
    }

    @Test func `a key read twice is read, and named once`() {
        let error = mistake(in: "b: 1\n") { root in
            try root.mapping { mapping in
                _ = mapping.optional("a")
                _ = mapping.optional("a")
            }
        }
        #expect(error?.message == "expected one of the keys a, found “b”")
    }

    @Test func `a mapping whose keys are names keeps their order`() throws {
        let root = try ConfigurationDocument(yaml: "zulu: 1\nno: 2\n2020-01-01: 3\n", file: "policy.yaml").root
        let names = try root.mapping { mapping throws(ConfigurationError) in
            var names: [String] = []
            for (key, value) in mapping.all() {
                names.append("\(try key.string())=\(try value.integer(in: 1...3))")
            }
            return names
        }
        #expect(names == ["zulu=1", "no=2", "2020-01-01=3"])
    }

    @Test func `an empty mapping has nothing to read`() {
        #expect(mistake(in: "{}") { try $0.mapping { _ in } } == nil)
        #expect(
            mistake(in: "a: 1") { try $0.mapping { _ in } }?.description
                == "policy.yaml:1:1: expected no keys, found “a”"
        )
    }
}
