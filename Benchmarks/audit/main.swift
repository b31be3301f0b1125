// Measures how fast an auditor's questions read a log of a million entries.
//
// Run with optimization: bench-audit [ENTRIES]. Prints the seconds that it takes to read every leaf, to make the report of
// a month of them, and to find everything that the keys of one principal were given.

import ArchiveCore
import ArchiveInterface
import Auditing
import Foundation

private let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000_000

private func id(_ number: Int) -> String {
    var bytes = [UInt8](repeating: 0, count: 16)
    for place in 0..<8 { bytes[place] = UInt8(truncatingIfNeeded: number >> (8 * place)) }
    return Base32.encode(bytes)
}

private func leaf(_ number: Int) throws -> Data {
    // A year of a hundred people who open a hundred thousand recordings.
    let time = Date(timeIntervalSince1970: 1_767_225_600 + Double(number) * 31_536_000 / Double(count))
    let isDelivery = number % 2 == 1
    return try LogEntry(
        time: time,
        actor: id(number / 2 % 100),
        role: "archivist",
        certificate: String(repeating: "0123456789abcdef", count: 4),
        action: isDelivery ? "access.deliver" : "access.open",
        object: id(number / 2 % 100_000),
        label: "rahasia:anggaran",
        decision: number % 50 == 0 ? .refuse : .allow,
        details: isDelivery
            ? ["access": id(number / 2), "form": "sealed"]
            : [
                "access": id(number / 2), "recipient": "x25519", "state": "open", "label-version": "1",
                "expires": Timestamp.text(time),
            ],
        commitments: isDelivery ? [:] : ["purpose": String(repeating: "fedcba9876543210", count: 4)]
    ).leaf()
}

private func measure(_ name: String, _ work: () throws -> Int) rethrows {
    var found = 0
    let time = try ContinuousClock().measure { found = try work() }
    print(name, "\((time / .seconds(1) * 1000).rounded() / 1000) s", "\(found) found", separator: "\t")
}

private let leaves = try (0..<count).map(leaf)
// Decoded anew by each question, as from a copy on the disk.
private let entries = leaves.enumerated().lazy.compactMap { seq, leaf in
    LogEntry(leaf: leaf).map { AuditedEntry(seq: seq, entry: $0) }
}

private let people = (0..<100).compactMap { number in
    PrincipalID(id(number)).map { principal in
        AuditDirectory.Entry(
            principal: principal,
            name: "Person \(number)",
            person: "Person \(number)",
            samePersonAs: principal,
            role: .archivist,
            clearance: Label(Level("rahasia"), compartments: ["anggaran"]),
            unit: "umum",
            state: .active,
            created: Date(timeIntervalSince1970: 1_767_225_600),
            addedBy: "uid:0"
        )
    }
}

private let directory = AuditDirectory(
    archive: "arsip.example",
    timezone: "Asia/Jakarta",
    office: OfficeHours(
        days: [.monday, .tuesday, .wednesday, .thursday, .friday],
        opens: 450,
        closes: 960,
        closed: ["2026-12-25"]
    ),
    levels: ["biasa", "terbatas", "rahasia", "sangat-rahasia"],
    units: ["umum"],
    principals: people
)

measure("leaves") { leaves.count { LogEntry(leaf: $0) != nil } }
measure("report") {
    let zone = TimeZone(identifier: directory.timezone) ?? .gmt
    var report = ReportQuestion(directory, within: Period(month: "2026-11", in: zone) ?? Period())
    report.read(all: entries)
    return ReportPage(report, checkpoint: "", language: .english, made: Date(), purposes: [:]).markup.utf8.count
}
measure("exposure") {
    var exposure = ExposureQuestion(of: id(7))
    exposure.read(all: entries)
    return exposure.deliveries.count
}
