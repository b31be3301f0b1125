import GRDB

/// The schema of archive.sqlite. Constraints live here, not in callers: foreign keys, CHECKs and triggers.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 log") { try $0.execute(sql: log) }
        migrator.registerMigration("1 people") { try $0.execute(sql: people) }
        migrator.registerMigration("1 recordings") { try $0.execute(sql: recordings) }
        migrator.registerMigration("1 accesses") { try $0.execute(sql: accesses) }
        migrator.registerMigration("1 checks") { try $0.execute(sql: checks) }
        migrator.registerMigration("1 holds") { try $0.execute(sql: holds) }
        migrator.registerMigration("1 destruction") { try $0.execute(sql: destruction) }
        migrator.registerMigration("1 expectations") { try $0.execute(sql: expectations) }
        migrator.registerMigration("1 witnesses") { try $0.execute(sql: witnesses) }
        migrator.registerMigration("1 backups") { try $0.execute(sql: backups) }
        migrator.registerMigration("1 transcripts") { try $0.execute(sql: transcripts) }
        migrator.registerMigration("1 companions") { try $0.execute(sql: companions) }
        migrator.registerMigration("1 backdatings") { try $0.execute(sql: backdatings) }
        return migrator
    }

    /// `leaf` is the truth; the columns beside it are an index that verification checks against it. `hash` is a hash of a tile
    /// of level 0; those of the levels above are in `tile_hash` (C2SP tlog-tiles). The first origin is in the vault; `log_origin` has those that the
    /// log was restarted under, each with its first checkpoint and the one of the origin before that the log did not reach.
    private static let log = """
        CREATE TABLE entry (
            seq INTEGER PRIMARY KEY,
            leaf BLOB NOT NULL CHECK (length(leaf) BETWEEN 2 AND 65535),
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            time TEXT NOT NULL,
            actor TEXT NOT NULL,
            action TEXT NOT NULL,
            object TEXT,
            decision TEXT NOT NULL CHECK (decision IN ('allow', 'refuse'))
        ) STRICT;
        CREATE INDEX entry_by_object ON entry (object, seq);
        CREATE INDEX entry_by_actor ON entry (actor, seq);
        CREATE INDEX entry_by_action ON entry (action, seq);
        CREATE TRIGGER entry_never_changes BEFORE UPDATE ON entry
            BEGIN SELECT RAISE(ABORT, 'entries never change'); END;
        CREATE TRIGGER entry_is_never_deleted BEFORE DELETE ON entry
            BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END;
        CREATE TRIGGER entry_follows_the_last BEFORE INSERT ON entry
            WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), -1) + 1 FROM entry)
            BEGIN SELECT RAISE(ABORT, 'an entry follows the last one'); END;
        CREATE TABLE entry_text (
            commitment TEXT NOT NULL,
            seq INTEGER NOT NULL REFERENCES entry (seq),
            field TEXT NOT NULL,
            sealed BLOB NOT NULL,
            PRIMARY KEY (seq, field)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER entry_text_never_changes BEFORE UPDATE ON entry_text
            BEGIN SELECT RAISE(ABORT, 'texts are erased, never changed'); END;
        CREATE TABLE tile_hash (
            level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 7),
            number INTEGER NOT NULL CHECK (number >= 0),
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            PRIMARY KEY (level, number)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER tile_hash_never_changes BEFORE UPDATE ON tile_hash
            BEGIN SELECT RAISE(ABORT, 'hashes of the log never change'); END;
        CREATE TRIGGER tile_hash_is_never_deleted BEFORE DELETE ON tile_hash
            BEGIN SELECT RAISE(ABORT, 'hashes of the log are never deleted'); END;
        CREATE TABLE log_origin (
            begins INTEGER PRIMARY KEY REFERENCES entry (seq),
            origin TEXT NOT NULL UNIQUE,
            checkpoint TEXT NOT NULL,
            superseded TEXT NOT NULL
        ) STRICT;
        CREATE TRIGGER log_origin_never_changes BEFORE UPDATE ON log_origin
            BEGIN SELECT RAISE(ABORT, 'origins of the log never change'); END;
        CREATE TRIGGER log_origin_is_never_deleted BEFORE DELETE ON log_origin
            BEGIN SELECT RAISE(ABORT, 'origins of the log are never deleted'); END;
        CREATE TABLE head (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            size INTEGER NOT NULL,
            checkpoint TEXT NOT NULL,
            state BLOB NOT NULL
        ) STRICT;
        """

    /// `sealed` holds name and person under the directory key; `person` is the keyed digest of the natural person or machine.
    /// `added_by_person` and `asked_by_person` are that of the actor as it was known then: who is which user of the host can
    /// change. `counterpart` is the other of the two that an archive begins with. Names of certificates of other CAs are names of
    /// people: of them only a keyed digest is here.
    private static let people = """
        CREATE TABLE principal (
            id TEXT PRIMARY KEY,
            role TEXT NOT NULL CHECK (role IN
                ('recorder', 'archivist', 'records-manager', 'auditor', 'transcriber', 'administrator')),
            clearance TEXT NOT NULL,
            unit TEXT NOT NULL,
            floor TEXT,
            state TEXT NOT NULL CHECK (state IN ('unconfirmed', 'invited', 'active', 'disabled')),
            starts TEXT,
            ends TEXT,
            added_by TEXT NOT NULL,
            added_by_person BLOB,
            confirmed_by TEXT,
            person BLOB NOT NULL,
            host_user INTEGER UNIQUE,
            counterpart TEXT REFERENCES principal (id),
            created TEXT NOT NULL,
            sealed BLOB NOT NULL
        ) STRICT;
        CREATE INDEX principal_by_person ON principal (person, created, id);
        CREATE INDEX principal_by_age ON principal (created, id);
        CREATE TABLE grant_change (
            principal TEXT PRIMARY KEY REFERENCES principal (id),
            clearance TEXT NOT NULL,
            unit TEXT NOT NULL,
            floor TEXT,
            starts TEXT,
            ends TEXT,
            asked_by TEXT NOT NULL,
            asked_by_person BLOB,
            asked TEXT NOT NULL
        ) STRICT;
        CREATE TABLE external_identity (
            principal TEXT PRIMARY KEY REFERENCES principal (id),
            issuer BLOB NOT NULL CHECK (length(issuer) = 32),
            name BLOB NOT NULL,
            UNIQUE (issuer, name)
        ) STRICT;
        CREATE TABLE invite (
            principal TEXT PRIMARY KEY REFERENCES principal (id),
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            expires TEXT NOT NULL,
            used TEXT,
            refused TEXT
        ) STRICT;
        CREATE TABLE credential (
            certificate TEXT PRIMARY KEY CHECK (length(certificate) = 64),
            key BLOB NOT NULL CHECK (length(key) = 32),
            principal TEXT NOT NULL REFERENCES principal (id),
            not_before TEXT NOT NULL,
            not_after TEXT NOT NULL,
            x25519 TEXT NOT NULL,
            hybrid TEXT NOT NULL,
            issuer BLOB CHECK (length(issuer) = 32),
            authority TEXT,
            replaces TEXT,
            renewed TEXT,
            revoked TEXT
        ) STRICT;
        CREATE INDEX credential_by_principal ON credential (principal);
        """

    /// Describing fields, and their revisions from the first change on, are sealed under the recording's own key and go
    /// with it. `meeting` and `source` are keyed digests of what is sealed there. `needs_approval` says that no list takes it that nobody has approved, whatever its series says. Its time counts from
    /// `counted_from`, where that is not when it was received, and is not over before `extended_until`.
    private static let recordings = """
        CREATE TABLE visibility_class (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            label TEXT NOT NULL,
            unit TEXT NOT NULL,
            UNIQUE (label, unit)
        ) STRICT;
        CREATE TABLE upload (
            id TEXT PRIMARY KEY,
            recording TEXT NOT NULL UNIQUE,
            principal TEXT NOT NULL REFERENCES principal (id),
            state TEXT NOT NULL CHECK (state IN ('receiving', 'stored', 'failed')),
            resumable INTEGER NOT NULL CHECK (resumable IN (0, 1)),
            length INTEGER CHECK (length >= 0),
            durable INTEGER NOT NULL DEFAULT 0 CHECK (durable >= 0),
            acknowledged INTEGER NOT NULL DEFAULT 0 CHECK (acknowledged >= durable),
            became TEXT,
            created TEXT NOT NULL,
            touched TEXT NOT NULL,
            sealed BLOB,
            problem TEXT,
            CHECK ((state = 'failed') = (problem IS NOT NULL)),
            CHECK ((state = 'stored') = (became IS NOT NULL)),
            CHECK (state <> 'stored' OR sealed IS NULL)
        ) STRICT;
        CREATE INDEX upload_by_principal ON upload (principal, state);
        CREATE INDEX upload_by_silence ON upload (touched) WHERE state = 'receiving';
        CREATE TABLE recording (
            id TEXT PRIMARY KEY,
            class INTEGER NOT NULL REFERENCES visibility_class (id),
            label_version INTEGER NOT NULL CHECK (label_version >= 1),
            series TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN
                ('stored', 'incomplete', 'destroying', 'destroyed', 'transferred')),
            sender TEXT NOT NULL REFERENCES principal (id),
            meeting BLOB,
            source BLOB CHECK (length(source) = 32),
            started TEXT,
            received TEXT NOT NULL,
            position TEXT NOT NULL GENERATED ALWAYS AS (coalesce(started, received)) STORED,
            due TEXT NOT NULL,
            counted_from TEXT,
            extended_until TEXT,
            is_permanent INTEGER NOT NULL DEFAULT 0 CHECK (is_permanent IN (0, 1)),
            duration REAL NOT NULL CHECK (duration >= 0),
            loss REAL NOT NULL CHECK (loss >= 0),
            size INTEGER NOT NULL CHECK (size > 0),
            digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
            nonce BLOB NOT NULL UNIQUE CHECK (length(nonce) = 16),
            original_digest BLOB CHECK (length(original_digest) = 32),
            original_nonce BLOB CHECK (length(original_nonce) = 16),
            sealed BLOB,
            revision INTEGER NOT NULL DEFAULT 1 CHECK (revision >= 1),
            needs_approval INTEGER NOT NULL DEFAULT 0 CHECK (needs_approval IN (0, 1)),
            time_index BLOB,
            CHECK ((state IN ('destroyed', 'transferred')) = (sealed IS NULL)),
            CHECK ((original_digest IS NULL) = (original_nonce IS NULL))
        ) STRICT;
        CREATE INDEX recording_by_original_digest ON recording (original_digest) WHERE original_digest IS NOT NULL;
        CREATE INDEX recording_by_original_nonce ON recording (original_nonce) WHERE original_nonce IS NOT NULL;
        CREATE INDEX recording_by_class ON recording (class, position DESC, id DESC);
        CREATE INDEX recording_by_meeting ON recording (meeting, position DESC, id DESC);
        CREATE INDEX recording_by_source ON recording (source, position DESC, id DESC) WHERE source IS NOT NULL;
        CREATE INDEX recording_by_due ON recording (due) WHERE state IN ('stored', 'incomplete');
        CREATE TABLE revision (
            recording TEXT NOT NULL REFERENCES recording (id),
            number INTEGER NOT NULL CHECK (number >= 1),
            principal TEXT NOT NULL REFERENCES principal (id),
            made TEXT NOT NULL,
            sealed BLOB NOT NULL,
            PRIMARY KEY (recording, number)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER revision_never_changes BEFORE UPDATE ON revision
            BEGIN SELECT RAISE(ABORT, 'revisions are kept as they were'); END;
        CREATE TABLE quarantine (
            upload TEXT PRIMARY KEY,
            principal TEXT NOT NULL REFERENCES principal (id),
            reason TEXT NOT NULL,
            bytes INTEGER NOT NULL CHECK (bytes >= 0),
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            since TEXT NOT NULL,
            expires TEXT NOT NULL
        ) STRICT;
        CREATE INDEX quarantine_by_principal ON quarantine (principal);
        """

    /// `purpose` is a keyed digest; `sealed` and `refusal` are texts under the recording's own key and go with it. `entry` is
    /// that of the opening, from the transaction that opened it on.
    private static let accesses = """
        CREATE TABLE access (
            id TEXT PRIMARY KEY,
            recording TEXT NOT NULL REFERENCES recording (id),
            principal TEXT NOT NULL REFERENCES principal (id),
            key BLOB NOT NULL CHECK (length(key) = 32),
            recipient TEXT NOT NULL CHECK (recipient IN ('x25519', 'hybrid')),
            recipient_digest BLOB NOT NULL CHECK (length(recipient_digest) = 32),
            label_version INTEGER NOT NULL,
            purpose BLOB CHECK (length(purpose) = 32),
            sealed BLOB,
            state TEXT NOT NULL CHECK (state IN ('pending', 'open', 'closed', 'refused')),
            asked TEXT NOT NULL,
            opened TEXT,
            entry INTEGER REFERENCES entry (seq),
            expires TEXT NOT NULL,
            refusal BLOB,
            delivered_sealed INTEGER NOT NULL DEFAULT 0 CHECK (delivered_sealed IN (0, 1)),
            delivered_opened INTEGER NOT NULL DEFAULT 0 CHECK (delivered_opened IN (0, 1)),
            span_from INTEGER CHECK (span_from >= 0),
            span_to INTEGER CHECK (span_to > span_from),
            CHECK ((span_from IS NULL) = (span_to IS NULL)),
            CHECK (state <> 'open' OR opened IS NOT NULL),
            CHECK (state NOT IN ('pending', 'refused') OR opened IS NULL)
        ) STRICT;
        CREATE TRIGGER access_keeps_its_span BEFORE UPDATE OF span_from, span_to ON access
            BEGIN SELECT RAISE(ABORT, 'an access opens what was asked for'); END;
        CREATE INDEX access_by_recording ON access (recording);
        CREATE INDEX access_by_principal ON access (principal, asked DESC, id DESC);
        CREATE INDEX access_by_opening ON access (principal, opened);
        CREATE INDEX access_by_expiry ON access (expires) WHERE state IN ('pending', 'open');
        CREATE INDEX access_pending ON access (asked, id) WHERE state = 'pending';
        CREATE TABLE approval (
            access TEXT NOT NULL REFERENCES access (id),
            principal TEXT NOT NULL REFERENCES principal (id),
            person BLOB NOT NULL,
            voice BLOB NOT NULL,
            role TEXT NOT NULL,
            given TEXT NOT NULL,
            PRIMARY KEY (access, person)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX approval_by_principal ON approval (principal);
        CREATE TABLE relabelling (
            id TEXT PRIMARY KEY,
            recording TEXT NOT NULL REFERENCES recording (id),
            label_version INTEGER NOT NULL,
            label TEXT NOT NULL,
            principal TEXT NOT NULL REFERENCES principal (id),
            reason BLOB NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'refused', 'closed')),
            asked TEXT NOT NULL,
            expires TEXT NOT NULL,
            refusal BLOB
        ) STRICT;
        CREATE INDEX relabelling_by_recording ON relabelling (recording);
        CREATE INDEX relabelling_by_principal ON relabelling (principal, asked DESC, id DESC);
        CREATE INDEX relabelling_pending ON relabelling (asked, id) WHERE state = 'pending';
        CREATE TABLE delegation (
            id TEXT PRIMARY KEY,
            principal TEXT NOT NULL REFERENCES principal (id),
            delegate TEXT NOT NULL REFERENCES principal (id),
            starts TEXT NOT NULL,
            ends TEXT NOT NULL,
            CHECK (ends > starts)
        ) STRICT;
        CREATE INDEX delegation_by_delegate ON delegation (delegate, ends);
        CREATE INDEX delegation_by_principal ON delegation (principal, ends);
        """

    /// When the payload of each recording was last read from its first byte to its last; it was checked when it came.
    /// `chunks` of it do not open any more, with `lost` seconds of audio.
    private static let checks = """
        CREATE TABLE payload_check (
            recording TEXT PRIMARY KEY REFERENCES recording (id),
            checked TEXT NOT NULL,
            chunks INTEGER NOT NULL DEFAULT 0 CHECK (chunks >= 0),
            lost REAL CHECK (lost >= 0)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX payload_check_by_time ON payload_check (checked, recording);
        CREATE INDEX payload_check_damaged ON payload_check (recording) WHERE chunks > 0;
        CREATE TRIGGER recording_is_checked_when_it_comes AFTER INSERT ON recording
            BEGIN INSERT INTO payload_check (recording, checked) VALUES (NEW.id, NEW.received); END;
        CREATE TRIGGER recording_is_checked_until_it_goes AFTER UPDATE OF state ON recording
            WHEN NEW.state NOT IN ('stored', 'incomplete', 'destroying')
            BEGIN DELETE FROM payload_check WHERE recording = NEW.id; END;
        """

    /// `meeting` is the keyed digest that recordings have; `settled` says that its absence, or its recording, was seen.
    private static let expectations = """
        CREATE TABLE expectation (
            id TEXT PRIMARY KEY,
            class INTEGER NOT NULL REFERENCES visibility_class (id),
            meeting BLOB NOT NULL CHECK (length(meeting) = 32),
            sealed BLOB NOT NULL,
            starts TEXT NOT NULL,
            ends TEXT NOT NULL,
            principal TEXT NOT NULL REFERENCES principal (id),
            announced TEXT NOT NULL,
            settled INTEGER NOT NULL DEFAULT 0 CHECK (settled IN (0, 1)),
            CHECK (ends > starts),
            UNIQUE (meeting, starts, ends, class)
        ) STRICT;
        CREATE INDEX expectation_by_class ON expectation (class, starts DESC, id DESC);
        CREATE INDEX expectation_unsettled ON expectation (ends, id) WHERE settled = 0;
        """

    /// `witness` is a vkey; `note` is a checkpoint with the signature of the log and this witness's cosignature.
    private static let witnesses = """
        CREATE TABLE cosigned (
            origin TEXT NOT NULL,
            size INTEGER NOT NULL,
            witness TEXT NOT NULL,
            note TEXT NOT NULL,
            PRIMARY KEY (origin, size, witness)
        ) STRICT, WITHOUT ROWID;
        """

    /// The newest backup to each destination. `taken` and `entries` say what is in it.
    private static let backups = """
        CREATE TABLE backup (
            destination TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            taken TEXT NOT NULL,
            entries INTEGER NOT NULL CHECK (entries >= 0),
            ended TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
