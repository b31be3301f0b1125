extension Schema {
    /// `person` is the keyed digest of who asked, as they were then. `reason` and `refusal` are sealed under a key of the archive: they are
    /// about many recordings. What becomes of each recording is said once; `void` is what could not be counted from when it began.
    static let backdatings = """
        CREATE TABLE backdating (
            id TEXT PRIMARY KEY,
            principal TEXT NOT NULL REFERENCES principal (id),
            person BLOB NOT NULL,
            asked TEXT NOT NULL,
            reason BLOB NOT NULL,
            refusal BLOB
        ) STRICT;
        CREATE INDEX backdating_newest ON backdating (asked DESC, id DESC);
        CREATE INDEX backdating_by_principal ON backdating (principal, asked DESC, id DESC);
        CREATE TRIGGER backdating_keeps_what_it_says
            BEFORE UPDATE OF id, principal, person, asked, reason ON backdating
            BEGIN SELECT RAISE(ABORT, 'a request stays what it is'); END;
        CREATE TRIGGER backdating_is_never_deleted BEFORE DELETE ON backdating
            BEGIN SELECT RAISE(ABORT, 'requests are never deleted'); END;
        CREATE TABLE backdating_item (
            backdating TEXT NOT NULL REFERENCES backdating (id),
            recording TEXT NOT NULL REFERENCES recording (id),
            outcome TEXT NOT NULL DEFAULT 'waiting' CHECK (outcome IN ('waiting', 'granted', 'refused', 'void')),
            PRIMARY KEY (backdating, recording)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX backdating_item_waiting ON backdating_item (backdating, recording) WHERE outcome = 'waiting';
        CREATE TRIGGER backdating_item_begins_waiting BEFORE INSERT ON backdating_item WHEN NEW.outcome <> 'waiting'
            BEGIN SELECT RAISE(ABORT, 'what is asked for waits'); END;
        CREATE TRIGGER backdating_item_keeps_what_it_is BEFORE UPDATE OF backdating, recording ON backdating_item
            BEGIN SELECT RAISE(ABORT, 'an item stays what it is'); END;
        CREATE TRIGGER backdating_item_is_decided_once BEFORE UPDATE OF outcome ON backdating_item
            WHEN OLD.outcome <> 'waiting'
            BEGIN SELECT RAISE(ABORT, 'an item is decided once'); END;
        CREATE TRIGGER backdating_item_is_never_deleted BEFORE DELETE ON backdating_item
            BEGIN SELECT RAISE(ABORT, 'items are never deleted'); END;
        """
}
