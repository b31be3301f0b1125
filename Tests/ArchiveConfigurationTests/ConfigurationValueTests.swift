import ArchiveConfiguration
import Testing

@Suite struct ConfigurationValueTests {
    private enum Ending: String, CaseIterable { case destroy, review, permanent }

    @Test(
        arguments: [
            ("no", "no"), ("Yes", "Yes"), ("on", "on"), ("0777", "0777"), ("0x1F", "0x1F"), ("1_000", "1_000"),
            ("12:30", "12:30"), ("2020-01-01", "2020-01-01"), ("2020-01-01 10:00:00", "2020-01-01 10:00:00"),
            ("1.0", "1.0"), ("1e3", "1e3"), (".inf", ".inf"), ("=", "="), ("'null'", "null"), ("\"~\"", "~"),
            ("\" a\"", " a"), ("Rapat é 会議", "Rapat é 会議"), ("a*b & c", "a*b & c"), ("|\n  a\n  b\n", "a\nb\n"),
            (">-\n  a\n  b\n", "a b"), ("[x]", nil), ("{x: 1}", nil), ("", nil), ("null", nil), ("~", nil),
            ("\"\"", nil), ("\"a\\0b\"", nil), ("\"a\\tb\"", nil), ("\"a\\eb\"", nil), ("\"a\\rb\"", nil),
        ] as [(String, String?)]
    )
    func `text is read as it was written`(yaml: String, expected: String?) throws {
        let value = try value(yaml)
        #expect((try? value.string()) == expected)
    }

    @Test(
        arguments: [
            ("0", 0), ("5", 5), ("-5", -5), ("100", 100), ("101", nil), ("-6", nil), ("007", nil), ("0777", nil),
            ("0x10", nil), ("0o7", nil), ("0b1", nil), ("+5", nil), ("1_0", nil), ("1:0", nil), ("5.0", nil),
            ("1e1", nil),
            ("-0", nil), ("--5", nil), ("\"-\"", nil), ("'5'", nil), ("\"5\"", nil), ("", nil), ("[5]", nil),
            ("٥", nil),
            ("５", nil),
            ("99999999999999999999", nil), ("9223372036854775808", nil), ("lima", nil), ("null", nil), ("true", nil),
        ] as [(String, Int?)]
    )
    func `a number is plain decimal within its range`(yaml: String, expected: Int?) throws {
        let value = try value(yaml)
        #expect((try? value.integer(in: -5...100)) == expected)
    }

    @Test func `the whole range of numbers is read`() throws {
        #expect(try value("9223372036854775807").integer(in: .min ... .max) == .max)
        #expect(try value("-9223372036854775808").integer(in: .min ... .max) == .min)
    }

    @Test(
        arguments: [
            ("true", true), ("false", false), ("True", nil), ("TRUE", nil), ("yes", nil), ("no", nil), ("on", nil),
            ("off", nil),
            ("1", nil), ("0", nil), ("'true'", nil), ("", nil), ("[true]", nil),
        ] as [(String, Bool?)]
    )
    func `true and false are the only truths`(yaml: String, expected: Bool?) throws {
        let value = try value(yaml)
        #expect((try? value.boolean()) == expected)
    }

    @Test(
        arguments: [
            ("0 B", 0), ("1 B", 1), ("64 KiB", 65_536), ("64KiB", 65_536), ("'10 GB'", 10_000_000_000), ("1 kB", 1000),
            ("2 MB", 2_000_000), ("3 MiB", 3_145_728), ("1 GiB", 1 << 30), ("1 TB", 1_000_000_000_000),
            ("8 TiB", 1 << 43),
            ("8388607 TiB", 8_388_607 << 40), ("8388608 TiB", nil), ("99999999999999999999 B", nil), ("64", nil),
            ("KiB", nil),
            ("64 kib", nil), ("64 KB", nil), ("64 K", nil), ("64  KiB", nil), ("1.5 GiB", nil), ("-1 B", nil),
            ("+1 B", nil),
            ("064 KiB", nil), ("64 KiB x", nil), ("\"64 KiB \"", nil), ("٦ B", nil), ("", nil), ("[1 B]", nil),
        ] as [(String, Int?)]
    )
    func `a size has its unit`(yaml: String, expected: Int?) throws {
        let value = try value(yaml)
        #expect((try? value.byteCount()) == expected)
    }

