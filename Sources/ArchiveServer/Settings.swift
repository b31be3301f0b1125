public import ArchiveConfiguration
public import ArchiveCore
import ArchiveInterface
public import Foundation
public import Inspection
public import Transcribing
public import Vault

/// `Config/risalah.yaml`: addresses, limits, time zone.
public struct Settings: Sendable {
    /// The archive's name: in its certificates and as the origin of its log.
    public var name: String
    /// Where it serves.
    public var host: String
    /// Where it serves; 0 lets the kernel choose.
    public var port: Int
    /// Where it answers health questions; nil for nowhere.
    public var health: (host: String, port: Int)?
    /// Where the root key comes from.
    public var rootKey: RootKeyKind
    /// Zone of due dates and of dates without a time.
    public var timeZone: TimeZone
    /// Whether it runs without a second person for grants: for evaluation only.
    public var isSolo: Bool
    /// Bytes of the longest upload.
    public var maximumUpload: Int
    /// Unfinished uploads of everybody together.
    public var maximumUploads: Int
    /// Bytes of the disk that are kept.
    public var reserve: DiskReserve.Sizes
    /// How long a payload that could not become a recording is kept.
    public var quarantine: CalendarDuration
    /// How long the sender of an unfinished upload may be silent before it is closed as far as it came.
    public var silence: CalendarDuration
    /// How long an invite counts.
    public var inviteLifetime: CalendarDuration
    /// How long a request waits for those who have to agree.
    public var requestLifetime: CalendarDuration
    /// The program that is told of new requests.
    public var requestProgram: String?
    /// The process that looks into streams; nil where the service does it itself.
    public var inspection: InspectionElsewhere?
    /// When people are at work; nil where nobody says.
    public var office: OfficeHours?
    /// CAs besides our own whose certificates principals may show.
    public var authorities: [ExternalAuthority]
    /// How often the service proposes and executes destruction by itself; nil for never.
    public var retentionInterval: CalendarDuration?
    /// How often the service reads each payload to see that it is whole; nil for never.
    public var checks: PayloadCheckSchedule?
    /// Who cosigns the log, and how often they are asked.
    public var log: LogPublication
    /// Who can open copies of the vault, and how long backups are kept; nil where none can be made.
    var backup: BackupSettings?
    /// Which engine hears recordings; nil for none here.
    public var transcription: TranscriptionSettings?
    /// How long a connection may stand without progress.
    public var stallLimit: CalendarDuration

    /// A CA that is not the archive's own.
    public struct ExternalAuthority: Sendable, Hashable {
        /// What principals and entries call it.
        public let name: String
        /// Its certificate, PEM or DER.
        public let certificate: String
        /// A list of serial numbers that do not count.
        public let revoked: String?
    }

    /// Reads the settings in `yaml`.
    public init(yaml: String, file: String) throws(ConfigurationError) {
        let root = try ConfigurationDocument(yaml: yaml, file: file).root
        self = try root.mapping { map throws(ConfigurationError) in try Settings(&map) }
    }

