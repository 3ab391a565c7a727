import Emit
import Engine

/// Code that all translations share, written once at the start of the code memory.
struct TranslationThunks: BitwiseCopyable {
  typealias Layout = TranslationLayout

  /// Called from outside with a core and where to begin; comes back with a `TranslatedExit`.
  let enter: Int
  /// Goes back to who entered, with what r10d says.
  let leave: Int
  /// Executes the instruction whose site r10d has in the interpreter's way. Comes back where execution goes on, without a
  /// window, else goes to who entered.
  let call: Int
  /// Goes on at the address in r10d.
  let goOn: Int
  /// The same when the jump cache, whose entry is at r11 * 8, has not got it in this address space; r10 has the tag.
  let miss: Int

  /// For 1, 2, 4 bytes and so on, up to the longest window: Z is set behind it where so many, at r10, may be stored
  /// next to code. r11 is the offset of the TLB's entry, and r12, which is used, the page of the last byte.
  private let besides: InlineArray<8, Int>

  /// Makes the host's XMM registers and MXCSR the guest's. Z is clear behind it when they cannot be; r10 is used.
  let startSSE: Int
  /// The same for the x87's registers.
  let startX87: Int
  /// Called from outside with a core: writes the host's x87 registers to its image.
  let saveX87: Int

  private static let saved: [HostRegister] = [.rbx, .rbp, .r12, .r13, .r14, .r15]

  /// Writes them; `handler` executes one instruction.
  init(
    _ a: inout Assembler, handler: @convention(c) (UnsafeMutableRawPointer, UInt32) -> Int32,
    giveX87: @convention(c) (UnsafeMutableRawPointer) -> Int32
  ) {
    saveX87 = a.position
    a.x87(0xdd, extension: 6, .memory(.rdi, Layout.x87Image))
    a.plain(.ret)

    let saveSSE = a.position
    for number in 0..<8 as Range<UInt8> { a.storeVector(Self.xmm(number), number) }
    a.storeMXCSR(.memory(Layout.core, Layout.mxcsr))
    a.loadMXCSR(.memory(Layout.core, Layout.hostMXCSR))
    a.plain(.ret)

    let loadSSE = a.position
    for number in 0..<8 as Range<UInt8> { a.loadVector(number, Self.xmm(number)) }
    a.loadMXCSR(.memory(Layout.core, Layout.mxcsr))
    a.plain(.ret)

    startSSE = a.position
    var refusals: [HostFixup] = []
    // All exceptions are to be masked, CR0.EM and TS clear, CR4.OSFXSR set.
    a.load(.r10, .memory(Layout.core, Layout.mxcsr))
    a.arithmetic(.and, .r10, 0x1f80)
    a.arithmetic(.cmp, .r10, 0x1f80)
    refusals.append(a.jump(if: .notEqual))
    a.test(.memory(Layout.core, Layout.cr0), 0xc, width: .byte)
    refusals.append(a.jump(if: .notEqual))
    a.test(.memory(Layout.core, Layout.cr4), 0x200)
    refusals.append(a.jump(if: .equal))
    a.call(to: loadSSE)
    a.store(.memory(Layout.core, Layout.isSSELive), 1, width: .byte)
    a.arithmetic(.xor, .r10, .r10)
    a.plain(.ret)
    for fixup in refusals { a.bind(fixup) }
    a.arithmetic(.or, .r10, 1)
    a.plain(.ret)

    startX87 = a.position
    Self.store(&a)
    Self.ifSSE(&a, saveSSE)
    a.move(.rdi, Layout.core, width: .double)
    a.arithmetic(.sub, .rsp, 8, width: .double)
    a.move(.rax, UInt64(UInt(bitPattern: unsafeBitCast(giveX87, to: UnsafeRawPointer.self))))
    a.call(.register(.rax))
    a.arithmetic(.add, .rsp, 8, width: .double)
    a.move(.r10, .rax)
    Self.load(&a)
    Self.ifSSE(&a, loadSSE)
    a.test(.register(.r10), .r10)
    let isRefused = a.jump(if: .notEqual)
    a.x87(0xdd, extension: 4, .memory(Layout.core, Layout.x87Image))
    a.store(.memory(Layout.core, Layout.isX87Live), 1, width: .byte)
    a.bind(isRefused)
    a.plain(.ret)

    enter = a.position
    for register in Self.saved { a.push(register) }
    // The stack is aligned to 16 bytes in translated code.
    a.arithmetic(.sub, .rsp, 8, width: .double)
    a.move(Layout.core, .rdi, width: .double)
    a.move(.r10, .rsi, width: .double)
    // The frame that returns beyond what was called from here find, see `BlockTranslator.call`.
    a.push(0)
    let begin = a.call()
    // 0 is where it returns to.
    a.arithmetic(.sub, .rsp, 8, width: .double)
    let isLast = a.jump()
    a.bind(begin)
    a.store(.memory(Layout.core, Layout.hostStack), .rsp, width: .double)
    a.address(.r11, .memory(.rsp, -Layout.returnStackSize), width: .double)
    a.store(.memory(Layout.core, Layout.hostStackEnd), .r11, width: .double)
    Self.load(&a)
    a.jump(.register(.r10))

    leave = a.position
    Self.store(&a)
    Self.ifSSE(&a, saveSSE, isLast: true)
    a.move(.rax, .r10)
    let end = a.position
    a.load(.rsp, .memory(Layout.core, Layout.hostStack), width: .double)
    a.arithmetic(.add, .rsp, 24, width: .double)
    for register in Self.saved.reversed() { a.pop(register) }
    a.plain(.ret)

    call = a.position
    Self.store(&a)
    Self.ifSSE(&a, saveSSE)
    a.move(.rdi, Layout.core, width: .double)
    a.move(.rsi, .r10)
    a.arithmetic(.sub, .rsp, 8, width: .double)
    a.move(.rax, UInt64(UInt(bitPattern: unsafeBitCast(handler, to: UnsafeRawPointer.self))))
    a.call(.register(.rax))
    a.arithmetic(.add, .rsp, 8, width: .double)
    a.test(.register(.rax), .rax)
    let stays = a.jump(if: .notEqual)
    Self.load(&a)
    Self.ifSSE(&a, loadSSE)
    a.arithmetic(.xor, Layout.window, Layout.window)
    a.plain(.ret)
    a.bind(stays)
    a.store(.memory(Layout.core, Layout.isSSELive), 0, width: .byte)
    a.jump(to: end)

    var places = InlineArray<8, Int>(repeating: 0)
    for number in 0..<8 {
      places[number] = a.position
      Self.beside(&a, size: 1 << number)
    }
    besides = places

    a.bind(isLast)
    goOn = a.position
    Self.jumpThroughCache(&a)
    let known = HostOperand.memory(Layout.core, index: .r11, scale: 3, Layout.jumps + Layout.jumpCode)
    let isMissed = a.jump(if: .notEqual)
    a.jump(known)
    a.bind(isMissed)
    miss = a.position
    Self.missed(&a, known, leave: leave)
  }

