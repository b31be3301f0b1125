extension Schema {
    /// `companion_begun` has a file that is to follow a recording from before it gets its name until the catalogue has it: a file
    /// without a row that is not the one named here is no remainder of a crash.
    static let companions = """
        CREATE TABLE attachment (
            recording TEXT NOT NULL REFERENCES recording (id),
            number INTEGER NOT NULL CHECK (number >= 0),
            principal TEXT NOT NULL REFERENCES principal (id),
            made TEXT NOT NULL,
            size INTEGER NOT NULL CHECK (size > 0),
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            sealed BLOB NOT NULL,
            PRIMARY KEY (recording, number)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER attachment_follows_the_last BEFORE INSERT ON attachment
            WHEN NEW.number IS NOT
                (SELECT coalesce(max(number), -1) + 1 FROM attachment WHERE recording = NEW.recording)
            BEGIN SELECT RAISE(ABORT, 'an attachment follows the last one'); END;
        CREATE TRIGGER attachment_is_of_what_is_kept BEFORE INSERT ON attachment
            WHEN (SELECT state FROM recording WHERE id = NEW.recording) NOT IN ('stored', 'incomplete')
            BEGIN SELECT RAISE(ABORT, 'an attachment is of a recording that is kept'); END;
        CREATE TRIGGER attachment_never_changes BEFORE UPDATE ON attachment
            BEGIN SELECT RAISE(ABORT, 'attachments are kept as they were'); END;
        CREATE TRIGGER attachment_goes_with_its_recording BEFORE DELETE ON attachment
            WHEN (SELECT state FROM recording WHERE id = OLD.recording) NOT IN ('destroyed', 'transferred')
            BEGIN SELECT RAISE(ABORT, 'an attachment goes with its recording'); END;
        CREATE TABLE companion_begun (
            recording TEXT NOT NULL REFERENCES recording (id),
            kind TEXT NOT NULL CHECK (kind IN ('transcript', 'attachment')),
            number INTEGER NOT NULL CHECK (number >= 0),
            size INTEGER NOT NULL CHECK (size > 0),
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            PRIMARY KEY (recording, kind)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER what_is_begun_is_of_what_is_kept BEFORE INSERT ON companion_begun
            WHEN (SELECT state FROM recording WHERE id = NEW.recording) NOT IN ('stored', 'incomplete')
            BEGIN SELECT RAISE(ABORT, 'what is begun is of a recording that is kept'); END;
        CREATE TRIGGER a_transcript_is_begun_no_more AFTER INSERT ON transcript
            BEGIN DELETE FROM companion_begun WHERE recording = NEW.recording AND kind = 'transcript'; END;
        CREATE TRIGGER an_attachment_is_begun_no_more AFTER INSERT ON attachment
            BEGIN DELETE FROM companion_begun WHERE recording = NEW.recording AND kind = 'attachment'; END;
        """
}
