/// The beginning and end of links: identification and comment headers (RFC 7845 section 3).
extension StreamValidator {
    /// Takes a page that begins a logical stream.
    func takeBOS(_ page: Page) throws(OggOpusError) {
        if let link {
            if page.serial == link.serial, link.order(of: page) == .duplicate {
                findings.add(.pageDuplicate, at: page.offset, "the link's first page comes twice")
                return
            }
            // RFC 3533 §4: streams that run at once have their first pages together.
            guard link.hasFollowers else {
                throw OggOpusError(.multiplexed, "a second logical stream begins beside the first", at: page.offset)
            }
            guard OpusHead.claims(page.body) else {
                findings.add(.foreignStream, at: page.offset, "a logical stream of another codec begins")
                return
            }
        }
        let head = try readHead(page)
        if let link {
            if !link.hasEnded {
                findings.add(.missingEOS, at: page.offset, "a link begins, and the one before has not ended")
            }
            try endLink(at: page.offset, isLast: false)
        }
        guard links.count < limits.links else {
            throw OggOpusError(.tooManyLinks, "more than \(limits.links) links", at: page.offset)
        }
        if !serials.insert(page.serial).inserted {
            findings.add(.serialReused, at: page.offset, "serial number \(page.serial) was an earlier link's")
        }
        if let first = links.first, first.channels != head.channels {
            findings.add(
                .channelChange,
                at: page.offset,
                "\(head.channels) channels, the first link has \(first.channels)"
            )
        }
        let (longestGap, overflow) = Int64(limits.longestGap).multipliedReportingOverflow(by: 48_000)
        link = LinkState(
            serial: page.serial,
            head: head,
            startOffset: page.offset,
            nextSequence: page.sequence &+ 1,
            lastChecksum: page.checksum,
            timeline: LinkTimeline(longestGap: overflow ? .max : longestGap)
        )
        index.noteLink(position: samplesOfEndedLinks, offset: page.offset)
        assembler.reset()
    }

    private func readHead(_ page: Page) throws(OggOpusError) -> OpusHead {
        guard OpusHead.claims(page.body) else {
            throw OggOpusError(.notOpus, "the first packet is not an Opus identification header", at: page.offset)
        }
        assembler.reset()
        let agrees = assembler.take(page, limit: PageReader.pieceSize)
        // RFC 7845 §3: the identification header is one packet, alone on the first page.
        guard agrees, !assembler.isWaiting, assembler.packets.count == 1 else {
            throw OggOpusError(.malformedHead, "the identification header is not alone on its page", at: page.offset)
        }
        let head = try OpusHead(packet: assembler.packets[0].bytes, at: page.offset)
        if page.granule != 0 {
            findings.add(.headerOddity, at: page.offset, "the identification header's granule position is not 0")
        }
        if head.excess > 0 {
            findings.add(.headerOddity, at: page.offset, "\(head.excess) bytes after the identification header")
        }
        return head
    }

    /// Takes a page of the current link before its comment header is complete.
    func takeTags(_ page: Page) throws(OggOpusError) {
        guard var link else { return }
        let order = link.order(of: page)
        if order == .duplicate {
            findings.add(.pageDuplicate, at: page.offset, "page \(page.sequence) comes twice")
            return
        }
        guard order == .next else {
            throw OggOpusError(.malformedTags, "pages of the comment header are missing", at: page.offset)
        }
        link.follow(page)
        guard assembler.take(page, limit: tagBytesLeft) else {
            throw OggOpusError(.malformedTags, "the comment header breaks off", at: page.offset)
        }
        guard let packet = assembler.packets.first else {
            guard assembler.waitingLength <= tagBytesLeft else { throw tagsTooLarge(at: page.offset) }
            if page.isEOS { link.hasEnded = true }
            self.link = link
            return
        }
        guard !packet.isTooLarge else { throw tagsTooLarge(at: page.offset) }
        tagBytesLeft -= packet.length
        link.tags = try Tags(packet: packet.bytes, at: page.offset)
        link.hasEnded = page.isEOS
        self.link = link
        // RFC 7845 §3: the page on which the comment header ends has no other packet, and position 0.
        let isAlone = assembler.packets.count == 1 && !assembler.isWaiting
        if isAlone {
            if page.granule != 0 {
                findings.add(.headerOddity, at: page.offset, "the comment header's granule position is not 0")
            }
        } else {
            findings.add(.headerOddity, at: page.offset, "audio begins on the comment header's page")
            takePackets(assembler.packets.dropFirst(), of: page)
        }
    }

    private func tagsTooLarge(at offset: Int64) -> OggOpusError {
        OggOpusError(.tagsTooLarge, "the comment headers are larger than \(limits.tagBytes) bytes", at: offset)
    }

    /// Ends the current link before `offset`; `isLast` where the stream ends there too.
    func endLink(at offset: Int64, isLast: Bool) throws(OggOpusError) {
        guard let link else { return }
        guard let tags = link.tags else {
            if isLast, links.isEmpty {
                throw OggOpusError(.noAudio, "the stream ends before its comment header does", at: offset)
            }
            throw OggOpusError(.malformedTags, "the link ends before its comment header does", at: offset)
        }
        if link.packets == 0 {
            findings.add(.emptyLink, at: link.startOffset, "a link without audio")
        } else if link.timeline.position < link.head.preSkip {
            findings.add(
                .preSkipBeyondEnd,
                at: link.startOffset,
                "pre-skip \(link.head.preSkip), but only \(link.timeline.position) samples"
            )
        }
        if isLast, !link.hasEnded {
            findings.add(.missingEOS, at: offset, "the stream ends without an end-of-stream page")
        }
        samplesOfEndedLinks = samplesOfEndedLinks.saturatingAdd(link.samples)
        links.append(
            LinkFacts(
                channels: link.head.channels,
                mappingFamily: Int(link.head.mappingFamily),
                preSkip: link.head.preSkip,
                outputGain: Int(link.head.outputGain),
                inputSampleRate: Int(link.head.inputSampleRate),
                serial: link.serial,
                samples: link.samples,
                tags: tags,
                startOffset: link.startOffset
            )
        )
        self.link = nil
    }
}
