public import DeviceModel

extension VGA {
  private static func indexed(
    _ names: [String], _ index: UInt64, _ data: UInt64, _ fields: [String: String] = [:]
  ) -> [RegisterRow] {
    names.enumerated().map { number, name in
      RegisterRow(
        name, at: data, .readWrite, reset: nil, fields: fields[name] ?? "",
        select: [RegisterWrite(UInt64(number), at: index)])
    }
  }

  private static let sequencer = indexed(
    ["SEQ_RESET", "SEQ_CLOCKING", "SEQ_MAP_MASK", "SEQ_FONTS", "SEQ_MEMORY"], 0x14, 0x15,
    [
      "SEQ_CLOCKING": "SO[5] SH4[4] DC[3] SL[2] D89[0]", "SEQ_FONTS": "MAH[5] MBH[4] MAL[3:2] MBL[1:0]",
      "SEQ_MEMORY": "CH4[3] OE[2] EM[1]",
    ])

  private static let graphics = indexed(
    [
      "GFX_SET_RESET", "GFX_ENABLE_SET_RESET", "GFX_COLOUR_COMPARE", "GFX_ROTATE", "GFX_READ_MAP", "GFX_MODE",
      "GFX_MISC", "GFX_DONT_CARE", "GFX_BIT_MASK",
    ], 0x1e, 0x1f,
    [
      "GFX_ROTATE": "FS[4:3] ROTC[2:0]", "GFX_MODE": "C256[6] SR[5] OE[4] RM[3] WM[1:0]",
      "GFX_MISC": "MM[3:2] OE[1] GM[0]",
    ])

  private static let controller = indexed(
    [
      "CRTC_HTOTAL", "CRTC_HDISPLAY_END", "CRTC_HBLANK_START", "CRTC_HBLANK_END", "CRTC_HRETRACE_START",
      "CRTC_HRETRACE_END", "CRTC_VTOTAL", "CRTC_OVERFLOW", "CRTC_PRESET_ROW", "CRTC_MAX_SCAN", "CRTC_CURSOR_START",
      "CRTC_CURSOR_END", "CRTC_START_HIGH", "CRTC_START_LOW", "CRTC_CURSOR_HIGH", "CRTC_CURSOR_LOW",
      "CRTC_VRETRACE_START", "CRTC_VRETRACE_END", "CRTC_VDISPLAY_END", "CRTC_OFFSET", "CRTC_UNDERLINE",
      "CRTC_VBLANK_START", "CRTC_VBLANK_END", "CRTC_MODE", "CRTC_LINE_COMPARE",
    ], 0x24, 0x25,
    [
      "CRTC_PRESET_ROW": "BP[6:5] SRS[4:0]", "CRTC_MAX_SCAN": "200[7] LC9[6] VBS9[5] MSL[4:0]",
      "CRTC_CURSOR_START": "CO[5] RSCB[4:0]", "CRTC_CURSOR_END": "CSK[6:5] RSCE[4:0]",
      "CRTC_VRETRACE_END": "PR[7] BW[6] DVI[5] CVI[4] VRE[3:0]", "CRTC_UNDERLINE": "DW[6] CB4[5] SUL[4:0]",
      "CRTC_MODE": "HRST[7] WB[6] ADW[5] CB2[3] HRS[2] SRSC[1] CMS0[0]",
    ])

  private static let dispi = [
    "VBE_ID", "VBE_XRES", "VBE_YRES", "VBE_BPP", "VBE_ENABLE", "VBE_BANK", "VBE_VIRT_WIDTH", "VBE_VIRT_HEIGHT",
    "VBE_X_OFFSET", "VBE_Y_OFFSET", "VBE_MEMORY_64K",
  ].enumerated().map { number, name in
    RegisterRow(
      name, region: Space.dispi, at: 1, width: 2, name == "VBE_MEMORY_64K" ? .readOnly : .readWrite, reset: nil,
      fields: name == "VBE_ENABLE" ? "NOCLEARMEM[7] LFB[6] DAC8[5] GETCAPS[1] ENABLED[0]" : "",
      select: [RegisterWrite(UInt64(number), region: Space.dispi, at: 0, width: 2)])
  }

  public static let registers: [RegisterRow] =
    [
      RegisterRow("ATTR_INDEX", at: 0x10, .readWrite, reset: 0x20, isVolatile: true, fields: "IPAS[5] ADDRESS[4:0]"),
      RegisterRow("ATTR_DATA", at: 0x11, .readOnly, reset: 0, isVolatile: true),
      RegisterRow(
        "MISC_WRITE", at: 0x12, .writeOnly, isVolatile: true, fields: "VSP[7] HSP[6] PB[5] CS[3:2] ERAM[1] IOS[0]"),
      RegisterRow("STATUS_0", at: 0x12, .readOnly, reset: 0x10),
      RegisterRow("SEQ_INDEX", at: 0x14, .readWrite),
      RegisterRow("DAC_MASK", at: 0x16, .readWrite, reset: 0xff),
      RegisterRow("DAC_READ_INDEX", at: 0x17, .writeOnly, isVolatile: true),
      RegisterRow("DAC_STATE", at: 0x17, .readOnly),
      RegisterRow("DAC_WRITE_INDEX", at: 0x18, .readWrite, isVolatile: true),
      RegisterRow("DAC_DATA", at: 0x19, .readWrite, reset: nil, isVolatile: true),
      RegisterRow("FEATURE_READ", at: 0x1a, .readOnly),
      RegisterRow(
        "MISC_READ", at: 0x1c, .readOnly, reset: 0x67, fields: "VSP[7] HSP[6] PB[5] CS[3:2] ERAM[1] IOS[0]"),
      RegisterRow("GFX_INDEX", at: 0x1e, .readWrite),
      RegisterRow("CRTC_INDEX", at: 0x24, .readWrite),
      RegisterRow("STATUS_1", at: 0x2a, .readOnly, reset: nil, isVolatile: true, fields: "VR[3] DE[0]"),
      RegisterRow("FEATURE_WRITE", at: 0x2a, .writeOnly, isVolatile: true),
      RegisterRow("VBE_INDEX", region: Space.dispi, at: 0, width: 2, .readWrite),
    ] + sequencer + graphics + controller + dispi
}
