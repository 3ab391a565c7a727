import Bits
public import DeviceModel
import GuestMemory
public import SavedState

/// A VGA card as far as its text modes go: the registers at ports 0x3b0-0x3df are all kept, cursor and start
/// address mean what they say, the screen's 32 KiB at 0xb8000 are a RAM block that the board maps.
///
/// It starts in mode 3 (80 columns, 25 rows, colour), as a video BIOS would leave it.
public final class VGAText: Device {
  /// Where the screen memory is, and how many bytes.
  public static let memoryBase: UInt64 = 0xb8000
  /// Bytes of text memory.
  public static let memorySize = 0x8000

  public static let model = Model(
    "vga-text", "VGA text screen",
    regions: [
      RegionModel("registers", .io, size: 0x30, base: 0x3b0),
      RegionModel("memory", .memory, size: UInt64(memorySize), base: memoryBase, isMemory: true),
    ])

  public struct State: DeviceState {
    /// Miscellaneous output register; bit 0 puts the CRT controller at 0x3d4, else it is at 0x3b4.
    public var misc: UInt8 = 0x67
    public var feature: UInt8 = 0
    public var crtcIndex: UInt8 = 0
    public var crtc: InlineArray<25, UInt8> = [
      0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00, 0x00, 0x00, 0x00, 0x9c, 0x8e,
      0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff,
    ]
    public var sequencerIndex: UInt8 = 0
    public var sequencer: InlineArray<5, UInt8> = [0x03, 0x00, 0x03, 0x00, 0x02]
    public var graphicsIndex: UInt8 = 0
    public var graphics: InlineArray<9, UInt8> = [0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x00, 0xff]
    /// Bit 5 gives the palette to the screen.
    public var attributeIndex: UInt8 = 0x20
    /// Whether the next write to 0x3c0 is data.
    public var attributeTakesData = false
    public var attribute: InlineArray<21, UInt8> = [
      0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x0c, 0x00,
      0x0f, 0x08, 0x00,
    ]
    public var dacMask: UInt8 = 0xff
    /// The palette entry that the next data write changes, and the one that the next read gives.
    public var dacWriteIndex: UInt8 = 0
    public var dacReadIndex: UInt8 = 0
    /// Red, green or blue: 0, 1, 2.
    public var dacComponent: UInt8 = 0
    /// Whether 0x3c7 was written after 0x3c8.
    public var dacReads = false
    /// Six bits each of red, green and blue for 256 colours.
    public var palette = VGAText.startPalette
    /// The CGA's mode control and colour select, kept for programs that read them back.
    public var cgaMode: UInt8 = 0x29
    public var cgaColour: UInt8 = 0x30

    public init() {}

    public static let table = StateTable<State>("vga-text") {
      saved(\.misc)
      saved(\.feature)
      saved(\.crtcIndex)
      saved(\.crtc)
      saved(\.sequencerIndex)
      saved(\.sequencer)
      saved(\.graphicsIndex)
      saved(\.graphics)
      saved(\.attributeIndex, in: 0...0x3f)
      saved(\.attributeTakesData)
      saved(\.attribute)
      saved(\.dacMask)
      saved(\.dacWriteIndex)
      saved(\.dacReadIndex)
      saved(\.dacComponent, in: 0...2)
      saved(\.dacReads)
      saved(\.palette, in: 0...63)
      saved(\.cgaMode)
      saved(\.cgaColour)
    }
  }

  public static let registers: [RegisterRow] = [
    RegisterRow("ATTR_INDEX", at: 0x10, .readWrite, reset: 0x20, isVolatile: true),
    RegisterRow("ATTR_DATA", at: 0x11, .readOnly, reset: 0, isVolatile: true),
    RegisterRow("MISC_WRITE", at: 0x12, .writeOnly, isVolatile: true),
    RegisterRow("STATUS_0", at: 0x12, .readOnly, reset: 0x10),
    RegisterRow("SEQ_INDEX", at: 0x14, .readWrite),
    RegisterRow("SEQ_DATA", at: 0x15, .readWrite, reset: 3, isVolatile: true),
    RegisterRow("DAC_MASK", at: 0x16, .readWrite, reset: 0xff),
    RegisterRow("DAC_READ_INDEX", at: 0x17, .writeOnly, isVolatile: true),
    RegisterRow("DAC_STATE", at: 0x17, .readOnly),
    RegisterRow("DAC_WRITE_INDEX", at: 0x18, .readWrite, isVolatile: true),
    RegisterRow("DAC_DATA", at: 0x19, .readWrite, reset: nil, isVolatile: true),
    RegisterRow("FEATURE_READ", at: 0x1a, .readOnly),
    RegisterRow("MISC_READ", at: 0x1c, .readOnly, reset: 0x67),
    RegisterRow("GFX_INDEX", at: 0x1e, .readWrite),
    RegisterRow("GFX_DATA", at: 0x1f, .readWrite, isVolatile: true),
    RegisterRow("CRTC_INDEX", at: 0x24, .readWrite),
    RegisterRow("CRTC_DATA", at: 0x25, .readWrite, reset: 0x5f, isVolatile: true),
    RegisterRow("CGA_MODE", at: 0x28, .readWrite, reset: 0x29),
    RegisterRow("CGA_COLOUR", at: 0x29, .readWrite, reset: 0x30),
    RegisterRow("STATUS_1", at: 0x2a, .readOnly, reset: nil, isVolatile: true),
    RegisterRow("FEATURE_WRITE", at: 0x2a, .writeOnly, isVolatile: true),
  ]

