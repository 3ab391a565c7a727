import Bits
public import DeviceModel

/// All that fw_cfg offers: numbered items, and named files from key 0x20 on with their directory.
///
/// The board fills it before the machine starts. Numbers in items are little endian, those in the directory
/// big endian, as QEMU's documentation of fw_cfg has them.
public final class FwCfgContents: HostSide {
  /// Well-known keys.
  public enum Key: UInt16, Sendable {
    case signature = 0x00
    case features = 0x01
    case uuid = 0x02
    case ramSize = 0x03
    case noGraphics = 0x04
    case cpuCount = 0x05
    case machineID = 0x06
    case kernelAddress = 0x07
    case kernelSize = 0x08
    case kernelCommandLine = 0x09
    case initrdAddress = 0x0a
    case initrdSize = 0x0b
    case bootDevice = 0x0c
    case numa = 0x0d
    case bootMenu = 0x0e
    case maxCPUs = 0x0f
    case kernelEntry = 0x10
    case kernelData = 0x11
    case initrdData = 0x12
    case commandLineAddress = 0x13
    case commandLineSize = 0x14
    case commandLineData = 0x15
    case setupAddress = 0x16
    case setupSize = 0x17
    case setupData = 0x18
    case directory = 0x19
    case irq0Override = 0x8002
  }

  /// The key of the first file.
  public static let firstFile: UInt16 = 0x20
  /// The longest name of a file, in bytes.
  public static let longestName = 55

  private var items: [UInt16: FwCfgItem] = [:]
  private var names: [(name: String, key: UInt16)] = []

  /// Holds the signature, the features (DMA) and an empty directory.
  public init() {
    self[.signature] = .bytes(Array("QEMU".utf8))
    set(.features, UInt32(3))
    writeDirectory()
  }

  /// The item of a well-known key.
  public subscript(key: Key) -> FwCfgItem? {
    get { items[key.rawValue] }
    set { items[key.rawValue] = newValue }
  }

  /// The item of `key` without the bits for writing and for the architecture's own keys kept.
  func item(_ key: UInt16) -> FwCfgItem? { items[key & 0xbfff] }

  /// Sets an item to a little-endian number.
  public func set<T: FixedWidthInteger>(_ key: Key, _ value: T) {
    self[key] = .bytes(withUnsafeBytes(of: value.littleEndian) { Array($0) })
  }

  /// Adds a file, or replaces the one of that name. The name has at most 55 bytes of ASCII.
  public func addFile(_ name: String, _ item: FwCfgItem) {
    precondition(name.utf8.count <= Self.longestName && name.utf8.allSatisfy { $0 < 128 }, "fw_cfg file \(name)")
    let key: UInt16
    if let known = names.first(where: { $0.name == name })?.key {
      key = known
    } else {
      key = Self.firstFile + UInt16(names.count)
      precondition(key < 0x4000, "too many fw_cfg files")
      names.append((name, key))
    }
    items[key] = item
    writeDirectory()
  }

  /// Adds a file of `bytes`.
  public func addFile(_ name: String, _ bytes: [UInt8]) { addFile(name, .bytes(bytes)) }

  /// The bytes of a file, as long as nobody else owns them.
  public func file(_ name: String) -> [UInt8]? {
    guard let key = names.first(where: { $0.name == name })?.key, case .bytes(let bytes) = items[key] else {
      return nil
    }
    return bytes
  }

  private func writeDirectory() {
    var bytes = Self.bigEndian(UInt32(names.count))
    for (name, key) in names {
      bytes += Self.bigEndian(UInt32(clamping: items[key]?.count ?? 0)) + Self.bigEndian(key) + [0, 0]
      let text = Array(name.utf8)
      bytes += text + [UInt8](repeating: 0, count: Self.longestName + 1 - text.count)
    }
    self[.directory] = .bytes(bytes)
  }

  private static func bigEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }

  /// A 64-bit FNV-1a hash over keys, sizes and bytes: equal contents, equal digest, on any host.
  public var digest: UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    for (key, item) in items.sorted(by: { $0.key < $1.key }) {
      for shift in [0, 8] { add(UInt8(truncatingIfNeeded: key >> UInt16(shift))) }
      for shift in stride(from: 0, to: 64, by: 8) { add(UInt8(truncatingIfNeeded: item.count >> shift)) }
      if case .bytes(let bytes) = item {
        bytes.withUnsafeBufferPointer { for byte in $0 { add(byte) } }
      }
    }
    return hash
  }
}
