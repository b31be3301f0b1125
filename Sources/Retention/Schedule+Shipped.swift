extension Schedule {
    /// The `retention.yaml` that `risalahd init` writes; the same as `Config/retention.yaml`, byte for byte.
    public static let shipped = """
        # How long recordings are kept, and what becomes of them then (jadwal retensi arsip).
        #
        # Read when the archive starts and at SIGHUP; a mistake is refused, with line, column and what was expected there.
        # Every recording belongs to a series. Before you take a series out of this file, move its recordings to
        # another: nothing is destroyed under a series that is not here.
        #
        #   code       what recorders and people write: letters, digits, dots, hyphens and underscores
        #   name       for people, in English and in Indonesian
        #   active     how long it is in use, counted from when it was received: P2Y, P6M, P30D (ISO 8601)
        #   inactive   how long it is kept after that
        #   then       destroy; review (people look at it first); or permanent (it is handed to a permanent archive)
        #   approval   required: people approve each destruction list (also where nothing is said)
        #              none: destroyed without asking; only with nonrecord: true and then: destroy
        #   witnesses  how many persons sign for a destruction: 0 to 9; 2 where nothing is said, 0 with approval: none
        #   cooling    how long a frozen destruction list waits, during which a hold still saves everything; P14D where
        #              nothing is said
        #   nonrecord  true: no record in the sense of the archive law: rehearsals, test recordings, copies
        #   tombstone  what is left of a recording that is gone, besides when, by which list and rule: minimal, no word (also
        #              where nothing is said); descriptive: its title, sealed, shown to records managers, for as long as
        #              tombstone_keep says (P10Y)
        #   senders    with approval: none, the roles that may file under it; recorder, archivist and records-manager
        #              where nothing is said
        #
        # Where several series are said of one recording, the one that keeps it longest counts; one that ends in
        # permanent keeps it longer than any other.
        series:
          - code: rapat
            name: {en: Meetings, id: Rapat}
            active: P2Y
            inactive: P8Y
            then: review
            approval: required
            witnesses: 2
            cooling: P14D
          - code: kerja
            name: {en: Working discussions, id: Pembahasan kerja}
            active: P1Y
            inactive: P0D
            then: destroy
            approval: required
            witnesses: 2
            cooling: P14D
          - code: sementara
            name: {en: Temporary recordings, id: Rekaman sementara}
            active: P30D
            inactive: P0D
            then: destroy
            approval: none
            cooling: P14D
            nonrecord: true
            senders: [recorder, archivist, records-manager]

        """
}