  /// What looks whether `size` bytes, or a few more, may be stored next to code.
  func beside(size: Int) -> Int {
    precondition(size > 0 && size <= 128, "a store of \(size) bytes")
    return besides[size == 1 ? 0 : Int.bitWidth - (size - 1).leadingZeroBitCount]
  }

  private static func beside(_ a: inout Assembler, size: Int) {
    var refusals: [HostFixup] = []
    a.push(.rcx)
    a.move(.rcx, .r11, width: .double)
    a.arithmetic(.add, .rcx, .memory(Layout.core, Layout.tlb), width: .double)
    a.arithmetic(.cmp, .r12, .memory(.rcx, Layout.linear), width: .double)
    let isElsewhere = a.jump(if: .notEqual)
    a.load(.r12, .memory(.rcx, Layout.code), width: .double)
    a.test(.register(.r12), .r12, width: .double)
    refusals.append(a.jump(if: .equal))
    a.load(.r12, .memory(.r12), width: .double)
    // Where there is no code at all the slow path is to find that out.
    a.test(.register(.r12), .r12, width: .double)
    refusals.append(a.jump(if: .equal))
    // One byte of each piece that may be touched; a number of a bit counts modulo 64.
    for place in size == 1 ? [0] : size <= 64 ? [0, size - 1] : [0, 64, size - 1] {
      if place == 0 { a.move(.rcx, .r10) } else { a.address(.rcx, .memory(.r10, place)) }
      a.shift(.shr, .register(.rcx), 6)
      a.bit(.test, .register(.r12), .rcx, width: .double)
      refusals.append(a.jump(if: .below))
    }
    a.arithmetic(.xor, .rcx, .rcx)
    a.bind(isElsewhere)
    a.pop(.rcx)
    a.plain(.ret)
    for fixup in refusals { a.bind(fixup) }
    a.arithmetic(.or, .rcx, 1)
    a.pop(.rcx)
    a.plain(.ret)
  }

