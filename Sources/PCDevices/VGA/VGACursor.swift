import Bits

/// What blinks: the cursor, and which half of their cycles cursor and characters are in.
struct VGACursor: Equatable {
  /// The address of its character; nil while it does not show.
  let place: Int?
  /// The lines of the character that it covers.
  let lines: ClosedRange<Int>
  /// Whether blinking characters show.
  let isTextOn: Bool

  /// What it is at `now`: the cursor is there for eight pictures and gone for eight, characters for sixteen each.
  init(_ state: VGA.State, _ now: Int64) {
    let (start, end) = (state.crtc[0xa], state.crtc[0xb])
    let first = Int(start & 0x1f)
    lines = first...max(first, Int(end & 0x1f))
    let pictures = max(0, now) / VGATiming(state).frame
    isTextOn = !pictures.bit(4)
    let isOff = start.bit(5) || first > Int(end & 0x1f) || pictures.bit(3)
    let address = (Int(state.crtc[0xe]) << 8 | Int(state.crtc[0xf])) + Int(end.bits(5...6))
    place = isOff ? nil : address & 0xffff
  }
}
