import Engine
import SoftFloat

/// Access to the VFP coprocessor (DDI 0100 C2.7, DDI 0238 3.3).
///
/// With FPEXC.EN clear only FPSID and FPEXC can be reached, and by privileged modes alone; with FPEXC.EX set those and
/// FPINST and FPINST2. Any other VFP instruction is undefined then. Users can read FPSID and use FPSCR.
extension CPU {
  /// What executes an instruction of the coprocessor; nil if it is none.
  static func vfp(_ i: Instruction) -> Handler? {
    guard i.operation.rawValue >= Operation.fmac.rawValue, i.operation != .undefined else { return nil }
    if i.operation.rawValue <= Operation.ftosiz.rawValue {
      return i.immediate & 0x100 == 0 ? vfpSingle(i.operation) : vfpDouble(i.operation)
    }
    return vfpTransfer(i.operation) ?? vfpMemory(i.operation)
  }

  /// Undefined unless the coprocessor takes instructions.
  @inline(__always)
  func checkVFP() throws(Fault) {
    let state = core.pointee.state.vfp.fpexc & (FPEXC.enable | FPEXC.exceptional)
    guard state == FPEXC.enable else { throw undefined() }
  }
}
