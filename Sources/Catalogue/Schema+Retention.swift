extension Schema {
    /// `matter`, `reason` and `release_reason` are texts under the recording's own key, and go with it.
    static let holds = """
        CREATE TABLE hold (
            id TEXT PRIMARY KEY,
            recording TEXT NOT NULL REFERENCES recording (id),
            batch TEXT NOT NULL,
            matter BLOB NOT NULL,
            reason BLOB NOT NULL,
            principal TEXT NOT NULL REFERENCES principal (id),
            placed TEXT NOT NULL,
            released TEXT,
            released_by TEXT REFERENCES principal (id),
            release_reason BLOB,
            CHECK ((released IS NULL) = (released_by IS NULL)),
            CHECK ((released IS NULL) = (release_reason IS NULL))
        ) STRICT;
        CREATE INDEX hold_by_recording ON hold (recording, placed);
        CREATE INDEX hold_in_force ON hold (recording) WHERE released IS NULL;
        CREATE TRIGGER hold_keeps_what_it_says
            BEFORE UPDATE OF id, recording, batch, matter, reason, principal, placed ON hold
            BEGIN SELECT RAISE(ABORT, 'a hold is placed once and released once'); END;
        CREATE TRIGGER hold_is_released_once BEFORE UPDATE ON hold WHEN OLD.released IS NOT NULL
            BEGIN SELECT RAISE(ABORT, 'a hold is placed once and released once'); END;
        CREATE TRIGGER hold_goes_with_its_recording BEFORE DELETE ON hold
            WHEN (SELECT state FROM recording WHERE id = OLD.recording) NOT IN ('destroyed', 'transferred')
            BEGIN SELECT RAISE(ABORT, 'a hold goes with its recording'); END;
        CREATE TRIGGER a_hold_wins BEFORE UPDATE OF state ON recording
            WHEN NEW.state = 'destroying'
                AND EXISTS (SELECT 1 FROM hold WHERE recording = NEW.id AND released IS NULL)
            BEGIN SELECT RAISE(ABORT, 'a recording on hold is not destroyed'); END;
        """

    /// A list goes on and never back; once it is frozen, neither it nor what stands on it changes: only what becomes of that.
    /// `proposer` is the keyed digest of the person; it and `proposed_by` are absent where the schedule itself proposes.
    /// `witnesses` counts those of the list as it was frozen. A recording stands on one list at most that may still take it.
    /// Texts of statements are sealed under a key of the archive: they outlast the recordings. The title of a tombstone is sealed
    /// under a key of its own, and goes with that when its time is over; where a hold saves the recording, that is at once.
    static let destruction = """
        CREATE TABLE destruction_list (
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL CHECK (kind IN ('destroy', 'transfer', 'withdraw')),
            series TEXT,
            state TEXT NOT NULL DEFAULT 'proposed'
                CHECK (state IN ('proposed', 'frozen', 'done', 'refused', 'cancelled')),
            proposed TEXT NOT NULL,
            proposed_by TEXT REFERENCES principal (id),
            proposer BLOB,
            approved_by TEXT REFERENCES principal (id),
            witnesses INTEGER NOT NULL DEFAULT 0 CHECK (witnesses >= 0),
            frozen TEXT,
            executable TEXT,
            digest BLOB CHECK (length(digest) = 32),
            recorded TEXT,
            ended TEXT,
            CHECK ((kind = 'withdraw') = (series IS NULL)),
            CHECK ((proposed_by IS NULL) = (proposer IS NULL)),
            CHECK ((frozen IS NULL) = (digest IS NULL)),
            CHECK ((frozen IS NULL) = (executable IS NULL)),
            CHECK (state NOT IN ('frozen', 'done') OR frozen IS NOT NULL),
            CHECK (state NOT IN ('proposed', 'refused') OR frozen IS NULL),
            CHECK (frozen IS NULL OR (proposed_by IS NULL) = (approved_by IS NULL)),
            CHECK (approved_by IS NULL OR approved_by <> proposed_by),
            CHECK (recorded IS NULL OR (kind = 'transfer' AND frozen IS NOT NULL)),
            CHECK ((state IN ('done', 'refused', 'cancelled')) = (ended IS NOT NULL))
        ) STRICT;
        CREATE INDEX destruction_list_newest ON destruction_list (proposed DESC, id DESC);
        CREATE INDEX destruction_list_frozen ON destruction_list (executable) WHERE state = 'frozen';
        CREATE TRIGGER destruction_list_begins_proposed BEFORE INSERT ON destruction_list WHEN NEW.state <> 'proposed'
            BEGIN SELECT RAISE(ABORT, 'a list begins as a proposal'); END;
        CREATE TRIGGER destruction_list_goes_on BEFORE UPDATE OF state ON destruction_list
            WHEN NOT ((OLD.state = 'proposed' AND NEW.state IN ('frozen', 'refused', 'cancelled'))
                OR (OLD.state = 'frozen' AND NEW.state IN ('done', 'cancelled')))
            BEGIN SELECT RAISE(ABORT, 'a list goes on, never back'); END;
        CREATE TRIGGER destruction_list_keeps_what_it_is
            BEFORE UPDATE OF id, kind, series, proposed, proposed_by, proposer ON destruction_list
            BEGIN SELECT RAISE(ABORT, 'a list stays what it is'); END;
        CREATE TRIGGER destruction_list_is_frozen
            BEFORE UPDATE OF approved_by, witnesses, frozen, executable, digest ON destruction_list
            WHEN OLD.frozen IS NOT NULL
            BEGIN SELECT RAISE(ABORT, 'a frozen list never changes'); END;
        CREATE TRIGGER destruction_list_is_recorded_once BEFORE UPDATE OF recorded ON destruction_list
            WHEN OLD.recorded IS NOT NULL
            BEGIN SELECT RAISE(ABORT, 'a transfer is recorded once'); END;
        CREATE TRIGGER destruction_list_is_never_deleted BEFORE DELETE ON destruction_list
            BEGIN SELECT RAISE(ABORT, 'lists are never deleted'); END;
        CREATE TABLE destruction_item (
            list TEXT NOT NULL REFERENCES destruction_list (id),
            recording TEXT NOT NULL REFERENCES recording (id),
            series TEXT NOT NULL,
            due TEXT NOT NULL,
            outcome TEXT NOT NULL DEFAULT 'listed' CHECK (outcome IN
                ('listed', 'frozen', 'destroyed', 'transferred', 'skipped', 'struck', 'saved')),
            reason TEXT,
            CHECK ((outcome IN ('skipped', 'struck', 'saved')) = (reason IS NOT NULL)),
            PRIMARY KEY (list, recording)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX destruction_item_by_recording ON destruction_item (recording)
            WHERE outcome IN ('listed', 'frozen', 'destroyed', 'transferred');
        CREATE INDEX destruction_item_frozen ON destruction_item (list) WHERE outcome = 'frozen';
        CREATE TRIGGER destruction_item_joins_a_proposal BEFORE INSERT ON destruction_item
            WHEN NEW.outcome <> 'listed' OR (SELECT state FROM destruction_list WHERE id = NEW.list) IS NOT 'proposed'
            BEGIN SELECT RAISE(ABORT, 'nothing is added to a frozen list'); END;
        CREATE TRIGGER destruction_item_keeps_what_it_is
            BEFORE UPDATE OF list, recording, series, due ON destruction_item
            BEGIN SELECT RAISE(ABORT, 'an item stays what it is'); END;
        CREATE TRIGGER destruction_item_goes_on BEFORE UPDATE OF outcome ON destruction_item
            WHEN NOT ((OLD.outcome = 'listed' AND NEW.outcome IN ('frozen', 'struck', 'skipped'))
                OR (OLD.outcome = 'frozen' AND NEW.outcome IN ('destroyed', 'transferred', 'skipped', 'saved')))
            BEGIN SELECT RAISE(ABORT, 'an item goes on, never back'); END;
        CREATE TRIGGER destruction_item_is_never_deleted BEFORE DELETE ON destruction_item
            BEGIN SELECT RAISE(ABORT, 'items of lists are never deleted'); END;
        CREATE TABLE list_statement (
            list TEXT NOT NULL REFERENCES destruction_list (id),
            number INTEGER NOT NULL CHECK (number >= 1),
            kind TEXT NOT NULL CHECK (kind IN ('proposal', 'opinion', 'letter', 'witness', 'strike', 'approval',
                'refusal', 'cancellation', 'record')),
            principal TEXT NOT NULL REFERENCES principal (id),
            person BLOB NOT NULL,
            made TEXT NOT NULL,
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            sealed BLOB NOT NULL,
            scan BLOB,
            PRIMARY KEY (list, number)
        ) STRICT;
        CREATE TRIGGER list_statement_never_changes BEFORE UPDATE ON list_statement
            BEGIN SELECT RAISE(ABORT, 'statements are kept as they were made'); END;
        CREATE TRIGGER list_statement_is_never_deleted BEFORE DELETE ON list_statement
            BEGIN SELECT RAISE(ABORT, 'statements are kept as they were made'); END;
        CREATE TABLE tombstone (
            recording TEXT PRIMARY KEY REFERENCES recording (id),
            list TEXT NOT NULL REFERENCES destruction_list (id),
            kind TEXT NOT NULL CHECK (kind IN ('destroyed', 'transferred')),
            destroyed TEXT NOT NULL,
            intent INTEGER NOT NULL REFERENCES entry (seq),
            rule TEXT NOT NULL
        ) STRICT;
        CREATE TABLE tombstone_title (
            recording TEXT PRIMARY KEY REFERENCES recording (id),
            sealed BLOB NOT NULL,
            expires TEXT NOT NULL
        ) STRICT;
        CREATE INDEX tombstone_title_by_expiry ON tombstone_title (expires);
        CREATE INDEX tombstone_newest ON tombstone (destroyed DESC, recording DESC);
        CREATE TRIGGER tombstone_title_is_of_what_goes BEFORE INSERT ON tombstone_title
            WHEN (SELECT state FROM recording WHERE id = NEW.recording) IS NOT 'destroying'
            BEGIN SELECT RAISE(ABORT, 'only what is being destroyed gets a tombstone'); END;
        CREATE TRIGGER tombstone_title_never_changes BEFORE UPDATE ON tombstone_title
            WHEN NEW.recording <> OLD.recording OR NEW.sealed <> OLD.sealed OR NEW.expires > OLD.expires
            BEGIN SELECT RAISE(ABORT, 'titles of tombstones are kept as they were, and forgotten'); END;
        CREATE TRIGGER what_is_saved_has_no_tombstone AFTER UPDATE OF state ON recording
            WHEN OLD.state = 'destroying' AND NEW.state IN ('stored', 'incomplete')
            BEGIN UPDATE tombstone_title SET expires = '1970-01-01T00:00:00.000Z' WHERE recording = NEW.id; END;
        CREATE TABLE unscrubbed (
            id INTEGER PRIMARY KEY CHECK (id = 1)
        ) STRICT;
        CREATE TABLE clock_doubt (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            noticed TEXT NOT NULL,
            seconds INTEGER NOT NULL CHECK (seconds > 0)
        ) STRICT;
        CREATE TABLE clock_confirmation (
            person BLOB PRIMARY KEY,
            principal TEXT NOT NULL REFERENCES principal (id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE dated_series (
            code TEXT PRIMARY KEY,
            rule TEXT NOT NULL
        ) STRICT;
        """
}