    private init(_ map: inout ConfigurationMapping) throws(ConfigurationError) {
        name = try map.required("name").string()
        let listen = try Self.address(map.required("listen"))
        (host, port) = listen
        health = nil
        if let value = map.optional("health"), try value.string() != "none" { health = try Self.address(value) }
        // Archives of before there was a choice say nothing.
        rootKey = try map.optional("keys").map { value throws(ConfigurationError) in try Self.rootKey(value) } ?? .file
        let zone = try map.required("timezone")
        guard let timeZone = TimeZone(identifier: try zone.string()) else {
            throw zone.fail("a time zone, like Asia/Jakarta")
        }
        self.timeZone = timeZone
        office = try map.optional("office").map { value throws(ConfigurationError) in try OfficeHours(value) }
        isSolo = try map.required("solo").boolean()
        (maximumUpload, maximumUploads, quarantine, silence, inviteLifetime, requestLifetime, stallLimit) =
            try map
            .required("limits").mapping { limits throws(ConfigurationError) in
                (
                    try limits.required("upload").byteCount(in: 1...(1 << 50)),
                    try limits.required("uploads").integer(in: 1...1_000_000),
                    try limits.required("quarantine").duration(),
                    try limits.required("silence").duration(),
                    try limits.required("invite").duration(),
                    try limits.required("request").duration(),
                    try limits.required("stall").duration()
                )
            }
        requestProgram = try map.optional("on_request").map { value throws(ConfigurationError) in
            let path = try value.string()
            guard path.hasPrefix("/") else { throw value.fail("the absolute path of a program") }
            return path
        }
        inspection = try map.optional("ingest").map { value throws(ConfigurationError) in
            try value.mapping { ingest throws(ConfigurationError) in
                let socket = try ingest.required("socket")
                let path = try socket.string()
                guard path.hasPrefix("/") else { throw socket.fail("the absolute path of a socket") }
                let user = try ingest.required("user")
                guard let id = HostUser.id(try user.string()) else { throw user.fail("a user of this host") }
                return InspectionElsewhere(path: path, user: id)
            }
        }
        authorities =
            try map.optional("authorities").map { value throws(ConfigurationError) in
                try Self.authorities(value)
            } ?? []
        log =
            try map.optional("log").map { value throws(ConfigurationError) in
                try LogPublication(value)
            } ?? .nobody
        transcription = try map.optional("transcription").map { value throws(ConfigurationError) in
            try TranscriptionSettings(value)
        }
        backup = try map.optional("backup").map { value throws(ConfigurationError) in try BackupSettings(value) }
        let reserves = try map.required("reserve")
        reserve = try reserves.mapping { reserve throws(ConfigurationError) in
            let range = 0...(1 << 50)
            return DiskReserve.Sizes(
                bulk: try reserve.required("bulk").byteCount(in: range),
                live: try reserve.required("live").byteCount(in: range),
                log: try reserve.required("log").byteCount(in: range),
                destruction: try reserve.required("destruction").byteCount(in: range)
            )
        }
        guard reserve.bulk >= reserve.live else {
            throw reserves.fail("bulk of at least live: live streams come before what can be sent later")
        }
        // Else ingest would fill what the log is given back.
        guard reserve.log == 0 || reserve.live >= reserve.log + DiskReserve.tight else {
            throw reserves.fail("live of at least log and \(DiskReserve.tight >> 20) MiB")
        }
        checks = .shipped
        if let value = map.optional("check") {
            checks = (try? value.string()) == "never" ? nil : try PayloadCheckSchedule(value)
        }
        let interval = try map.required("retention_every")
        retentionInterval = try interval.string() == "never" ? nil : try interval.duration()
    }

    private static func authorities(
        _ value: ConfigurationValue
    ) throws(ConfigurationError) -> [ExternalAuthority] {
        var found: [ExternalAuthority] = []
        for item in try value.list() {
            let authority = try item.mapping { one throws(ConfigurationError) in
                let name = try one.required("name")
                let text = try name.string()
                guard text.wholeMatch(of: /[a-z][a-z0-9\-]{0,62}/) != nil, !found.contains(where: { $0.name == text })
                else { throw name.fail("small letters, digits and hyphens, and another name for each authority") }
                return ExternalAuthority(
                    name: text,
                    certificate: try path(one.required("certificate")),
                    revoked: try one.optional("revoked").map { value throws(ConfigurationError) in try path(value) }
                )
            }
            found.append(authority)
        }
        return found
    }

    static func path(_ value: ConfigurationValue) throws(ConfigurationError) -> String {
        let path = try value.string()
        guard path.hasPrefix("/") else { throw value.fail("the absolute path of a file") }
        return path
    }

    private static func rootKey(_ value: ConfigurationValue) throws(ConfigurationError) -> RootKeyKind {
        try value.mapping { keys throws(ConfigurationError) in
            let root = try keys.required("root")
            guard let kind = RootKeyKind(parsing: try root.string(), separator: " ") else {
                throw root.fail("file, passphrase or credential NAME")
            }
            return kind
        }
    }

    private static func address(_ value: ConfigurationValue) throws(ConfigurationError) -> (host: String, port: Int) {
        guard let address = NetworkAddress(try value.string()) else {
            throw value.fail("HOST:PORT, like 0.0.0.0:8443")
        }
        return (address.host, address.port)
    }

