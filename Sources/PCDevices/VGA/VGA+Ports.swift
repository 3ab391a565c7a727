import Bits
import DeviceModel

/// The ports of the VGA proper.
extension VGA {
  /// Bits that the registers behind an index have; others read as 0.
  private static let sequencerMasks: [UInt8] = [0x03, 0x3d, 0x0f, 0x3f, 0x0e]
  private static let graphicsMasks: [UInt8] = [0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff]
  private static let attributeMasks: [UInt8] = [UInt8](repeating: 0x3f, count: 16) + [0xef, 0xff, 0x3f, 0x0f, 0x0f]

  /// Ports of the CRT controller answer at 0x3bx for monochrome, at 0x3dx for colour; the offset with the
  /// monochrome ones moved to where the colour ones are, nil for the set that is switched off.
  private func decode(_ port: Int) -> Int? {
    switch port {
    case 0x00..<0x10: state.misc.bit(0) ? nil : port + 0x20
    case 0x20..<0x30: state.misc.bit(0) ? port : nil
    default: port
    }
  }

  func readPort(_ offset: Int) -> UInt64 {
    guard let port = decode(offset), let value = read(port) else { return 0xff }
    return UInt64(value)
  }

  func writePort(_ value: UInt8, _ offset: Int) {
    guard let port = decode(offset) else { return }
    write(value, port)
  }

  private func read(_ port: Int) -> UInt8? {
    switch port {
    case 0x10: return state.attributeIndex
    case 0x11:
      let index = Int(state.attributeIndex & 0x1f)
      return index < state.attribute.count ? state.attribute[index] : 0
    // Input status 0: the monitor's sense line says that one is there. The vertical retrace interrupt of bit 7 is not
    // wired, as on most cards for ISA.
    case 0x12: return 0x10
    case 0x14: return state.sequencerIndex
    case 0x15:
      let index = Int(state.sequencerIndex & 7)
      return index < state.sequencer.count ? state.sequencer[index] : 0
    case 0x16: return state.dacMask
    case 0x17: return state.dacReads ? 3 : 0
    case 0x18: return state.dacWriteIndex
    case 0x19:
      let value = state.palette[Int(state.dacReadIndex) * 3 + Int(min(state.dacComponent, 2))]
      if stepComponent() { state.dacReadIndex &+= 1 }
      return value
    case 0x1a: return state.feature
    case 0x1c: return state.misc
    case 0x1e: return state.graphicsIndex
    case 0x1f:
      let index = Int(state.graphicsIndex & 0xf)
      return index < state.graphics.count ? state.graphics[index] : 0
    case 0x24: return state.crtcIndex
    case 0x25:
      let index = Int(state.crtcIndex & 0x3f)
      return index < state.crtc.count ? state.crtc[index] : 0
    case 0x2a:
      state.attributeTakesData = false
      return VGATiming(state).status(at: site.clock.now)
    default: return nil
    }
  }

  private func write(_ value: UInt8, _ port: Int) {
    switch port {
    case 0x10: writeAttribute(value)
    case 0x12:
      state.misc = value
      settle()
    case 0x14: state.sequencerIndex = value
    case 0x15:
      let index = Int(state.sequencerIndex & 7)
      guard index < state.sequencer.count else { return noRegister("sequencer", index) }
      state.sequencer[index] = value & Self.sequencerMasks[index]
      settle()
    case 0x16: state.dacMask = value
    case 0x17:
      state.dacReadIndex = value
      state.dacComponent = 0
      state.dacReads = true
    case 0x18:
      state.dacWriteIndex = value
      state.dacComponent = 0
      state.dacReads = false
    case 0x19: writePalette(state.dispi.hasWideDAC ? value : value & 0x3f)
    case 0x1e: state.graphicsIndex = value
    case 0x1f:
      let index = Int(state.graphicsIndex & 0xf)
      guard index < state.graphics.count else { return noRegister("graphics", index) }
      state.graphics[index] = value & Self.graphicsMasks[index]
      settle()
    case 0x24: state.crtcIndex = value
    case 0x25: writeCRTC(value)
    case 0x2a: state.feature = value
    default: break
    }
  }

  private func writeAttribute(_ value: UInt8) {
    if state.attributeTakesData {
      let index = Int(state.attributeIndex & 0x1f)
      if index < state.attribute.count {
        state.attribute[index] = value & Self.attributeMasks[index]
      } else {
        noRegister("attribute", index)
      }
    } else {
      state.attributeIndex = value & 0x3f
    }
    state.attributeTakesData.toggle()
  }

  /// An entry changes when its blue comes.
  private func writePalette(_ value: UInt8) {
    let component = Int(min(state.dacComponent, 2))
    if component < 2 {
      state.dacHeld[component] = value
    } else {
      let entry = Int(state.dacWriteIndex) * 3
      state.palette[entry] = state.dacHeld[0]
      state.palette[entry + 1] = state.dacHeld[1]
      state.palette[entry + 2] = value
    }
    if stepComponent() { state.dacWriteIndex &+= 1 }
  }

  /// Moves to the next of red, green and blue; true after blue.
  private func stepComponent() -> Bool {
    state.dacComponent = state.dacComponent >= 2 ? 0 : state.dacComponent + 1
    return state.dacComponent == 0
  }

  private func noRegister(_ part: String, _ index: Int) {
    site.guestError("write to \(part) register \(Site.hex(index)): there is none")
  }

  private func writeCRTC(_ value: UInt8) {
    let index = Int(state.crtcIndex & 0x3f)
    guard index < state.crtc.count else { return noRegister("CRTC", index) }
    // Bit 7 of register 0x11 protects registers 0 to 7, but for the line compare bit in 7.
    if state.crtc[0x11].bit(7) && index <= 7 {
      if index == 7 { state.crtc[7] = (state.crtc[7] & ~0x10) | (value & 0x10) }
      return
    }
    state.crtc[index] = value
  }
}
