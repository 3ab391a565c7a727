/// What a kernel file begins like, whole or not.
enum KernelKind {
  case bzImage
  case zImage
  case uImage
  case elf(ELFImage.Machine)

  /// Nil for what has no magic number that says it.
  init?(_ bytes: [UInt8]) {
    if LinuxImage.isOne(bytes) {
      self = .bzImage
    } else if ELFImage.isOne(bytes), bytes.count >= 20,
      let machine = ELFImage.Machine(rawValue: UInt16(bytes[18]) | UInt16(bytes[19]) << 8)
    {
      self = .elf(machine)
    } else if UImage.isOne(bytes) {
      self = .uImage
    } else if ARMImage.isZImage(bytes) {
      self = .zImage
    } else {
      return nil
    }
  }

  /// Whether it is for ARM and nothing else.
  var isARM: Bool {
    switch self {
    case .zImage, .uImage, .elf(.arm): true
    case .bzImage, .elf: false
    }
  }
}
