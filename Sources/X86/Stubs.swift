public import DeviceModel

// Each part below stands in for a file being written; its owner deletes it here.

// sys:
public struct CPUModelRecord: Sendable, HostSide {
  public var name = "max"
  public var features: UInt64 = 0
  public var instructionSet = InstructionSet.all
  public var signature: UInt32 = 0x600
}
public enum CPUModel {
  public static let all = [CPUModelRecord()]
  public static func named(_ name: String) -> CPUModelRecord? { all.first { $0.name == name } }
}
public protocol X86InterruptController: AnyObject, HostSide {
  func acknowledge() -> UInt8?
}
extension CPU {
  func refreshMode() { for i in 0..<6 { refreshAccess(i) } }
  func deliver(_ fault: PendingFault) {}
  func deliverInterrupt(vector: UInt8) {}
  func deliverNMI() {}
  func checkDataBreakpoint(_ linear: UInt64, width: Int, writing: Bool) {}
  func checkInstructionBreakpoint() throws(Fault) {}
  func afterSingleStep(trap: Bool) {}
  func checkIO(_ port: UInt16, width: Int) throws(Fault) {}
}
