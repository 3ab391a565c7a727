/// What a monitor says of itself (VESA Enhanced EDID 1.4): one block of 128 bytes with the preferred mode.
enum EDID {
  /// The block of a monitor that has `width` by `height` dots at 75 Hz at most, 96 of them to an inch.
  static func block(width: UInt32, height: UInt32) -> [UInt8] {
    let (width, height) = (Int(min(width, 4095)), Int(min(height, 4095)))
    var bytes: [UInt8] = [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0]
    // The maker "FRY", five bits a letter; product 1, no serial number, 2026, version 1.4.
    bytes += [0x1a, 0x59, 1, 0, 0, 0, 0, 0, 0, 36, 1, 4]
    let (across, down) = (width * 254 / 960, height * 254 / 960)
    // Digital with 8 bits a colour; centimetres; gamma 2.2; RGB, preferred mode is the native one.
    bytes += [0xa5, UInt8(clamping: across / 10), UInt8(clamping: down / 10), 120, 0x06]
    // The colours of sRGB.
    bytes += [0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54]
    // Established modes: 640x480, 800x600 and 1024x768 at 60 Hz; no standard ones.
    bytes += [0x21, 0x08, 0]
    bytes += [UInt8](repeating: 1, count: 16)
    bytes += timing(width, height, across, down)
    bytes += text(0xfc, "Ferry")
    // Ranges: 50 to 75 Hz, 20 to 160 kHz, 600 MHz.
    bytes += [0, 0, 0, 0xfd, 0, 50, 75, 20, 160, 60, 1, 0x0a, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20]
    bytes += text(0xff, "1")
    bytes.append(0)
    bytes.append(UInt8(truncatingIfNeeded: 0 &- bytes.reduce(0) { $0 + Int($1) }))
    return bytes
  }

  /// A detailed timing at 60 Hz with blanking of a fifth and of a thirtieth.
  private static func timing(_ width: Int, _ height: Int, _ across: Int, _ down: Int) -> [UInt8] {
    let (blank, lines) = (max(80, width / 5 & ~7), max(16, height / 30))
    let clock = (width + blank) * (height + lines) * 60 / 10_000
    let (front, sync) = (blank / 4, blank / 4)
    var bytes = [UInt8(truncatingIfNeeded: clock), UInt8(truncatingIfNeeded: clock >> 8)]
    for (active, blank) in [(width, blank), (height, lines)] {
      bytes += [
        UInt8(truncatingIfNeeded: active), UInt8(truncatingIfNeeded: blank),
        UInt8((active >> 8) << 4 | (blank >> 8) & 0xf),
      ]
    }
    // Vertical front porch 3 lines, pulse 4.
    bytes += [
      UInt8(truncatingIfNeeded: front), UInt8(truncatingIfNeeded: sync), 0x34,
      UInt8(truncatingIfNeeded: (front >> 8) << 6 | (sync >> 8 & 3) << 4),
    ]
    bytes += [
      UInt8(truncatingIfNeeded: across), UInt8(truncatingIfNeeded: down),
      UInt8(truncatingIfNeeded: (across >> 8) << 4 | (down >> 8) & 0xf), 0, 0, 0x1e,
    ]
    return bytes
  }

  private static func text(_ tag: UInt8, _ text: String) -> [UInt8] {
    let letters = Array(text.utf8.prefix(12)) + [0x0a]
    return [0, 0, 0, tag, 0] + letters + [UInt8](repeating: 0x20, count: 13 - letters.count)
  }
}
