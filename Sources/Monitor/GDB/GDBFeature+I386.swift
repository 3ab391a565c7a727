extension GDBFeature {
  /// `org.gnu.gdb.i386.core` and `.sse`.
  static let i386 = [
    GDBFeature(
      name: "org.gnu.gdb.i386.core", file: "i386-core.xml",
      types: flags(
        "i386_eflags", bits: 32,
        [
          ("CF", 0), ("", 1), ("PF", 2), ("AF", 4), ("ZF", 6), ("SF", 7), ("TF", 8), ("IF", 9), ("DF", 10), ("OF", 11),
          ("NT", 14), ("RF", 16), ("VM", 17), ("AC", 18), ("VIF", 19), ("VIP", 20), ("ID", 21),
        ]),
      registers: ["eax", "ecx", "edx", "ebx"].map { GDBRegister($0) }
        + ["esp", "ebp"].map { GDBRegister($0, type: "data_ptr") }
        + ["esi", "edi"].map { GDBRegister($0) }
        + [
          GDBRegister("eip", type: "code_ptr", isProgramCounter: true),
          GDBRegister("eflags", type: "i386_eflags"),
        ]
        + ["cs", "ss", "ds", "es", "fs", "gs"].map { GDBRegister($0) }
        + (0..<8).map { GDBRegister("st\($0)", bits: 80, type: "i387_ext") }
        + ["fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop"]
        .map { GDBRegister($0, type: "int", group: "float") }),
    GDBFeature(
      name: "org.gnu.gdb.i386.sse", file: "i386-sse.xml",
      types: """
          <vector id="v4f" type="ieee_single" count="4"/>
          <vector id="v2d" type="ieee_double" count="2"/>
          <vector id="v16i8" type="int8" count="16"/>
          <vector id="v8i16" type="int16" count="8"/>
          <vector id="v4i32" type="int32" count="4"/>
          <vector id="v2i64" type="int64" count="2"/>
          <union id="vec128">
            <field name="v4_float" type="v4f"/>
            <field name="v2_double" type="v2d"/>
            <field name="v16_int8" type="v16i8"/>
            <field name="v8_int16" type="v8i16"/>
            <field name="v4_int32" type="v4i32"/>
            <field name="v2_int64" type="v2i64"/>
            <field name="uint128" type="uint128"/>
          </union>

        """
          + flags(
            "i386_mxcsr", bits: 32,
            [
              ("IE", 0), ("DE", 1), ("ZE", 2), ("OE", 3), ("UE", 4), ("PE", 5), ("DAZ", 6), ("IM", 7), ("DM", 8),
              ("ZM", 9), ("OM", 10), ("UM", 11), ("PM", 12), ("FZ", 15),
            ]),
      registers: (0..<8).map { GDBRegister("xmm\($0)", bits: 128, type: "vec128") }
        + [GDBRegister("mxcsr", type: "i386_mxcsr", group: "vector")]),
  ]
}
