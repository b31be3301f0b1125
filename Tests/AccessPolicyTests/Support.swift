import AccessPolicy
import ArchiveConfiguration
import ArchiveCore
import Foundation

/// The rows of DESIGN.md section 1, written again: the code is held to these.
let rows: [Role: Set<String>] = [
    .recorder: ["send"],
    .archivist: ["send", "find", "show", "open", "expect", "describe"],
    .recordsManager: [
        "send", "find", "show", "open", "expect", "describe", "relabel", "correct", "hold", "back-date", "propose",
        "approve",
    ],
    .auditor: ["read-log"],
    .transcriber: ["transcribe"],
    .administrator: ["enrol"],
]

/// A policy that is short enough to count its lines and uses everything that a policy can say.
enum SmallPolicy {
    static let lines = [
        "levels:",
        "  - name: low",
        "    sealed_only: false",
        "    purpose: false",
        "    approvals: {count: 0}",
        "    access_lifetime: PT1H",
        "    recipients: any",
        "    index: full",
        "  - name: high",
        "    sealed_only: true",
        "    purpose: true",
        "    approvals: {count: 2, role: records-manager}",
        "    access_lifetime: PT30M",
        "    recipients: hybrid",
        "    index: none",
        "compartments: [red, blue]",
        "units: [one, two]",
        "roles:",
        "  recorder: {actions: [send]}",
        "  archivist: {actions: [send, find, show, open], units: own}",
        "  records-manager: {actions: [show, approve], units: all}",
        "  auditor: {actions: [read-log]}",
        "  transcriber: {actions: [transcribe], units: all}",
        "quotas:",
        "  recorder: {incoming: 1 GB, uploads: 2}",
        "  archivist: {accesses_per_day: 3}",
        "grants:",
        "  second_person_from: high",
    ]

    /// The text with some lines (from 1) replaced; nil leaves one out.
    static func text(_ edits: [Int: String?] = [:]) -> String {
        lines.enumerated().compactMap { index, line in
            edits.keys.contains(index + 1) ? edits[index + 1] ?? nil : line
        }.joined(separator: "\n") + "\n"
    }

    static func policy() throws -> Policy { try Policy(yaml: text(), file: "policy.yaml") }
}

/// The error that reading `yaml` gives, nil where it is accepted.
func mistake(in yaml: String) -> ConfigurationError? {
    do throws(ConfigurationError) {
        _ = try Policy(yaml: yaml, file: "policy.yaml")
        return nil
    } catch {
        return error
    }
}

/// A file of the project's Config folder.
func configuration(_ name: String) throws -> Data {
    let package = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return try Data(contentsOf: package.appending(path: "Config").appending(path: name))
}

/// A principal for tests.
func principal(
    _ role: Role,
    _ clearance: String,
    unit: String = "one",
    state: PrincipalState = .active
) throws -> Principal {
    guard let label = Label(parsing: clearance) else { throw ArchiveError(.badRequest, "no label: \(clearance)") }
    return Principal(id: PrincipalID(), role: role, clearance: label, unit: unit, state: state)
}

/// A visibility class for tests.
func recordings(_ label: String, unit: String = "one") throws -> VisibilityClass {
    guard let label = Label(parsing: label) else { throw ArchiveError(.badRequest, "no label: \(label)") }
    return VisibilityClass(label: label, unit: unit)
}
