extension GDBFeature {
  /// `org.gnu.gdb.arm.core` and `.vfp`. Numbers 16 to 24 are those of a floating-point unit before VFP.
  static let arm = [
    GDBFeature(
      name: "org.gnu.gdb.arm.core", file: "arm-core.xml",
      registers: (0...12).map { GDBRegister("r\($0)", type: "uint32") }
        + [
          GDBRegister("sp", type: "data_ptr"),
          GDBRegister("lr"),
          GDBRegister("pc", type: "code_ptr", isProgramCounter: true),
          GDBRegister("cpsr", number: 25),
        ]),
    GDBFeature(
      name: "org.gnu.gdb.arm.vfp", file: "arm-vfp.xml",
      registers: (0..<16).map { GDBRegister("d\($0)", bits: 64, type: "ieee_double") }
        + [GDBRegister("fpscr", type: "int", group: "float")]),
  ]
}