  public var state = State()
  let site: Site
  /// What is on the screen; nil in a twin that is asked for its registers alone.
  let memory: RAMBlock?

  public init(_ site: Site) {
    self.site = site
    memory = site.blocks["memory"]
  }

  public func reset() { state = State() }
  public func settle() {}

  /// Ports of the CRT controller answer at 0x3bx for monochrome, at 0x3dx for colour; the offset with the
  /// monochrome ones moved to where the colour ones are, nil for the set that is switched off.
  private func decode(_ offset: UInt64) -> Int? {
    let port = Int(truncatingIfNeeded: offset)
    switch port {
    case 0x00..<0x10: return state.misc.bit(0) ? nil : port + 0x20
    case 0x20..<0x30: return state.misc.bit(0) ? port : nil
    default: return port
    }
  }

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    guard let port = decode(offset), let value = read(port) else { return 0xff }
    return UInt64(value)
  }

  private func read(_ port: Int) -> UInt8? {
    switch port {
    case 0x10: return state.attributeIndex
    case 0x11:
      let index = Int(state.attributeIndex & 0x1f)
      return index < state.attribute.count ? state.attribute[index] : 0
    // Input status 0: the monitor's sense line says that one is there.
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
    case 0x28: return state.cgaMode
    case 0x29: return state.cgaColour
    case 0x2a:
      state.attributeTakesData = false
      return inputStatus
    default: return nil
    }
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    guard let port = decode(offset) else { return }
    write(UInt8(truncatingIfNeeded: value), port)
  }

  private func write(_ value: UInt8, _ port: Int) {
    switch port {
    case 0x10:
      if state.attributeTakesData {
        let index = Int(state.attributeIndex & 0x1f)
        if index < state.attribute.count { state.attribute[index] = value } else { noRegister("attribute", index) }
      } else {
        state.attributeIndex = value & 0x3f
      }
      state.attributeTakesData.toggle()
    case 0x12: state.misc = value
    case 0x14: state.sequencerIndex = value
    case 0x15:
      let index = Int(state.sequencerIndex & 7)
      if index < state.sequencer.count { state.sequencer[index] = value } else { noRegister("sequencer", index) }
    case 0x16: state.dacMask = value
    case 0x17:
      state.dacReadIndex = value
      state.dacComponent = 0
      state.dacReads = true
    case 0x18:
      state.dacWriteIndex = value
      state.dacComponent = 0
      state.dacReads = false
    case 0x19:
      state.palette[Int(state.dacWriteIndex) * 3 + Int(min(state.dacComponent, 2))] = value & 0x3f
      if stepComponent() { state.dacWriteIndex &+= 1 }
    case 0x1e: state.graphicsIndex = value
    case 0x1f:
      let index = Int(state.graphicsIndex & 0xf)
      if index < state.graphics.count { state.graphics[index] = value } else { noRegister("graphics", index) }
      if index == 6, value.bit(0) { site.unimplemented("graphics modes") }
    case 0x24: state.crtcIndex = value
    case 0x25: writeCRTC(value)
    case 0x28: state.cgaMode = value
    case 0x29: state.cgaColour = value
    case 0x2a: state.feature = value
    default: break
    }
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

  /// Input status 1: bit 0 outside the picture, bit 3 in the vertical retrace, for 70 pictures a second of 449
  /// lines, 400 of them visible.
  private var inputStatus: UInt8 {
    let frame: Int64 = 14_268_000
    let line: Int64 = frame / 449
    let position = max(0, site.clock.now) % frame
    let row = position / line
    let inLine = position % line
    let blank = row >= 400 || inLine * 5 >= line * 4
    return (blank ? 1 : 0) | (row >= 412 && row < 414 ? 8 : 0)
  }

  /// The colours of mode 3: the 64 of the EGA, then nothing.
  static let startPalette: InlineArray<768, UInt8> = {
    var palette = InlineArray<768, UInt8>(repeating: 0)
    for colour in 0..<64 {
      for (component, bits) in [(2, 5), (1, 4), (0, 3)].enumerated() {
        palette[colour * 3 + component] = (colour.bit(bits.0) ? 42 : 0) + (colour.bit(bits.1) ? 21 : 0)
      }
    }
    return palette
  }()
}