    /// The text that `risalahd init` writes.
    static func shipped(
        name: String,
        listen: String,
        health: String,
        isSolo: Bool,
        rootKey: RootKeyKind
    ) -> String {
        """
        # Risalah: this host. Changed values count from the next start.

        name: \(name)                  # in certificates, and the origin of the log
        listen: "\(listen)"            # where people and recorders connect
        health: "\(health)"            # /health/live and /health/ready, plain HTTP; none for nowhere
        timezone: Asia/Jakarta         # of due dates, and of dates without a time
        solo: \(isSolo)                # true: no second person for grants; for evaluation only
        keys:
          root: \(rootKey)                   # file: Config/secrets/root.key; passphrase: root.key.age beside it, asked for
                                       # at the start; credential NAME: of systemd, LoadCredential=NAME:PATH
        limits:
          upload: 16 GiB               # the longest recording
          uploads: 10000               # unfinished uploads at once, of everybody
          quarantine: P30D             # what could not become a recording is kept this long
          silence: PT24H               # an unfinished upload without news is closed after this, as far as it came
          invite: PT24H                # an invite counts this long, once
          request: P7D                 # a request to open a recording waits this long for those who have to agree
          stall: PT1M                  # a connection without progress is cut
        reserve:                       # of the disk that Storage lies on
          bulk: 2 GiB                  # with less free, nothing new is taken but live recordings
          live: 1 GiB                  # with less free, no bytes are taken at all
          log: 64 MiB                  # kept for the log when others have filled the disk
          destruction: 256 MiB         # kept for destroying then; more than Storage/vault.sqlite
        # To look into streams in a process of another user, which has no keys, start
        #   risalahd ingest --socket /run/risalah/ingest.socket --serving USER-OF-THIS-SERVICE
        # as that user, and say here:
        # ingest: { socket: /run/risalah/ingest.socket, user: risalah-ingest }
        # When people are at work, for what auditors ask: in the time zone above. closed: days like 2026-12-25.
        # office: { days: [monday, tuesday, wednesday, thursday, friday], from: "07:30", to: "16:00", closed: [] }
        # A program that is run, without arguments, when somebody asks for what others have to agree to; on its stdin
        # it gets one line of JSON: access, role and persons awaited, expires. Nothing else of ours sends messages.
        # on_request: /usr/local/lib/risalah/tell-approvers
        # CAs besides our own, for principals that were added with --issuer and --external-certificate or --external-san.
        # revoked: serial numbers that do not count, in hexadecimal, one a line; read again when it changes.
        # authorities:
        #   - { name: national, certificate: /etc/risalah/national-ca.pem, revoked: /etc/risalah/national.revoked }
        # Witnesses, which other units run (risalah audit witness): asked this often, and at once where a level of
        # policy.yaml wants cosignatures, to cosign the newest checkpoint of the log. ca: the CA of the witness's TLS.
        # log:
        #   publish_every: PT1M
        #   witnesses:
        #     - { vkey: saksi.example/satu+…, url: "https://saksi.example:8070", ca: /etc/risalah/saksi-ca.pem }
        # risalahd backup DEST copies everything, and the vault to a folder of its own, as age files for the custodians:
        # each makes a key with age-keygen on a machine of theirs. Without them nothing of a backup opens.
        # backup:
        #   custodians: [age1…]        # all age1… or all age1pq1…
        #   vault: /another/disk       # not the one of DEST
        #   vault_keep: P90D           # copies of the vault are deleted after this: what was destroyed before is then gone
        #   catalogues: 14             # so many copies of the catalogue are kept in DEST
        # An engine that makes transcripts of what arrives, up to a level; each runs as a process of its own, without a
        # network, and gets sound in memory. pocketsphinx: Debian's packages, English; whisper: whisper-cli of whisper.cpp
        # and a model of it; command: any program (Docs/transcripts.md). Machines elsewhere: risalah transcriber.
        # transcription:
        #   engine: whisper
        #   model: /var/lib/risalah/ggml-medium.bin
        #   up_to: terbatas            # what is above is only heard by machines that are cleared for it
        #   language: id               # else the engine finds out; languages: { hubungan-luar: en } by unit
        check: { every: P90D, rate: 20 MB }  # the service reads each payload this often, with that many bytes a second at
                                       # most, to see that it is whole; never: only by hand, with risalahd check --deep
        retention_every: P1D           # how often the service destroys what has expired, after the start too; never: only by hand

        """
    }
}

extension Settings {
    /// What the log says of them where they come from a file of this SHA-256, in hex.
    func loaded(digest: String) -> LoadedSettings {
        LoadedSettings(digest: digest, name: name, timezone: timeZone.identifier, office: office)
    }
}
