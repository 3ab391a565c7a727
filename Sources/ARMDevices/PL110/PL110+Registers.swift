public import DeviceModel

extension PL110 {
  /// LCDTiming0 to 3: bits that exist.
  static let timingMasks: [UInt32] = [0xffff_fffc, 0xffff_ffff, 0xffff_7fff, 0x0001_007f]
  /// Interrupts: FIFO underflow 1, next base address 2, vertical compare 3, bus error 4.
  static let interruptMask: UInt32 = 0x1e

  public static let registers: [RegisterRow] =
    [
      RegisterRow(
        "LCDTiming0", at: 0x00, width: 4, .readWrite, mask: 0xffff_fffc,
        fields: "HBP[31:24] HFP[23:16] HSW[15:8] PPL[7:2]"),
      RegisterRow("LCDTiming1", at: 0x04, width: 4, .readWrite, fields: "VBP[31:24] VFP[23:16] VSW[15:10] LPP[9:0]"),
      RegisterRow(
        "LCDTiming2", at: 0x08, width: 4, .readWrite, mask: 0xffff_7fff,
        fields: "PCD_HI[31:27] BCD[26] CPL[25:16] IOE[14] IPC[13] IHS[12] IVS[11] ACB[10:6] CLKSEL[5] PCD_LO[4:0]"),
      RegisterRow("LCDTiming3", at: 0x0c, width: 4, .readWrite, mask: 0x0001_007f, fields: "LEE[16] LED[6:0]"),
      RegisterRow("LCDUPBASE", at: 0x10, width: 4, .readWrite, mask: 0xffff_fffc),
      RegisterRow("LCDLPBASE", at: 0x14, width: 4, .readWrite, mask: 0xffff_fffc),
      RegisterRow(
        "LCDINTRENABLE", at: 0x18, width: 4, .readWrite, mask: 0x1e,
        fields: "MBERRINTRENB[4] VCOMPINTRENB[3] LNBUINTRENB[2] FUFINTRENB[1]"),
      RegisterRow(
        "LCDControl", at: 0x1c, width: 4, .readWrite, mask: 0x1_bfff,
        fields: "WATERMARK[16] LDmaFIFOTME[15] LcdVComp[13:12] LcdPwr[11] BEPO[10] BEBO[9] BGR[8] LcdDual[7] "
          + "LcdMono8[6] LcdTFT[5] LcdBW[4] LcdBpp[3:1] LcdEn[0]"),
      RegisterRow(
        "LCDStatus", at: 0x20, width: 4, .readWrite, mask: 0x1e, isVolatile: true,
        fields: "MBERROR[4] Vcomp[3] LNBU[2] FUF[1]"),
      RegisterRow(
        "LCDInterrupt", at: 0x24, width: 4, .readOnly, fields: "MBERRORINTR[4] VCOMPINTR[3] LNBUINTR[2] FUFINTR[1]"),
      RegisterRow("LCDUPCURR", at: 0x28, width: 4, .readOnly, isVolatile: true),
      RegisterRow("LCDLPCURR", at: 0x2c, width: 4, .readOnly, isVolatile: true),
      RegisterRow("LCDPalette", at: 0x200, width: 4, count: 128, .readWrite),
    ] + PrimeCell.registers(part, "CLCDPERIPHID", "CLCDPCELLID")

  private static let part: UInt32 = 0x0004_1110

  /// The register's offset on a controller in the manual's order.
  private func decode(_ offset: UInt64) -> UInt64 {
    let place = offset & ~3
    return state.isSwapped && (place == 0x18 || place == 0x1c) ? place ^ 4 : place
  }

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    let now = site.clock.now
    catchUp(now)
    update()
    let place = decode(offset)
    switch place {
    case 0x00: return UInt64(state.timing0)
    case 0x04: return UInt64(state.timing1)
    case 0x08: return UInt64(state.timing2)
    case 0x0c: return UInt64(state.timing3)
    case 0x10: return UInt64(state.upperBase)
    case 0x14: return UInt64(state.lowerBase)
    case 0x18: return UInt64(state.enable)
    case 0x1c: return UInt64(state.control)
    case 0x20: return UInt64(state.status)
    case 0x24: return UInt64(state.status & state.enable)
    case 0x28: return UInt64(fetched(from: state.upperFrame, now))
    case 0x2c: return UInt64(fetched(from: state.lowerFrame, now))
    case 0x200...0x3fc: return UInt64(state.palette[Int(place - 0x200) >> 2])
    default: return PrimeCell.identification(Self.part, at: offset) ?? 0
    }
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    let now = site.clock.now
    catchUp(now)
    let word = UInt32(truncatingIfNeeded: value)
    let place = decode(offset)
    switch place {
    case 0x00: state.timing0 = word & Self.timingMasks[0]
    case 0x04: state.timing1 = word
    case 0x08: state.timing2 = word & Self.timingMasks[2]
    case 0x0c: state.timing3 = word & Self.timingMasks[3]
    case 0x10: state.upperBase = word & ~3
    case 0x14: state.lowerBase = word & ~3
    case 0x18: state.enable = word & Self.interruptMask
    case 0x1c: setControl(word & PL110Control.mask, now)
    case 0x20: state.status &= ~word
    case 0x200...0x3fc: state.palette[Int(place - 0x200) >> 2] = word
    default: break
    }
    catchUp(now)
    update()
  }
}
