import Bits
public import DeviceModel
import GuestMemory
public import SavedState

/// QEMU's firmware configuration device with its ports and its DMA interface: gives firmware the tables and
/// the kernel that the emulator was started with.
public final class FwCfg: Device {
  public static let model = Model(
    "fw_cfg", "firmware configuration: items and files for firmware",
    regions: [
      RegionModel("ports", .io, size: 2, widths: 1...2, base: 0x510),
      RegionModel("dma", .io, size: 8, widths: 4...4, base: 0x514),
    ],
    backends: ["contents"])

  public struct State: DeviceState {
    /// The selected key.
    public var key: UInt16 = 0
    /// The next byte of the item.
    public var offset: UInt32 = 0
    /// The high half of the DMA address, kept until the low half starts the transfer.
    public var dmaAddress: UInt32 = 0
    /// Of what the items hold.
    public var digest: UInt64 = 0

    public init() {}

    public static let table = StateTable<State>("fw_cfg") {
      saved(\.key)
      saved(\.offset)
      saved(\.dmaAddress)
      fixed(\.digest)
    }
  }

  public static let registers: [RegisterRow] = [
    RegisterRow("SELECTOR", at: 0, width: 2, .writeOnly, reset: nil),
    RegisterRow("DATA", at: 1, .readOnly, reset: nil, isVolatile: true),
    RegisterRow("DMA_HIGH", region: 1, at: 0, width: 4, .readWrite, reset: 0x554d_4551, mask: 0, isVolatile: true),
    RegisterRow("DMA_LOW", region: 1, at: 4, width: 4, .readWrite, reset: 0x4746_4320, mask: 0, isVolatile: true),
  ]

  /// Bits of the control word of a DMA transfer.
  private enum Control {
    static let error: UInt32 = 1
    static let read: UInt32 = 2
    static let skip: UInt32 = 4
    static let select: UInt32 = 8
    static let write: UInt32 = 16
  }

  public var state = State()
  private let site: Site
  private let memory: AddressSpace
  private var contents: FwCfgContents

  public init(_ site: Site) {
    self.site = site
    memory = site.memory
    contents = site.backend("contents") ?? FwCfgContents()
    state.digest = contents.digest
  }

  /// Offers `contents` from now on: the board calls it when all is in them.
  public func offer(_ contents: FwCfgContents) {
    self.contents = contents
    state.digest = contents.digest
  }

  public func reset() {
    let digest = state.digest
    state = State()
    state.digest = digest
  }

