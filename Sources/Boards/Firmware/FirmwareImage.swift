/// A firmware image: mapped so that it ends at 4 GiB, its last 128 KiB copied to where a PC's BIOS is.
public struct FirmwareImage: Sendable {
  /// The image, whole pages.
  public let bytes: [UInt8]
  /// Where the image begins below 4 GiB.
  public let base: UInt64
  /// What is to be copied into the RAM that ends at 1 MiB, at every reset.
  public let shadow: Placement

  /// - Throws: `BootError` when the size is none that a flash chip there could have.
  public init(name: String, _ bytes: [UInt8]) throws(BootError) {
    guard !bytes.isEmpty else { throw .empty(file: name) }
    guard bytes.count % 4096 == 0, bytes.count <= 16 << 20 else {
      throw .badFirmwareSize(file: name, size: bytes.count)
    }
    self.bytes = bytes
    base = (1 << 32) - UInt64(bytes.count)
    let tail = Array(bytes.suffix(0x20000))
    shadow = Placement("firmware copy", at: 0x100000 - UInt64(tail.count), tail)
  }
}
