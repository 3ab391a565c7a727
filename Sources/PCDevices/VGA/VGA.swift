import Bits
public import DeviceModel
import GuestMemory
public import SavedState

/// A VGA (IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem") with 16 MiB of memory and the Bochs VBE
/// display interface.
///
/// The memory holds the four planes byte beside byte: a plane's byte at address n is byte 4n + plane. Chain-4 and the
/// VBE modes, where neighbouring bytes go to neighbouring planes, see it as it is. Odd/even addressing leaves out what
/// it would leave unused: characters and attributes are in bytes 0 and 1 of each four.
///
/// After a reset it is in mode 3 (80 columns, 25 rows, colour) with a font in plane 2, as a video BIOS would leave it.
public final class VGA: Device {
  /// Bytes of memory.
  public static let memorySize = 16 << 20

  /// The numbers of the model's regions.
  enum Space {
    static let registers = 0
    static let dispi = 1
    static let window = 2
  }

  public static let model = Model(
    "vga", "VGA with VBE modes up to 2560 by 1600",
    regions: [
      RegionModel("registers", .io, size: 0x30, base: 0x3b0),
      RegionModel("dispi", .io, size: 4, widths: 2...2, base: 0x1ce),
      RegionModel("window", .memory, size: 0x20000, widths: 1...8, base: 0xa0000),
      RegionModel("memory", .memory, size: UInt64(memorySize), base: 0xe000_0000, isMemory: true),
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
    /// Red and green of an entry whose blue has not come yet.
    public var dacHeld: InlineArray<2, UInt8> = [0, 0]
    /// Red, green and blue of 256 colours, six bits each or eight, as they were written.
    public var palette = VGAText.startPalette
    /// The bytes of the four planes that were read last.
    public var latch: UInt32 = 0
    public var dispi = VGADispi()

    public init() {}

    public static let table = StateTable<State>("vga") {
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
      saved(\.dacHeld)
      saved(\.palette)
      saved(\.latch)
      nested(\.dispi)
    }
  }

  public var state = State()
  let site: Site
  /// The planes; nil in a twin that is asked for its registers alone.
  let memory: RAMBlock?
  /// What lies before the window while that needs no logic.
  private var direct: Region?

  public init(_ site: Site) {
    self.site = site
    memory = site.blocks["memory"]
  }

  public func reset() {
    state = State()
    settle()
    // A blank screen, and the font behind it.
    let blank: UInt32 = 0x0720
    memory?.write(0, count: 0x10000) { bytes in
      for place in 0..<0x4000 {
        let word = blank | UInt32(VGAFont.planeByte(place)) << 16
        bytes.storeBytes(of: word, toByteOffset: place * 4, as: UInt32.self)
      }
    }
  }

  public func settle() {
    let wanted = directOffset
    guard wanted != directlyMapped else { return }
    if let direct { site.memory.unmap(direct) }
    direct = nil
    guard let wanted, let memory, let window = site.memory.regions.first(where: { $0.name == "\(site.name).window" })
    else { return }
    let region = Region(
      "\(site.name).bank", base: window.base, size: 0x10000, priority: window.priority + 1,
      content: .memory(memory, offset: wanted))
    direct = region
    site.memory.map(region)
  }

  private var directlyMapped: Int? {
    guard case .memory(_, let offset)? = direct?.content else { return nil }
    return offset
  }

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    switch region {
    case Space.registers: return readPort(Int(truncatingIfNeeded: offset))
    case Space.dispi: return offset == 0 ? UInt64(state.dispi.index) : UInt64(readDispi())
    case Space.window: return readWindow(Int(truncatingIfNeeded: offset), width)
    default: return .max
    }
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    switch region {
    case Space.registers: writePort(UInt8(truncatingIfNeeded: value), Int(truncatingIfNeeded: offset))
    case Space.dispi:
      let word = UInt16(truncatingIfNeeded: value)
      if offset == 0 { state.dispi.index = word } else { writeDispi(word) }
    case Space.window: writeWindow(value, Int(truncatingIfNeeded: offset), width)
    default: break
    }
  }
}
