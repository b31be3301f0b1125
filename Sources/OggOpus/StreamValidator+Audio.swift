/// Audio pages: their order, their packets and their place in time.
extension StreamValidator {
    /// Takes a page of the current link that does not begin it.
    func takeContinuation(_ page: Page) throws(OggOpusError) {
        guard let current = link else { return }
        guard current.tags != nil else { return try takeTags(page) }
        guard let isAfterHole = inspectOrder(page) else { return }
        defer { noteHole(missing: 0) }
        link?.follow(page)
        if current.hasEnded {
            findings.add(.dataAfterEOS, at: page.offset, "a page after the end of its logical stream")
        }
        if page.isEOS { link?.hasEnded = true }
        if isAfterHole {
            assembler.reset()
            link?.timeline.expectGap()
        }
        if page.lacing.isEmpty {
            // RFC 3533 §6: a page without segments; streams may end with one.
            if !page.isEOS { findings.add(.nilPage, at: page.offset, "a page without any segment") }
            if page.isEOS, let mark = page.granule { place(page, samples: 0, mark: mark) }
            return
        }
        let streams = current.head.streams
        // RFC 7845 §6: 61,440 bytes for each stream are enough.
        let agrees = assembler.take(page, limit: min(61_440 * streams, limits.packetBytes))
        if !agrees {
            link?.timeline.expectGap()
            if !isAfterHole {
                findings.add(
                    .brokenContinuation,
                    at: page.offset,
                    page.isContinued ? "a packet goes on that had not begun" : "a packet that had begun does not go on"
                )
            }
        }
        takePackets(assembler.packets[...], of: page)
    }

    /// Whether pages are missing before `page`; nil where it is to be passed over.
    private func inspectOrder(_ page: Page) -> Bool? {
        guard let link else { return nil }
        switch link.order(of: page) {
        case .next:
            return false
        case .afterHole(let missing):
            hole = Hole(pages: missing, before: page.sequence, offset: page.offset)
            return true
        case .renumbered:
            findings.add(.pageOutOfOrder, at: page.offset, "page numbers begin anew at \(page.sequence)")
            return true
        case .duplicate:
            findings.add(.pageDuplicate, at: page.offset, "page \(page.sequence) comes twice")
            return nil
        case .late:
            findings.add(
                .pageOutOfOrder,
                at: page.offset,
                "page \(page.sequence) comes after page \(link.nextSequence &- 1)"
            )
            return nil
        }
    }

    /// Pages that are missing, until it is known how long they were.
    struct Hole {
        let pages: UInt32
        let before: UInt32
        let offset: Int64
    }

    /// Adds the finding of the hole before this page, with the samples that are missing with it.
    private func noteHole(missing samples: Int64) {
        guard let hole else { return }
        self.hole = nil
        let length = samples > 0 ? ", with \(samples) samples" : ""
        findings.add(
            .pageHole,
            at: hole.offset,
            "\(hole.pages) pages are missing before page \(hole.before)\(length)"
        )
    }

    /// Looks into the packets that `page` completes, and places it in time.
    func takePackets(_ completed: ArraySlice<PacketAssembler.Packet>, of page: Page) {
        let streams = link?.head.streams ?? 1
        var samples: Int64 = 0
        var bytes = 0
        var invalid = 0
        var tooLarge = 0
        var broken: OpusPacket.Rule?
        for packet in completed {
            bytes += packet.length
            guard !packet.isTooLarge else {
                tooLarge += 1
                continue
            }
            do throws(OpusPacket.Rule) {
                samples += Int64(try OpusPacket.samples(of: packet.bytes, streams: streams))
            } catch {
                invalid += 1
                broken = broken ?? error
            }
        }
        packets += completed.count
        link?.packets += completed.count
        audioBytes += Int64(bytes)
        if let broken {
            let rule = broken == .streams ? "RFC 7845 section 5.1.1" : "\(broken.rawValue) of RFC 6716 section 3.4"
            findings.add(.invalidPacket, at: page.offset, count: invalid, "packets break \(rule)")
        }
        if tooLarge > 0 {
            findings.add(.packetTooLarge, at: page.offset, count: tooLarge, "packets too large to look into")
        }
        if completed.isEmpty {
            // RFC 3533 §6: a page on which no packet ends has granule position -1.
            if page.granule != nil {
                findings.add(.granuleMissing, at: page.offset, "a granule position, but no packet ends here")
            }
            return
        }
        if page.granule == nil {
            findings.add(.granuleMissing, at: page.offset, "packets end here, but there is no granule position")
        }
        if invalid > 0 || tooLarge > 0 { link?.timeline.expectGap() }
        place(page, samples: samples, mark: page.granule)
    }

    private func place(_ page: Page, samples: Int64, mark: Int64?) {
        guard var link else { return }
        let placement = link.timeline.place(samples: samples, mark: mark, isEOS: page.isEOS)
        self.link = link
        missingSamples = missingSamples.saturatingAdd(placement.gap)
        noteHole(missing: placement.gap)
        if let oddity = placement.oddity {
            findings.add(oddity, at: page.offset, Self.message(oddity, page: page, placement: placement))
        }
        let inLink = max(0, placement.start.saturatingAdd(-Int64(link.head.preSkip)))
        let position = samplesOfEndedLinks.saturatingAdd(inLink)
        if placement.gap > 0 {
            let (end, length) = (Self.seconds(position), Self.seconds(placement.gap))
            findings.add(.gap, at: page.offset, "\(length) s are missing before \(end) s")
        }
        let isResumable = page.granule != nil && placement.isResumable
        if !page.isContinued, samples > 0, isResumable || inLink == 0 {
            index.note(position: position, offset: page.offset)
        }
    }

    /// Seconds of samples at 48 kHz, to a tenth.
    private static func seconds(_ samples: Int64) -> Double { (Double(samples) / 4800).rounded() / 10 }

    private static func message(
        _ oddity: Finding.Code,
        page: Page,
        placement: LinkTimeline.Placement
    ) -> String {
        let mark = page.granule ?? -1
        return switch oddity {
        case .granuleJump where placement.gap > 0:
            "granule position \(mark) is \(placement.gap) samples further on than the packets"
        case .granuleJump: "granule position \(mark) is too far on to be believed"
        case .granuleBackwards: "granule position \(mark) is before that of the page before"
        case .granuleShort: "granule position \(mark) leaves no room for the page's packets"
        case .firstGranule: "granule position \(mark) is less than the first page's samples"
        case .liveOffset: "the first granule position, \(mark), is not the count of samples: a joined live stream"
        default: "granule position \(mark)"
        }
    }
}
