import DeviceModel
import GuestMemory

/// The VBE display interface.
extension VGA {
  /// What the data port gives.
  func readDispi() -> UInt16 {
    let dispi = state.dispi
    switch dispi.index {
    case 0: return dispi.id
    case 1: return dispi.givesCapabilities ? VGADispi.maximumWidth : dispi.width
    case 2: return dispi.givesCapabilities ? VGADispi.maximumHeight : dispi.height
    case 3: return dispi.givesCapabilities ? 32 : dispi.depth
    case 4: return dispi.enable
    case 5: return dispi.bank
    case 6: return dispi.virtualWidth
    case 7: return UInt16(clamping: Self.memorySize / max(1, dispi.rowBytes))
    case 8: return dispi.x
    case 9: return dispi.y
    case 10: return UInt16(Self.memorySize >> 16)
    default: return 0
    }
  }

  /// What is written to the data port.
  func writeDispi(_ value: UInt16) {
    func refuse(_ words: @autoclosure () -> String) { site.guestError("VBE register \(state.dispi.index): \(words())") }
    switch state.dispi.index {
    case 0:
      guard (0xb0c0...0xb0c5).contains(value) else { return refuse("there is no version \(Site.hex(value))") }
      state.dispi.id = value
    case 1...3 where state.dispi.isEnabled: refuse("the mode is changed while it is enabled")
    case 1:
      guard value <= VGADispi.maximumWidth else { return refuse("\(value) dots are too many") }
      state.dispi.width = value
    case 2:
      guard value <= VGADispi.maximumHeight else { return refuse("\(value) rows are too many") }
      state.dispi.height = value
    case 3:
      guard VGADispi.depths.contains(value) else { return refuse("pixels of \(value) bits") }
      state.dispi.depth = value
    case 4: enable(value & VGADispi.enableMask)
    case 5:
      guard Int(value) < Self.memorySize >> 16 else { return refuse("there is no bank \(value)") }
      state.dispi.bank = value
      settle()
    case 6:
      var wider = state.dispi
      wider.virtualWidth = value
      guard value >= wider.width, wider.rowBytes * Int(wider.height) <= Self.memorySize else {
        return refuse("rows of \(value) dots do not fit")
      }
      state.dispi = wider
    case 8: state.dispi.x = value
    case 9: state.dispi.y = value
    default: refuse("cannot be written")
    }
  }

  private func enable(_ value: UInt16) {
    var new = state.dispi
    new.enable = value
    if new.isEnabled, !state.dispi.isEnabled {
      new.virtualWidth = new.width
      (new.x, new.y, new.bank) = (0, 0, 0)
      let size = new.rowBytes * Int(new.height)
      if size == 0 || size > Self.memorySize {
        site.guestError("VBE mode of \(new.width) by \(new.height) with \(new.depth) bits does not fit")
        new.enable &= ~1
      } else if !new.keepsMemory {
        memory?.write(0, count: size) { $0.initializeMemory(as: UInt8.self, repeating: 0, count: size) }
      }
    } else if !new.isEnabled {
      new.bank = 0
    }
    state.dispi = new
    settle()
  }

  /// Puts the card into `mode`, as its BIOS does.
  public func start(_ mode: VBEMode) {
    for (index, value) in [(4, 0), (1, mode.width), (2, mode.height), (3, mode.depth), (4, 0x41)] {
      state.dispi.index = UInt16(index)
      writeDispi(UInt16(clamping: value))
    }
    // Planes and their logic stay out of the way of whoever looks at the VGA's registers, and cursor and text too.
    state.sequencer[2] = 0xf
    state.sequencer[4] = 0xe
    state.graphics[5] = 0x40
    state.graphics[6] = 0x05
    state.attribute[0x10] = 0x41
    settle()
  }
}
