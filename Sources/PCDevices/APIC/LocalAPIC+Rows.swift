public import DeviceModel

/// The registers as the manual prints them (Intel SDM volume 3, table 11-1), where xAPIC mode has them.
extension LocalAPIC {
  public static let registers: [RegisterRow] =
    [
      row("ID", 0x02, mask: 0xff00_0000, fields: "ID[31:24]", reset: nil),
      row(
        "VERSION", 0x03, .readOnly, fields: "EOI_SUPPRESSION[24] MAX_LVT_ENTRY[23:16] VERSION[7:0]",
        reset: 0x0105_0014),
      row("TPR", 0x08, mask: 0xff, fields: "CLASS[7:4] SUBCLASS[3:0]"),
      row("APR", 0x09, .readOnly, fields: "CLASS[7:4] SUBCLASS[3:0]"),
      row("PPR", 0x0a, .readOnly, fields: "CLASS[7:4] SUBCLASS[3:0]"),
      row("EOI", 0x0b, .writeOnly),
      row("LDR", 0x0d, mask: 0xff00_0000, fields: "LOGICAL_ID[31:24]"),
      row("DFR", 0x0e, mask: 0xf000_0000, fields: "MODEL[31:28]", reset: 0xffff_ffff),
      row(
        "SVR", 0x0f, mask: 0x13ff, fields: "EOI_BROADCAST_OFF[12] FOCUS_CHECK_OFF[9] ENABLE[8] VECTOR[7:0]",
        reset: nil),
    ]
    + vectors("ISR", 0x10) + vectors("TMR", 0x18) + vectors("IRR", 0x20)
    + [
      row(
        "ESR", 0x28,
        fields: "ILLEGAL_REGISTER[7] RECEIVE_ILLEGAL_VECTOR[6] SEND_ILLEGAL_VECTOR[5] REDIRECTABLE_IPI[4] "
          + "RECEIVE_ACCEPT[3] SEND_ACCEPT[2] RECEIVE_CHECKSUM[1] SEND_CHECKSUM[0]", isVolatile: true),
      row(
        "ICR_LOW", 0x30,
        fields: "SHORTHAND[19:18] TRIGGER_MODE[15] LEVEL[14] DELIVERY_STATUS[12] DESTINATION_MODE[11] "
          + "DELIVERY_MODE[10:8] VECTOR[7:0]", isVolatile: true),
      row("ICR_HIGH", 0x31, mask: 0xff00_0000, fields: "DESTINATION[31:24]"),
      row(
        "LVT_TIMER", 0x32, mask: 0x7_00ff, fields: "MODE[18:17] MASK[16] DELIVERY_STATUS[12] VECTOR[7:0]",
        reset: 0x1_0000),
      row("LVT_THERMAL", 0x33, mask: 0x1_07ff, fields: deliveredFields, reset: 0x1_0000),
      row("LVT_PERFORMANCE", 0x34, mask: 0x1_07ff, fields: deliveredFields, reset: 0x1_0000),
      row("LVT_LINT0", 0x35, fields: pinFields, reset: nil, isVolatile: true),
      row("LVT_LINT1", 0x36, fields: pinFields, reset: nil, isVolatile: true),
      row("LVT_ERROR", 0x37, mask: 0x1_00ff, fields: "MASK[16] DELIVERY_STATUS[12] VECTOR[7:0]", reset: 0x1_0000),
      row("INITIAL_COUNT", 0x38),
      row("CURRENT_COUNT", 0x39, .readOnly),
      row("DCR", 0x3e, mask: 0xb, fields: "DIVIDE_HIGH[3] DIVIDE_LOW[1:0]"),
    ]

  private static let deliveredFields = "MASK[16] DELIVERY_STATUS[12] DELIVERY_MODE[10:8] VECTOR[7:0]"
  private static let pinFields =
    "MASK[16] TRIGGER_MODE[15] REMOTE_IRR[14] POLARITY[13] DELIVERY_STATUS[12] DELIVERY_MODE[10:8] VECTOR[7:0]"

  private static func row(
    _ name: String, _ number: UInt64, _ access: RegisterRow.Access = .readWrite, mask: UInt64 = .max,
    fields: String = "", reset: UInt64? = 0, isVolatile: Bool = false
  ) -> RegisterRow {
    RegisterRow(
      name, at: number << 4, width: 4, access, reset: reset, mask: mask, isVolatile: isVolatile, fields: fields)
  }

  private static func vectors(_ name: String, _ first: UInt64) -> [RegisterRow] {
    (0..<8).map { row("\(name)\($0)", first + $0, .readOnly) }
  }
}