  public func settle() {}

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    if region == 1 { return offset == 0 ? 0x554d_4551 : 0x4746_4320 }
    return offset == 1 ? UInt64(nextByte()) : 0
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    if region == 1 {
      let half = UInt32(truncatingIfNeeded: value).byteSwapped
      if offset == 0 {
        state.dmaAddress = half
      } else {
        let address = UInt64(state.dmaAddress) << 32 | UInt64(half)
        // All again when memory has come that it needs.
        guard bringIn(address) else { return }
        state.dmaAddress = 0
        transfer(address)
      }
    } else if width == 2 {
      select(UInt16(truncatingIfNeeded: value))
    } else {
      site.unimplemented("writing an item through the data port: DMA can")
    }
  }

  private func select(_ key: UInt16) {
    if contents.item(key) == nil { site.guestError("there is no item \(Site.hex(key))") }
    state.key = key
    state.offset = 0
  }

  private func nextByte() -> UInt8 {
    guard let item = contents.item(state.key), Int(state.offset) < item.count else { return 0 }
    defer { state.offset += 1 }
    switch item {
    case .bytes(let bytes): return bytes[Int(state.offset)]
    case .shared(_, let read, _): return read(Int(state.offset))
    }
  }

  // MARK: DMA

  /// Makes sure that the descriptor, and what it describes, is there.
  private func bringIn(_ descriptor: UInt64) -> Bool {
    guard isMemory(descriptor, 16) else { return true }
    guard memory.bringIn(descriptor, count: 16) else { return false }
    let (control, length, address) = describe(descriptor)
    guard control & (Control.read | Control.write) != 0, isMemory(address, length) else { return true }
    return memory.bringIn(address, count: length)
  }

  /// The descriptor's control, length and address: big endian.
  private func describe(_ descriptor: UInt64) -> (control: UInt32, length: Int, address: UInt64) {
    let bytes = memory.bytes(descriptor, count: 16)
    func word(_ at: Int) -> UInt32 { bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) } }
    return (word(0), Int(word(4)), UInt64(word(8)) << 32 | UInt64(word(12)))
  }

  /// Carries out the transfer whose descriptor (control, length, address: big endian) is at `descriptor`.
  private func transfer(_ descriptor: UInt64) {
    guard memory.page(at: descriptor) != nil, memory.page(at: descriptor &+ 15) != nil else {
      return site.guestError("the DMA descriptor at \(Site.hex(descriptor)) is not in RAM")
    }
    let (control, length, address) = describe(descriptor)
    if control & Control.select != 0 { select(UInt16(truncatingIfNeeded: control >> 16)) }
    var succeeded = true
    if control & Control.read != 0 {
      succeeded = read(length, to: address)
    } else if control & Control.write != 0 {
      succeeded = write(length, from: address)
    } else if control & Control.skip != 0 {
      advance(length)
    }
    if !succeeded {
      site.guestError("DMA of item \(Site.hex(state.key)) with \(Site.hex(address)), \(length) bytes, cannot be done")
    }
    let answer = (succeeded ? 0 : Control.error).bigEndian
    memory.store(withUnsafeBytes(of: answer) { Array($0) }, at: descriptor)
  }

  private func advance(_ count: Int) {
    let size = contents.item(state.key)?.count ?? 0
    state.offset = UInt32(clamping: min(Int(state.offset) &+ count, max(size, Int(state.offset))))
  }

  /// Whether all of `count` bytes from `address` on is RAM or ROM; anything else ends a transfer at once.
  private func isMemory(_ address: UInt64, _ count: Int) -> Bool {
    guard count > 0 else { return true }
    let (end, wraps) = address.addingReportingOverflow(UInt64(count - 1))
    guard !wraps else { return false }
    var at = address
    while true {
      guard let span = memory.span(at: at), case .memory = span.region.content else { return false }
      if span.last >= end { return true }
      at = span.last + 1
    }
  }

  /// Copies from the item, and zeros from its end on.
  private func read(_ count: Int, to address: UInt64) -> Bool {
    guard isMemory(address, count) else { return false }
    let item = contents.item(state.key)
    let available = min(count, max(0, (item?.count ?? 0) - Int(state.offset)))
    let start = Int(state.offset)
    if available > 0 {
      switch item {
      case .bytes(let bytes):
        _ = bytes.withUnsafeBytes {
          memory.copyIn(address, from: UnsafeRawBufferPointer(rebasing: $0[start..<start + available]))
        }
      case .shared(_, let read, _): memory.store((start..<start + available).map(read), at: address)
      case nil: break
      }
    }
    let zeros = [UInt8](repeating: 0, count: min(1 << 16, count - available))
    var done = available
    while done < count {
      let part = min(zeros.count, count - done)
      _ = zeros.withUnsafeBytes {
        memory.copyIn(address + UInt64(done), from: UnsafeRawBufferPointer(rebasing: $0[..<part]))
      }
      done += part
    }
    advance(count)
    return true
  }

  /// Writes to an item, if it is one that takes writes and has the room.
  private func write(_ count: Int, from address: UInt64) -> Bool {
    guard case .shared(let size, _, let write) = contents.item(state.key), isMemory(address, count),
      Int(state.offset) <= size, count <= size - Int(state.offset)
    else { return false }
    let bytes = memory.bytes(address, count: count)
    for (index, byte) in bytes.enumerated() { write(Int(state.offset) + index, byte) }
    advance(count)
    return true
  }
}
