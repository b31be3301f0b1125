// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let x509: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioFoundation: Target.Dependency = .product(name: "NIOFoundationCompat", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

/// A part of Risalah; arrows run one way: core ← mechanisms ← flow ← shells.
func part(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

func benchmark(_ name: String, _ folder: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name,
        dependencies: dependencies,
        path: "Benchmarks/\(folder)",
        swiftSettings: settings
    )
}

/// Entry points for libFuzzer; Fuzzing/README.md says how they are built and run.
func fuzzing(_ name: String, _ folder: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(
        name: name,
        dependencies: dependencies,
        path: "Fuzzing/\(folder)",
        exclude: ["tus", "transcript"].contains(folder) ? ["\(folder).dict"] : [],
        swiftSettings: settings
    )
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: dependencies + ["TestSupport"], swiftSettings: settings)
}

let package = Package(
    name: "risalah",
    products: [
        .executable(name: "risalahd", targets: ["risalahd"]),
        .executable(name: "risalah", targets: ["risalah"]),
        .executable(name: "risalah-engine", targets: ["risalah-engine"]),
        .library(name: "FuzzAgeHeader", type: .static, targets: ["FuzzAgeHeader"]),
        .library(name: "FuzzAgePayload", type: .static, targets: ["FuzzAgePayload"]),
        .library(name: "FuzzOggOpus", type: .static, targets: ["FuzzOggOpus"]),
        .library(name: "FuzzTus", type: .static, targets: ["FuzzTus"]),
        .library(name: "FuzzTranscript", type: .static, targets: ["FuzzTranscript"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates.git", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2"),
        .package(url: "https://github.com/apple/swift-system.git", from: "1.6.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibOgg", pkgConfig: "ogg", providers: [.apt(["libogg-dev"])]),
        .systemLibrary(name: "CLibOpus", pkgConfig: "opus", providers: [.apt(["libopus-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CLibStemmer", providers: [.apt(["libstemmer-dev"])]),

        .target(name: "CLinux"),

        part("ArchiveCore", ["CLinux"]),
        part("ArchiveConfiguration", [yams]),

        part("Age", [crypto, cryptoExtras]),
        part("OggOpus", ["CLibOgg", "CLibOpus"]),
        part("TransparencyLog", [crypto]),
        part("DurableSQLite", ["ArchiveCore", grdb, sqlite]),
        part("BlobStore", ["ArchiveCore"]),
        part("Vault", ["ArchiveCore", "Age", "DurableSQLite", crypto, grdb]),
        part("Catalogue", ["ArchiveCore", "DurableSQLite", grdb]),
        part("BlindIndex", ["ArchiveCore", "DurableSQLite", "CLibStemmer", crypto, grdb, sqlite]),
        part("AccessPolicy", ["ArchiveCore", "ArchiveConfiguration"]),
        part("Transcription", ["ArchiveCore", "CLinux", "CZlib", subprocess, systemPackage]),

        part("Inspection", ["ArchiveCore", "Age", "OggOpus", "CLinux"]),
        part("AuditLog", ["ArchiveCore", "TransparencyLog", "Vault", "Catalogue", crypto]),
        part(
            "Ingest",
            [
                "ArchiveCore", "Age", "OggOpus", "Inspection", "BlobStore", "Vault", "Catalogue", "AccessPolicy",
                "AuditLog", "Retention", crypto,
            ]
        ),
        part(
            "Retrieval",
            [
                "ArchiveCore", "ArchiveConfiguration", "Age", "OggOpus", "BlobStore", "Vault", "Catalogue",
                "AccessPolicy", "AuditLog", "Retention", crypto,
            ]
        ),
        part(
            "Retention",
            ["ArchiveCore", "ArchiveConfiguration", "BlobStore", "Vault", "Catalogue", "AccessPolicy", "AuditLog"]
        ),

        part("Transcribing", ["ArchiveCore", "ArchiveConfiguration", "OggOpus", "Transcription"]),
        part(
            "Transcripts",
            [
                "ArchiveCore", "Age", "BlobStore", "Vault", "Catalogue", "AccessPolicy", "AuditLog", "Retention",
                "Retrieval", "Transcription", crypto,
            ]
        ),

        part(
            "Attachments",
            [
                "ArchiveCore", "Age", "BlobStore", "Vault", "Catalogue", "AccessPolicy", "AuditLog", "Retention",
                "Retrieval", crypto,
            ]
        ),

        part(
            "Search",
            [
                "ArchiveCore", "Age", "BlindIndex", "Vault", "Catalogue", "AccessPolicy", "AuditLog", "Retention",
                "Retrieval",
                "Transcription", "Transcripts",
            ]
        ),

        part(
            "Preservation",
            [
                "ArchiveCore", "Age", "OggOpus", "Transcription", "BlobStore", "Vault", "Catalogue", "AuditLog", crypto,
            ]
        ),

        part("ArchiveInterface", ["ArchiveCore"]),
        part("Auditing", ["ArchiveCore", "ArchiveInterface", "CLinux", "TransparencyLog", crypto]),
        part(
            "Witnessing",
            [
                "ArchiveCore", "TransparencyLog", crypto, logging, nioCore, nioPosix, nioFoundation, nioSSL,
                nioHTTP1, httpTypes, hummingbird, hummingbirdCore, hummingbirdTLS, lifecycle, httpClient,
            ]
        ),
        part(
            "ArchiveServer",
            [
                "ArchiveCore", "ArchiveInterface", "Age", "OggOpus", "ArchiveConfiguration", "BlobStore", "Vault",
                "Catalogue", "AccessPolicy", "TransparencyLog", "Witnessing", "AuditLog", "Auditing", "Inspection",
                "Ingest", "Retrieval", "Retention", "Preservation", "Transcription", "Transcribing", "Transcripts",
                "Attachments", "BlindIndex", "Search", crypto, x509, asn1, logging, nioCore, nioPosix,
                nioFoundation, nioSSL, nioHTTP1, httpTypes,
                hummingbird, hummingbirdCore, hummingbirdTLS, lifecycle,
            ],
            resources: [.embedInCode("openapi.yaml")]
        ),
        part(
            "ArchiveClient",
            [
                "ArchiveCore", "CLinux", "ArchiveInterface", "Auditing", "TransparencyLog", "Age", "OggOpus",
                "Transcription", "Transcribing", crypto, x509, asn1, nioCore,
                nioPosix, nioFoundation, nioSSL, nioHTTP1, httpClient,
            ]
        ),
        part(
            "Importing",
            ["ArchiveCore", "ArchiveInterface", "ArchiveClient", "Age", "CLinux", "OggOpus", "Transcription", crypto]
        ),
        part("CommandShell", ["ArchiveCore", "ArchiveInterface", arguments]),
        program(
            "risalahd",
            [
                "ArchiveCore", "ArchiveInterface", "Vault", "Auditing", "ArchiveServer", "ArchiveClient",
                "Inspection", "Age", "OggOpus", "CommandShell", "CLinux", arguments, logging,
            ]
        ),
        program(
            "risalah",
            [
                "ArchiveCore", "ArchiveInterface", "ArchiveClient", "Importing", "Auditing", "Witnessing",
                "TransparencyLog", "Age", "OggOpus", "ArchiveConfiguration", "Transcription", "Transcribing",
                "CommandShell", arguments, crypto, logging,
            ]
        ),
        program("risalah-engine", ["CLinux"]),
        benchmark("bench-age-stream", "age-stream", ["Age", crypto]),
        benchmark("bench-ogg-validate", "ogg-validate", ["OggOpus"]),
        benchmark("bench-encode", "encode", ["OggOpus"]),
        benchmark("bench-index", "index", ["ArchiveCore", "BlindIndex", "DurableSQLite", grdb]),
        benchmark(
            "bench-transcribe",
            "transcribe",
            ["ArchiveCore", "OggOpus", "Transcription", "Transcribing", "TestSupport"]
        ),
        fuzzing("FuzzAgeHeader", "age-header", ["Age"]),
        fuzzing("FuzzAgePayload", "age-payload", ["Age"]),
        fuzzing("FuzzOggOpus", "ogg-opus", ["OggOpus"]),
        fuzzing("FuzzTus", "tus", ["ArchiveCore", "ArchiveInterface"]),
        fuzzing("FuzzTranscript", "transcript", ["ArchiveCore", "Transcription"]),
        part(
            "ArchiveTesting",
            [
                "ArchiveCore", "Age", "OggOpus", "Inspection", "BlobStore", "Vault", "Catalogue", "AccessPolicy",
                "ArchiveConfiguration", "AuditLog", "Ingest", "Retrieval", "Retention", "Transcripts", "Attachments",
                "Search",
                "Preservation",
                nioCore, nioPosix,
            ]
        ),

        .target(
            name: "TestSupport",
            dependencies: ["ArchiveCore"],
            path: "Tests/TestSupport",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "torture",
            dependencies: [
                "AccessPolicy", "Age", "ArchiveClient", "ArchiveCore", "ArchiveInterface", "ArchiveServer",
                "ArchiveTesting", "Auditing", "OggOpus", "TestSupport", "TransparencyLog",
                "Transcription", "Vault", arguments, crypto, logging,
            ],
            path: "Tests/Torture",
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        tests("ArchiveCore", ["ArchiveCore", "ArchiveTesting"]),
        tests("Age", ["Age", "CZlib", crypto]),
        tests("OggOpus", ["OggOpus", "ArchiveTesting"]),
        tests("Inspection", ["Inspection", "ArchiveCore", "Age", "OggOpus", "ArchiveTesting"]),
        tests("TransparencyLog", ["TransparencyLog", crypto]),
        tests(
            "Witnessing",
            [
                "Witnessing", "TransparencyLog", "ArchiveCore", "ArchiveTesting", crypto, logging, nioCore, httpTypes,
                hummingbird,
            ]
        ),
        tests("ArchiveInterface", ["ArchiveInterface", "ArchiveCore"]),
        tests(
            "Auditing",
            ["Auditing", "ArchiveCore", "ArchiveInterface", "ArchiveTesting", "TransparencyLog", crypto]
        ),
        tests("ArchiveConfiguration", ["ArchiveConfiguration"]),
        tests(
            "Transcripts",
            [
                "Transcripts", "Transcription", "Retrieval", "Retention", "Ingest", "AccessPolicy", "AuditLog",
                "Catalogue", "Vault", "BlobStore", "ArchiveCore", "ArchiveTesting", grdb,
            ]
        ),
        tests(
            "Attachments",
            [
                "Attachments", "Preservation", "Retrieval", "Retention", "Ingest", "AccessPolicy", "AuditLog",
                "Catalogue", "Vault", "BlobStore", "Age", "ArchiveCore", "ArchiveTesting", grdb,
            ]
        ),
        tests(
            "Search",
            [
                "Search", "BlindIndex", "Ingest", "Preservation", "Transcripts", "Transcription", "Retrieval",
                "Retention",
                "AccessPolicy",
                "AuditLog", "Catalogue", "Vault", "ArchiveCore", "ArchiveTesting", grdb, sqlite,
            ]
        ),
        tests("BlobStore", ["BlobStore", "ArchiveCore", "ArchiveTesting"]),
        tests("Vault", ["Vault", "Age", "ArchiveCore", "ArchiveTesting", "DurableSQLite", grdb]),
        tests(
            "Catalogue",
            ["Catalogue", "AuditLog", "Vault", "Ingest", "ArchiveCore", "ArchiveTesting", "DurableSQLite", grdb]
        ),
        tests(
            "AuditLog",
            [
                "AuditLog", "Auditing", "Catalogue", "Vault", "TransparencyLog", "Ingest", "Retention", "Retrieval",
                "ArchiveCore", "ArchiveTesting", crypto, grdb,
            ]
        ),
        tests(
            "Ingest",
            [
                "Ingest", "Retrieval", "Retention", "AccessPolicy", "AuditLog", "Catalogue", "Vault", "BlobStore",
                "Age",
                "OggOpus", "ArchiveCore", "ArchiveConfiguration", "ArchiveTesting", grdb,
            ]
        ),
        tests(
            "Retrieval",
            [
                "Retrieval", "Ingest", "Retention", "AccessPolicy", "AuditLog", "Catalogue", "Vault", "ArchiveCore",
                "ArchiveTesting", "TransparencyLog",
                grdb,
            ]
        ),
        tests(
            "ArchiveServer",
            [
                "ArchiveServer", "ArchiveInterface", "ArchiveClient", "ArchiveCore", "ArchiveTesting", "AccessPolicy",
                "Age", "ArchiveConfiguration", "AuditLog", "Catalogue", "OggOpus", "TransparencyLog", "Witnessing",
                "Vault", "Transcripts", "Transcription",
                "Ingest", "Retrieval", "risalah", "risalahd", crypto, nioCore, nioPosix, hummingbird, httpTypes,
                logging,
            ]
        ),
        tests("BlindIndex", ["BlindIndex", "ArchiveCore", "ArchiveTesting", grdb]),
        tests("AccessPolicy", ["AccessPolicy", "ArchiveCore", "ArchiveConfiguration", "ArchiveTesting"]),
        tests(
            "Importing",
            [
                "Importing", "ArchiveClient", "ArchiveInterface", "ArchiveCore", "ArchiveTesting", "Age",
                "risalah-engine",
            ]
        ),
        tests("Transcribing", ["Transcribing", "Transcription", "OggOpus", "ArchiveCore", "ArchiveTesting"]),
        tests("Transcription", ["Transcription", "ArchiveCore", "ArchiveTesting", "risalah-engine"]),
        tests(
            "Retention",
            [
                "Retention", "ArchiveTesting", "Attachments", "Ingest", "Retrieval", "Transcripts", "Transcription",
                "Catalogue",
                "Vault", "BlobStore", "AuditLog", "OggOpus", "Age", "ArchiveCore", "ArchiveConfiguration", grdb,
            ]
        ),
        tests(
            "Preservation",
            [
                "Preservation", "ArchiveTesting", "Attachments", "Ingest", "Retention", "Retrieval", "Transcripts",
                "Transcription",
                "Catalogue", "Vault", "BlobStore", "AuditLog", "Age", "OggOpus", "ArchiveCore", crypto, grdb,
            ]
        ),
        tests(
            "ArchiveClient",
            [
                "ArchiveClient", "ArchiveCore", "ArchiveInterface", "ArchiveTesting", "Auditing", "CommandShell", "Age",
                "OggOpus", "TransparencyLog", "risalah", crypto, x509, asn1,
                nioCore, nioPosix, nioSSL, nioHTTP1,
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
