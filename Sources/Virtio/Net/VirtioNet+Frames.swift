import DeviceModel

/// Frames out and in.
extension VirtioNet {
  /// Bytes that are sent before the guest has its turn again.
  private static let budget = 1 << 20
  /// The longest frame that a driver may send.
  private static let frameLimit = 65536 + 64

  /// Bytes of the header: without version 1, what tells of several buffers is there only where that was agreed on.
  private var headerSize: Int { has(VirtioFeatures.version1) || has(NetFeature.mergeable) ? 12 : 10 }

  // MARK: Out

  func transmit(_ queue: Int) {
    let size = headerSize
    var left = Self.budget
    drain(queue) { chain throws(VirtioFault) in
      guard left > 0 else {
        postpone(queue)
        return nil
      }
      guard chain.readable.count >= size else { throw .broken("a frame of \(chain.readable.count) bytes") }
      left -= chain.readable.count + 512
      send(chain, size)
      return 0
    }
    // What was answered at once.
    network?.resume()
  }

  private func send(_ chain: VirtqueueChain, _ size: Int) {
    guard chain.readable.count - size <= Self.frameLimit else {
      return port.site.guestError("a frame of \(chain.readable.count - size) bytes is not sent")
    }
    let header = NetHeader(chain.readable.bytes(port.memory, count: size))
    var frame = chain.readable.bytes(port.memory, at: size, count: chain.readable.count - size)
    guard header.segmentation == NetHeader.Segmentation.none else { return sendSegments(frame, header) }
    if header.flags & NetHeader.Flag.needsChecksum != 0 {
      guard has(NetFeature.checksum),
        InternetChecksum.complete(
          &frame, start: Int(header.checksumStart), offset: Int(header.checksumOffset))
      else {
        return port.site.guestError(
          "a frame of \(frame.count) bytes is not sent: its checksum from \(header.checksumStart) on, at "
            + "\(header.checksumOffset), cannot be completed")
      }
    }
    network?.send(frame)
  }

  private func sendSegments(_ frame: [UInt8], _ header: NetHeader) {
    let isAgreed =
      switch header.segmentation & ~NetHeader.Segmentation.congestion {
      case NetHeader.Segmentation.tcp4: has(NetFeature.hostTCP4)
      case NetHeader.Segmentation.tcp6: has(NetFeature.hostTCP6)
      default: false
      }
    guard isAgreed, let segments = TCPSegments(frame, header) else {
      return port.site.guestError(
        "a frame of \(frame.count) bytes is not sent: it cannot be cut as \(header.segmentation) into pieces of "
          + "\(header.segmentSize)")
    }
    segments.each { network?.send($0) }
  }

  // MARK: In

  /// Bytes of the longest frame of several segments that the driver takes.
  var segmentLimit: Int { has(NetFeature.guestTCP4) && has(NetFeature.guestChecksum) ? 65550 : 0 }

  /// A frame of several segments.
  func receive(_ frame: [UInt8], segments size: Int) -> Bool {
    var header = NetHeader()
    header.flags = NetHeader.Flag.needsChecksum
    header.segmentation = NetHeader.Segmentation.tcp4
    header.segmentSize = UInt16(clamping: size)
    // Ethernet's and IP's headers without options, and TCP's, with its checksum in it.
    header.headerLength = 34 + UInt16(frame[46] >> 4) * 4
    header.checksumStart = 34
    header.checksumOffset = 16
    return receive(frame, header)
  }

  /// A frame from the network; false when it has to wait for buffers.
  public func receive(_ frame: [UInt8]) -> Bool {
    var header = NetHeader()
    if has(NetFeature.guestChecksum), network?.hasRightChecksums == true { header.flags = NetHeader.Flag.dataValid }
    return receive(frame, header)
  }

  private func receive(_ frame: [UInt8], _ header: NetHeader) -> Bool {
    let queue = receiveQueue(frame)
    guard frame.count >= 14, isUsable(queue),
      state.filter.accepts(frame, own: state.current, filtersVLANs: has(NetFeature.controlVLAN))
    else { return true }
    return put(header, frame, into: queue)
  }

  /// The queue of the pair that a frame's flow goes to: equal ones have one.
  private func receiveQueue(_ frame: [UInt8]) -> Int {
    let pairs = min(state.usedPairs, state.pairs)
    guard pairs > 1, frame.count >= 38 else { return 0 }
    // Addresses and ports of IPv4; of others what is there tells flows apart, too.
    let hash = frame[26..<38].reduce(0 as UInt32) { ($0 << 5 | $0 >> 27) ^ UInt32($1) }
    return 2 * Int(hash % UInt32(pairs))
  }

  /// Fills the driver's next buffers; false when there are not enough of them.
  private func put(_ header: NetHeader, _ frame: [UInt8], into queue: Int) -> Bool {
    let size = headerSize
    let before = state[queue: queue]
    let needed = size + frame.count
    var chains: [VirtqueueChain] = []
    var room = 0
    do throws(VirtioFault) {
      while room < needed, chains.isEmpty || has(NetFeature.mergeable) {
        guard let chain = try peek(queue) else {
          state[queue: queue] = before
          // More than there will ever be room for would keep all others waiting.
          return chains.count >= before.size
        }
        guard chain.readable.count == 0, chain.writable.count >= size else {
          throw .broken("a buffer for a frame with room for \(chain.writable.count) bytes")
        }
        take(chain, from: queue)
        chains.append(chain)
        room += chain.writable.count
      }
    } catch {
      // What was taken before is not lost: it is looked at again, or the driver resets the device.
      state[queue: queue] = before
      handle(error, queue)
      return false
    }
    guard room >= needed else {
      state[queue: queue] = before
      port.site.guestError("a frame of \(frame.count) bytes does not fit into a buffer of \(room)")
      return true
    }
    fill(chains, header, frame, size, queue)
    return true
  }

  private func fill(_ chains: [VirtqueueChain], _ header: NetHeader, _ frame: [UInt8], _ size: Int, _ queue: Int) {
    var header = header
    header.buffers = UInt16(clamping: chains.count)
    var given: UInt16 = 0
    frame.withUnsafeBytes { bytes in
      var at = 0
      for (index, chain) in chains.enumerated() {
        // The first buffer has room for the header.
        let start = index == 0 ? chain.writable.write(port.memory, header.bytes(size)) : 0
        let count = min(chain.writable.count - start, bytes.count - at)
        chain.writable.write(port.memory, at: start, from: UnsafeRawBufferPointer(rebasing: bytes[at..<at + count]))
        at += count
        given &+= state[queue: queue].push(chain, written: start + count, port.memory, state.transport.driverFeatures)
      }
    }
    tell(queue, given)
  }
}
