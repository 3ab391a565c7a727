/// A general register of the x86-64 host, by its number in instructions.
public struct HostRegister: Equatable, Sendable, BitwiseCopyable {
  /// 0 to 15.
  public let number: UInt8

  @inline(__always)
  public init(_ number: UInt8) { self.number = number }

  public static var rax: HostRegister { HostRegister(0) }
  public static var rcx: HostRegister { HostRegister(1) }
  public static var rdx: HostRegister { HostRegister(2) }
  public static var rbx: HostRegister { HostRegister(3) }
  public static var rsp: HostRegister { HostRegister(4) }
  public static var rbp: HostRegister { HostRegister(5) }
  public static var rsi: HostRegister { HostRegister(6) }
  public static var rdi: HostRegister { HostRegister(7) }
  public static var r8: HostRegister { HostRegister(8) }
  public static var r9: HostRegister { HostRegister(9) }
  public static var r10: HostRegister { HostRegister(10) }
  public static var r11: HostRegister { HostRegister(11) }
  public static var r12: HostRegister { HostRegister(12) }
  public static var r13: HostRegister { HostRegister(13) }
  public static var r14: HostRegister { HostRegister(14) }
  public static var r15: HostRegister { HostRegister(15) }
}
