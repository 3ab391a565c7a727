/// Why something cannot be started. The description is one line: which file, what is wrong, what would do.
public enum BootError: Error, Equatable, CustomStringConvertible {
  case empty(file: String)
  /// The file ends before what its header promises.
  case truncated(file: String, what: String, needs: UInt64, has: UInt64)
  case unknownFormat(file: String)
  /// The format is known, the file is not one that can be started; `reason` says why.
  case unsupported(file: String, reason: String)
  case outsideRAM(file: String, what: String, range: Range<UInt64>, ram: UInt64)
  case noRoom(file: String, needs: UInt64, room: UInt64, ram: UInt64)
  case commandLineTooLong(length: Int, limit: Int)
  case badFirmwareSize(file: String, size: Int)
  case tooManyModules(format: String, count: Int)
  /// A kernel of the other kind of CPU; `kernel` and `cpu` are "x86" or "ARM".
  case wrongArchitecture(file: String, kernel: String, cpu: String)
  case unknownARMFormat(file: String)
  case badDeviceTree(file: String, reason: String)
  /// A loader's bytes that there is no memory for.
  case nowhere(what: String, range: Range<UInt64>)

  public var description: String {
    switch self {
    case .empty(let file): "\(file): the file is empty"
    case .truncated(let file, let what, let needs, let has):
      "\(file): truncated: \(what) needs \(needs) bytes, the file has \(has)"
    case .unknownFormat(let file):
      "\(file): neither a Linux bzImage nor an ELF with a PVH note nor a multiboot 1 kernel"
    case .unsupported(let file, let reason): "\(file): \(reason)"
    case .outsideRAM(let file, let what, let range, let ram):
      "\(file): \(what) at \(hex(range.lowerBound))-\(hex(range.upperBound &- 1)) is not in usable RAM; "
        + "the machine has \(ram >> 20) MiB, give it more with -m"
    case .noRoom(let file, let needs, let room, let ram):
      "\(file): too large: \(needs) bytes do not fit into the \(room) bytes that are free beside the kernel; "
        + "the machine has \(ram >> 20) MiB, give it more with -m"
    case .commandLineTooLong(let length, let limit):
      "the kernel's command line has \(length) bytes, this kernel takes \(limit): shorten -append"
    case .badFirmwareSize(let file, let size):
      "\(file): a firmware image has a multiple of 4096 bytes and at most 16 MiB, this file has \(size) bytes"
    case .wrongArchitecture(let file, let kernel, let cpu):
      "\(file) is an \(kernel) kernel; this board has an \(cpu) CPU"
    case .unknownARMFormat(let file):
      "\(file): neither an ARM Linux zImage, Image or uImage nor an ARM ELF executable"
    case .badDeviceTree(let file, let reason): "\(file): not a usable device tree: \(reason)"
    case .nowhere(let what, let range):
      "\(what): \(hex(range.lowerBound))-\(hex(range.upperBound &- 1)) is not in this board's RAM or ROM"
    case .tooManyModules(let format, let count):
      "\(format) takes one initial RAM disk, -initrd names \(count) files: only multiboot kernels take several"
    }
  }

  private func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
}
