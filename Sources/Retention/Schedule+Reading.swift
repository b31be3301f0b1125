import AccessPolicy
public import ArchiveConfiguration
import ArchiveCore

extension Schedule {
    /// Reads `retention.yaml`.
    ///
    /// - Parameter yaml: the text of the file.
    /// - Parameter file: the name that errors give.
    /// - Throws: at the place of the first mistake, with what was expected there.
    public init(yaml: String, file: String) throws(ConfigurationError) {
        try self.init(ConfigurationDocument(yaml: yaml, file: file))
    }

    /// Reads a `retention.yaml` whose YAML has been parsed.
    ///
    /// - Throws: at the place of the first mistake, with what was expected there.
    public init(_ document: ConfigurationDocument) throws(ConfigurationError) {
        series = try document.root.mapping { (file) throws(ConfigurationError) in
            var series: [Series] = []
            for item in try file.required("series").list(atLeast: 1) {
                series.append(try Self.one(item, taken: series.map(\.code)))
            }
            return series
        }
    }

    private static func one(
        _ value: ConfigurationValue,
        taken: [String]
    ) throws(ConfigurationError) -> Series {
        try value.mapping { (series) throws(ConfigurationError) in
            let code = try code(series.required("code"), taken)
            let name = try name(series.required("name"))
            let active = try series.required("active").duration()
            let place = try series.required("inactive")
            let inactive = try place.duration()
            let fate = try series.required("then")
            let then = try fate.choice(of: Series.Fate.self)
            guard !(isNothing(active) && isNothing(inactive)) || then == .permanent else {
                throw place.fail("active and inactive to be some time together")
            }
            let nonrecord = try series.optional("nonrecord")?.boolean() ?? false
            guard !nonrecord || then != .permanent else {
                throw fate.fail("destroy or review, because nonrecord is true")
            }
            let approval = try approval(series.optional("approval"), nonrecord, then)
            return Series(
                code: code,
                name: name,
                active: active,
                inactive: inactive,
                then: then,
                approval: approval,
                witnesses: try witnesses(series.optional("witnesses"), approval),
                cooling: try series.optional("cooling")?.duration() ?? CalendarDuration(days: 14),
                nonrecord: nonrecord,
                tombstone: try tombstone(series.optional("tombstone"), keep: series.optional("tombstone_keep")),
                senders: try senders(series.optional("senders"), approval)
            )
        }
    }

    /// Classification codes as institutions have them: `rapat`, `HM.02.01`, `KU_1-a`.
    private static func code(
        _ value: ConfigurationValue,
        _ taken: [String]
    ) throws(ConfigurationError) -> String {
        let code = try value.string()
        func isWord(_ character: Character) -> Bool {
            character.isASCII && (character.isLetter || character.isNumber)
        }
        guard code.utf8.count <= 64, let first = code.first, isWord(first),
            code.allSatisfy({ isWord($0) || [".", "-", "_"].contains($0) })
        else {
            throw value.fail("a code of at most 64 letters, digits, dots, hyphens and underscores")
        }
        // Tags and people do not keep to capitals: two codes that differ in nothing else would be mistaken.
        guard !taken.contains(where: { $0.lowercased() == code.lowercased() }) else {
            throw value.fail("each code once, capitals or not")
        }
        return code
    }

    private static func name(_ value: ConfigurationValue) throws(ConfigurationError) -> Series.Name {
        try value.mapping { (name) throws(ConfigurationError) in
            func line(_ key: String) throws(ConfigurationError) -> String {
                let value = try name.required(key)
                let text = try value.string()
                guard text.utf8.count <= 200, !text.contains("\n") else {
                    throw value.fail("one line of at most 200 bytes")
                }
                return text
            }
            return Series.Name(english: try line("en"), indonesian: try line("id"))
        }
    }

    private static func isNothing(_ duration: CalendarDuration) -> Bool {
        // Compared by what is written: P0W and P0D are both no time.
        duration.description == "P0D"
    }

    private static func approval(
        _ value: ConfigurationValue?,
        _ nonrecord: Bool,
        _ then: Series.Fate
    ) throws(ConfigurationError) -> Series.Approval {
        guard let value, try value.choice(of: Series.Approval.self) == .none else { return .required }
        guard nonrecord else { throw value.fail("required, because nonrecord is not true") }
        guard then == .destroy else { throw value.fail("required, because then is not destroy") }
        return .none
    }

    private static func witnesses(
        _ value: ConfigurationValue?,
        _ approval: Series.Approval
    ) throws(ConfigurationError) -> Int {
        guard let value else { return approval == .required ? 2 : 0 }
        let count = try value.integer(in: 0...9)
        guard count == 0 || approval == .required else {
            throw value.fail("0, because approval is none")
        }
        return count
    }

    private enum TombstoneKind: String, CaseIterable { case minimal, descriptive }

    private static func tombstone(
        _ value: ConfigurationValue?,
        keep: ConfigurationValue?
    ) throws(ConfigurationError) -> Series.Tombstone {
        guard let value, try value.choice(of: TombstoneKind.self) == .descriptive else {
            if let keep { throw keep.fail("no tombstone_keep, because tombstone is not descriptive") }
            return .minimal
        }
        guard let keep else { throw value.fail("tombstone_keep beside it, which says how long") }
        let duration = try keep.duration()
        guard !isNothing(duration) else { throw keep.fail("some time") }
        return .descriptive(keep: duration)
    }

    private static func senders(
        _ value: ConfigurationValue?,
        _ approval: Series.Approval
    ) throws(ConfigurationError) -> Set<Role> {
        // DESIGN.md section 1: the roles that can ever send.
        let possible: [Role] = [.recorder, .archivist, .recordsManager]
        guard let value else { return Set(possible) }
        guard approval == .none else { throw value.fail("no senders, because approval is not none") }
        return Set(
            try value.choices(of: Role.self, atLeast: 1) { (role, item) throws(ConfigurationError) in
                guard possible.contains(role) else {
                    throw item.fail("one of " + possible.map(\.rawValue).joined(separator: ", "))
                }
            }
        )
    }
}