    @Test(
        arguments: [
            ("destroy", Ending.destroy), ("'review'", .review), ("permanent", .permanent), ("Destroy", nil),
            ("destroy ", .destroy),
            ("", nil), ("null", nil), ("[destroy]", nil), ("hapus", nil),
        ] as [(String, Ending?)]
    )
    private func `a choice is one of the names`(yaml: String, expected: Ending?) throws {
        let value = try value(yaml)
        #expect((try? value.choice(of: Ending.self)) == expected)
    }

    /// A document, how its key `b` is read, and the whole of the error.
    @Test(arguments: [
        ("b: ya", "boolean", "1:4: expected true or false, found “ya”"),
        ("a: 1\nb:   700", "integer", "2:6: expected a whole number from 1 to 9, found “700”"),
        ("b: [1]", "integer", "1:4: expected a whole number from 1 to 9, found a list"),
        ("b: []", "string", "1:4: expected text, found an empty list"),
        ("b:\n  c: 1", "string", "2:3: expected text, found a mapping"),
        ("b: {}", "list", "1:4: expected a list, found an empty mapping"),
        ("b: x", "list", "1:4: expected a list, found “x”"),
        ("b:\n  - x", "list", "2:3: expected a list of at least 2, found a list"),
        ("b: x", "mapping", "1:4: expected a mapping, found “x”"),
        ("b:", "mapping", "1:3: expected a mapping, found nothing"),
        ("b: ~", "boolean", "1:4: expected true or false, found nothing"),
        ("b: \"\"", "string", "1:4: expected text that is not empty, found “”"),
        ("b: \"x\\ny\\e\"", "string", "1:4: expected text without control characters, found “x y ”"),
        (
            "b: destory", "choice",
            "1:4: expected one of destroy, review, permanent (did you mean destroy?), found “destory”"
        ),
        ("b: hapus", "choice", "1:4: expected one of destroy, review, permanent, found “hapus”"),
        ("b: 2Y", "duration", "1:4: expected an ISO 8601 duration such as P2Y, P14D or PT30S, found “2Y”"),
        ("b: 4 MiB", "byteCount", "1:4: expected a size from 1 KiB to 2 MB, found “4 MiB”"),
        (
            "b: 4", "byteCount",
            "1:4: expected a size with its unit (B, kB, MB, GB, TB, KiB, MiB, GiB, TiB) such as 64 KiB, found “4”"
        ),
        ("b: nanti", "fail", "1:4: expected a day of the week, found “nanti”"),
    ])
    func `a refusal says where, what was expected and what was found`(yaml: String, reader: String, message: String) {
        let error = mistake(in: yaml) { root in
            try root.mapping { mapping throws(ConfigurationError) in
                _ = mapping.optional("a")
                let value = try mapping.required("b")
                switch reader {
                case "boolean": _ = try value.boolean()
                case "integer": _ = try value.integer(in: 1...9)
                case "string": _ = try value.string()
                case "list": _ = try value.list(atLeast: 2)
                case "mapping": try value.mapping { _ in }
                case "choice": _ = try value.choice(of: Ending.self)
                case "duration": _ = try value.duration()
                case "byteCount": _ = try value.byteCount(in: 1024...2_000_000)
                default: throw value.fail("a day of the week")
                }
            }
        }
        #expect(error?.description == "policy.yaml:" + message)
    }

    @Test func `what is shown of a long value is short`() throws {
        let value = try value(String(repeating: "x", count: 5000))
        #expect(value.fail("y").message == "expected y, found “" + String(repeating: "x", count: 60) + "…”")
    }
}
