/// Jumps and calls. Displacements have 4 bytes always, so that they can be changed later.
extension Assembler {
  /// A jump to where `bind` will say.
  public mutating func jump() -> HostFixup {
    byte(0xe9)
    return fixup()
  }

  /// A jump where `condition` holds, to where `bind` will say.
  public mutating func jump(if condition: HostCondition) -> HostFixup {
    byte(0x0f)
    byte(0x80 | condition.rawValue)
    return fixup()
  }

  /// A jump to `target`.
  public mutating func jump(to target: Int) { patch(jump(), target) }

  /// A jump to `target` where `condition` holds.
  public mutating func jump(if condition: HostCondition, to target: Int) { patch(jump(if: condition), target) }

  /// A jump to the address in `operand`.
  public mutating func jump(_ operand: HostOperand) { instruction(0xff, reg: 4, operand, width: .word) }

  /// A call of the code at `target`.
  public mutating func call(to target: Int) {
    byte(0xe8)
    patch(fixup(), target)
  }

  /// A call of what `bind` will say.
  public mutating func call() -> HostFixup {
    byte(0xe8)
    return fixup()
  }

  /// A call of the address in `operand`.
  public mutating func call(_ operand: HostOperand) { instruction(0xff, reg: 2, operand, width: .word) }

  private mutating func fixup() -> HostFixup {
    count &+= 1
    let site = HostFixup(site: position)
    word(0)
    return site
  }

  /// The jump at `fixup` leads here.
  public mutating func bind(_ fixup: HostFixup) { patch(fixup, position) }

  /// The jump at `fixup` leads to `target`; also long after it was written.
  public func patch(_ fixup: HostFixup, _ target: Int) {
    let displacement = Int32(truncatingIfNeeded: target &- (fixup.site &+ 4))
    (base + fixup.site).storeBytes(of: displacement, as: Int32.self)
  }

  /// Writes a jump to `target` over what is at `place`, 5 bytes of it.
  public func redirect(_ place: Int, to target: Int) {
    (base + place).storeBytes(of: 0xe9, as: UInt8.self)
    patch(HostFixup(site: place + 1), target)
  }
}
