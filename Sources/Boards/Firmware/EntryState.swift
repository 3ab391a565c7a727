/// How the bootstrap processor starts: 32-bit protected mode without paging, flat segments of 4 GiB with
/// base 0, interrupts off, A20 on.
public struct EntryState: Sendable, Equatable {
  public var eip: UInt32
  public var eax: UInt32 = 0
  public var ebx: UInt32 = 0
  public var ecx: UInt32 = 0
  public var edx: UInt32 = 0
  public var esi: UInt32 = 0
  public var edi: UInt32 = 0
  public var ebp: UInt32 = 0
  public var esp: UInt32 = 0
  /// Where the table of `descriptors` is.
  public var gdtBase: UInt32 = Self.descriptorTable
  public var gdtLimit: UInt16 = 31
  /// Execute and read.
  public var codeSelector: UInt16 = 0x10
  /// Read and write: for DS, ES, FS, GS and SS.
  public var dataSelector: UInt16 = 0x18

  static let descriptorTable: UInt32 = 0x8f000

  init(eip: UInt32) { self.eip = eip }

  /// The descriptor table that the selectors point into: the boot protocol's __BOOT_CS and __BOOT_DS.
  static let descriptors: Placement = {
    var table = ByteBuffer(zeros: 16)
    table.put(0x00cf_9b00_0000_ffff as UInt64)
    table.put(0x00cf_9300_0000_ffff as UInt64)
    return Placement("descriptor table", at: UInt64(descriptorTable), table.bytes)
  }()
}