  /// Compares the jump cache's entry for the address in r10d, at r11 * 8 then; r10 becomes the tag.
  static func jumpThroughCache(_ a: inout Assembler) {
    a.move(.r11, .r10)
    a.shift(.shr, .register(.r11), 9)
    a.arithmetic(.xor, .r11, .r10)
    a.shift(.shl, .register(.r11), 2)
    a.arithmetic(.and, .r11, Int32(bitPattern: Layout.jumpMask))
    a.arithmetic(.or, .r10, .memory(Layout.core, Layout.jumpTag), width: .double)
    a.arithmetic(
      .cmp, .r10, .memory(Layout.core, index: .r11, scale: 3, Layout.jumps), width: .double)
  }

  /// An entry that was made before the tables, or their register, changed holds as long as the page is where it was.
  private static func missed(_ a: inout Assembler, _ known: HostOperand, leave: Int) {
    let entry = HostOperand.memory(Layout.core, index: .r11, scale: 3, Layout.jumps)
    var out: [HostFixup] = []
    a.move(.r12, .r10, width: .double)
    a.arithmetic(.xor, .r12, entry, width: .double)
    // Address and mode: what is above them is the version.
    a.shift(.shl, .register(.r12), UInt8(64 - 32 - Translator.modeBits), width: .double)
    out.append(a.jump(if: .notEqual))
    a.move(.r12, .r10)
    a.shift(.shr, .register(.r12), Layout.entryShift)
    a.arithmetic(.and, .r12, Int32(bitPattern: Layout.entryMask))
    a.arithmetic(.add, .r12, .memory(Layout.core, Layout.tlb), width: .double)
    a.move(Layout.window, .r10)
    a.arithmetic(.and, Layout.window, ~0xfff)
    a.arithmetic(.cmp, Layout.window, .memory(.r12, Layout.executeTag), width: .double)
    out.append(a.jump(if: .notEqual))
    a.move(Layout.window, .r10)
    a.arithmetic(.add, Layout.window, .memory(.r12, Layout.addend), width: .double)
    a.arithmetic(.cmp, Layout.window, entry.advanced(by: Layout.jumpHost), width: .double)
    out.append(a.jump(if: .notEqual))
    a.store(entry, .r10, width: .double)
    a.jump(known)
    for fixup in out { a.bind(fixup) }
    a.move(.r10, .r10)
    a.store(.memory(Layout.core, Layout.rip), .r10, width: .double)
    a.arithmetic(.xor, .r10, .r10)
    a.jump(to: leave)
  }

  /// Where XMM register `number` is kept.
  private static func xmm(_ number: UInt8) -> HostOperand {
    .memory(Layout.core, Layout.xmm + Int(number) * 16)
  }

  /// Calls `thunk` where the host's XMM registers are the guest's, and where it is the last, are not any more.
  private static func ifSSE(_ a: inout Assembler, _ thunk: Int, isLast: Bool = false) {
    a.arithmetic(.cmp, .memory(Layout.core, Layout.isSSELive), 0, width: .byte)
    let skip = a.jump(if: .equal)
    a.call(to: thunk)
    if isLast { a.store(.memory(Layout.core, Layout.isSSELive), 0, width: .byte) }
    a.bind(skip)
  }

  private static func load(_ a: inout Assembler) {
    for number in 0..<8 as Range<UInt8> {
      a.load(Layout.register(number), .memory(Layout.core, Int(number) * 8))
    }
    a.load(Layout.budgetRegister, .memory(Layout.core, Layout.budget), width: .double)
    a.load(.rax, .memory(Layout.core, Layout.flags))
  }

  private static func store(_ a: inout Assembler) {
    for number in 0..<8 as Range<UInt8> {
      a.store(.memory(Layout.core, Int(number) * 8), Layout.register(number), width: .double)
    }
    a.store(.memory(Layout.core, Layout.budget), Layout.budgetRegister, width: .double)
    a.store(.memory(Layout.core, Layout.flags), .rax)
  }
}
