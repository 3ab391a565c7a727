import DeviceModel

/// What a device's state has of `InputState`.
protocol VirtioInputState: VirtioState {
  var input: InputState { get set }
}

/// A virtio input device (Virtual I/O Device 1.2, 5.8): events in queue 0, lamps in queue 1.
protocol VirtioInput: VirtioDevice where State: VirtioInputState {
  static var traits: InputTraits { get }
}

extension VirtioInput {
  static var inputKind: VirtioKind { VirtioKind(id: 18, queueSizes: [64, 64]) }

  /// Whether a driver listens.
  var isListening: Bool { isUsable(0) }

  func inputConfiguration() -> [UInt8] {
    let information = Self.traits.information(state.input.select, state.input.subselect)
    return [state.input.select, state.input.subselect, UInt8(clamping: information.count), 0, 0, 0, 0, 0]
      + information.prefix(128)
  }

  func selected(_ offset: Int, _ bytes: [UInt8]) {
    for (index, byte) in bytes.enumerated() {
      switch offset + index {
      case 0: state.input.select = byte
      case 1: state.input.subselect = byte
      default: port.site.guestError("the configuration space cannot be written at \(Site.hex(offset + index))")
      }
    }
  }

  /// Things that have happened at once, for the driver; lost where it takes none.
  func send(_ events: [InputEvent]) {
    guard isListening, !events.isEmpty else { return }
    // All of them or none: half a movement would be another one.
    guard 64 - Int(state.input.events.count) > events.count else { return }
    for event in events { state.input.events.append(event.word) }
    state.input.events.append(InputEvent.end.word)
    serviceInput(0)
  }

  func serviceInput(_ queue: Int) {
    if queue == 1 {
      return drain(queue) { chain throws(VirtioFault) in
        light(chain.readable.number(port.memory, at: 0, as: UInt64.self))
        return 0
      }
    }
    guard !state.input.events.isEmpty else { return }
    drain(queue) { chain throws(VirtioFault) in
      guard chain.writable.count >= 8 else { throw .broken("a buffer of \(chain.writable.count) bytes for an event") }
      guard let event = state.input.events.popFirst() else { return nil }
      return chain.writable.write(port.memory, (0..<8).map { UInt8(truncatingIfNeeded: event >> UInt64($0 * 8)) })
    }
  }

  private func light(_ event: UInt64) {
    let code = UInt16(truncatingIfNeeded: event >> 16)
    guard UInt16(truncatingIfNeeded: event) == InputEvent.Kind.lamp.rawValue, code < 16 else { return }
    if event >> 32 != 0 { state.input.lamps |= 1 << code } else { state.input.lamps &= ~(1 << code) }
  }

  /// The events of a pointer's buttons that are down now and were not, or the other way round.
  func changes(to buttons: UInt8) -> [InputEvent] {
    let changed = state.input.buttons ^ buttons
    state.input.buttons = buttons
    return (0..<5).filter { changed & 1 << UInt8($0) != 0 }.map { bit in
      InputEvent(.key, InputEvent.buttons.lowerBound + UInt16(bit), Int32(buttons >> UInt8(bit) & 1))
    }
  }
}
