extension Policy {
    /// The `policy.yaml` that `risalahd init` writes; the same as `Config/policy.yaml`, byte for byte.
    public static let shipped = """
        # Who may do what with which recordings.
        #
        # Read when the archive starts; a mistake stops it, with line, column and what was expected there. Try a change with
        # risalahd config check --root DIR, then send the service SIGHUP: it counts from then on, for all, or not at all.
        # Names are small letters, digits and hyphens, and begin with a letter. Recordings carry them: before you take
        # a level out of this file, relabel what has it, or nobody will see those recordings until the level is back.

        # The levels of classification, from the lowest to the highest. A level may demand more than the one below it,
        # never less.
        #
        #   sealed_only      true: recordings come in and go out encrypted only; the archive opens none for delivery
        #   purpose          true: whoever opens a recording says what for, and the log keeps it
        #   approvals        how many other persons must agree before a recording is opened, and in which role
        #                    (count: 0 is nobody; count: 1 also wants role: records-manager)
        #   cosignatures     how many witnesses must have cosigned the log before a recording leaves (may be left out: 0, or
        #                    what the level below wants); not more than log.witnesses in risalah.yaml names
        #   access_lifetime  how long one access can be used before it has to be asked for again: PT1M to P31D
        #   recipients       any: X25519 or hybrid keys; hybrid: only keys that a quantum computer does not break either
        #   index            full: recordings can be searched by word; none: they can be listed, and no trace of their
        #                    words lies in the index
        levels:
          - name: biasa
            sealed_only: false
            purpose: false
            approvals: {count: 0}
            access_lifetime: PT1H
            recipients: any
            index: full
          - name: terbatas
            sealed_only: false
            purpose: false
            approvals: {count: 0}
            access_lifetime: PT1H
            recipients: any
            index: full
          - name: rahasia
            sealed_only: true
            purpose: true
            approvals: {count: 0}
            access_lifetime: PT1H
            recipients: any
            index: full
          - name: sangat-rahasia
            sealed_only: true
            purpose: true
            approvals: {count: 0}
            access_lifetime: PT1H
            recipients: any
            index: none

        # Subjects that cut across the levels: to see a recording, one must be cleared for every compartment it is in.
        compartments: [pertahanan, anggaran, kepegawaian]

        # The parts of the institution. Each principal and each recording belongs to one.
        # A unit that was renamed, or has taken others in, says so, and what belonged to those belongs to it from the next
        # load on: units: [umum, {name: biro-umum, formerly: [tata-usaha, rumah-tangga]}]. A unit to which recordings or
        # principals belong cannot be left out otherwise.
        units: [umum]

        # What each role may do, and whether in its own unit only (units: own, also where nothing is said) or in all.
        # A role that is not here may do nothing. Some things no policy can give:
        #
        #   recorder         send
        #   archivist        send find show open expect describe
        #   records-manager  send find show open expect describe relabel correct hold back-date propose approve
        #   auditor          read-log
        #   transcriber      transcribe
        #   administrator    enrol (over the network; on the host itself the administrator enrols without it)
        #
        # open, expect, describe, relabel, correct, hold, back-date, propose and approve also want show.
        roles:
          recorder:
            actions: [send]
            units: own
          archivist:
            actions: [send, find, show, open, expect, describe]
            units: own
          records-manager:
            actions: [send, find, show, expect, relabel, correct, hold, back-date, propose, approve]
            units: all
          auditor:
            actions: [read-log]
            units: all
          transcriber:
            actions: [transcribe]
            units: all
          administrator:
            actions: []

        # How much one principal may use; what is not here is without limit.
        #
        #   incoming           bytes under way and in quarantine together
        #   uploads            unfinished uploads at once
        #   accesses_per_hour  recordings opened in any 60 minutes: what slows somebody who takes all there is
        #   accesses_per_day   recordings opened in any 24 hours; both roll, so that midnight gives nobody twice as much
        quotas:
          recorder:
            incoming: 100 GB
            uploads: 16
          archivist:
            incoming: 50 GB
            uploads: 16
            accesses_per_hour: 100
            accesses_per_day: 500
          records-manager:
            incoming: 50 GB
            uploads: 16

        # A principal cleared for this level or a higher one, and every records manager and auditor, counts only when a
        # second person has confirmed the grant. "never" switches that off; every report of the archive then says so.
        grants:
          second_person_from: rahasia

        """
}
