extension Schema {
    /// Of one recording one job at most is under way. `due` is from when a waiting one can be taken, and until when the worker of a
    /// running one has to be heard of again; whoever has `lease` has it. A job makes one revision, or none. `sealed` has what
    /// describes: under the recording's own key, and gone with it.
    ///
    /// `indexing` names recordings of which the index may say something else than the catalogue; every change of one gives it a
    /// new `number`, so that what changes while it is indexed is indexed again. What is only indexed anew is in the `background`: changes
    /// come before it.
    static let transcripts = """
        CREATE TABLE transcription (
            id TEXT PRIMARY KEY,
            recording TEXT NOT NULL REFERENCES recording (id),
            state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
            asked TEXT NOT NULL,
            principal TEXT REFERENCES principal (id),
            sealed BLOB,
            due TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
            lease BLOB CHECK (length(lease) = 16),
            worker TEXT REFERENCES principal (id),
            heard REAL NOT NULL DEFAULT 0 CHECK (heard >= 0),
            problem TEXT,
            ended TEXT,
            CHECK ((state = 'running') = (lease IS NOT NULL)),
            CHECK ((state IN ('done', 'failed', 'cancelled')) = (ended IS NOT NULL)),
            CHECK (state <> 'failed' OR problem IS NOT NULL)
        ) STRICT;
        CREATE UNIQUE INDEX transcription_under_way ON transcription (recording) WHERE state IN ('waiting', 'running');
        CREATE INDEX transcription_by_recording ON transcription (recording, asked);
        CREATE INDEX transcription_by_age ON transcription (asked DESC, id DESC);
        CREATE INDEX transcription_due ON transcription (due, id) WHERE state IN ('waiting', 'running');
        CREATE INDEX transcription_failed ON transcription (ended, id) WHERE state = 'failed';
        CREATE TABLE transcript (
            recording TEXT NOT NULL REFERENCES recording (id),
            revision INTEGER NOT NULL CHECK (revision >= 0),
            job TEXT UNIQUE REFERENCES transcription (id),
            principal TEXT REFERENCES principal (id),
            made TEXT NOT NULL,
            size INTEGER NOT NULL CHECK (size > 0),
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            sealed BLOB NOT NULL,
            PRIMARY KEY (recording, revision),
            CHECK (job IS NOT NULL OR principal IS NOT NULL)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER transcript_follows_the_last BEFORE INSERT ON transcript
            WHEN NEW.revision IS NOT
                (SELECT coalesce(max(revision), -1) + 1 FROM transcript WHERE recording = NEW.recording)
            BEGIN SELECT RAISE(ABORT, 'a revision follows the last one'); END;
        CREATE TRIGGER transcript_is_of_what_is_kept BEFORE INSERT ON transcript
            WHEN (SELECT state FROM recording WHERE id = NEW.recording) NOT IN ('stored', 'incomplete')
            BEGIN SELECT RAISE(ABORT, 'a transcript is of a recording that is kept'); END;
        CREATE TRIGGER transcript_never_changes BEFORE UPDATE ON transcript
            BEGIN SELECT RAISE(ABORT, 'revisions are kept as they were'); END;
        CREATE TRIGGER transcript_goes_with_its_recording BEFORE DELETE ON transcript
            WHEN (SELECT state FROM recording WHERE id = OLD.recording) NOT IN ('destroyed', 'transferred')
            BEGIN SELECT RAISE(ABORT, 'a transcript goes with its recording'); END;
        CREATE TABLE indexing (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            recording TEXT NOT NULL UNIQUE REFERENCES recording (id),
            background INTEGER NOT NULL DEFAULT 0 CHECK (background IN (0, 1))
        ) STRICT;
        CREATE INDEX indexing_by_turn ON indexing (background, number);
        CREATE TRIGGER a_transcript_is_indexed AFTER INSERT ON transcript
            BEGIN INSERT OR REPLACE INTO indexing (recording) VALUES (NEW.recording); END;
        CREATE TRIGGER a_recording_is_indexed AFTER INSERT ON recording
            BEGIN INSERT OR REPLACE INTO indexing (recording) VALUES (NEW.id); END;
        CREATE TRIGGER a_change_is_indexed AFTER UPDATE OF class, sealed, state, started ON recording
            WHEN NEW.class <> OLD.class OR NEW.sealed IS NOT OLD.sealed OR NEW.state <> OLD.state
                OR NEW.started IS NOT OLD.started
            BEGIN INSERT OR REPLACE INTO indexing (recording) VALUES (NEW.id); END;
        """
}
