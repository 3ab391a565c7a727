import Emit
import Engine

/// Code that all translations share, written once at the start of the code memory.
struct TranslationThunks: BitwiseCopyable {
  typealias Layout = TranslationLayout

  /// Called from outside with a core and where to begin; comes back with a `TranslatedExit`.
  let enter: Int
  /// Goes back to who entered, with what eax says.
  let leave: Int
  /// Executes the instruction whose site eax has in the interpreter's way. Comes back where execution goes on, else goes
  /// to who entered.
  let call: Int

  /// Make the recent page at the offset in the lower half of eax that of the address in ecx, of which some bits must be
  /// clear, and rdx what to add to it; Z is set where the TLB has it. For reads, then for writes; 0, 1, 2 and 3 bits.
  ///
  /// Next to code, where the upper half of eax says which byte behind the address is the last to be written, rdx and Z are
  /// the same, and the recent page stays; the last of them does without that.
  private let refills: InlineArray<9, Int>

  /// Go on at the address in eax, in the other state: bit 0 is set for Thumb.
  let toThumb: Int
  let toARM: Int

  private static let saved: [HostRegister] = [.rbx, .rbp, .r12, .r13, .r14, .r15]

  /// Writes them; `handler` executes one instruction.
  init(_ a: inout Assembler, handler: @convention(c) (UnsafeMutableRawPointer, UInt32) -> Int32) {
    enter = a.position
    for register in Self.saved { a.push(register) }
    // The stack is aligned to 16 bytes in translated code.
    a.arithmetic(.sub, .rsp, 8, width: .double)
    a.move(Layout.core, .rdi, width: .double)
    a.move(.rax, .rsi, width: .double)
    Self.load(&a)
    a.jump(.register(.rax))

    leave = a.position
    Self.store(&a)
    let end = a.position
    a.arithmetic(.add, .rsp, 8, width: .double)
    for register in Self.saved.reversed() { a.pop(register) }
    a.plain(.ret)

    call = a.position
    Self.store(&a)
    a.move(.rdi, Layout.core, width: .double)
    a.move(.rsi, .rax)
    a.arithmetic(.sub, .rsp, 8, width: .double)
    a.move(.rax, UInt64(UInt(bitPattern: unsafeBitCast(handler, to: UnsafeRawPointer.self))))
    a.call(.register(.rax))
    a.arithmetic(.add, .rsp, 8, width: .double)
    a.test(.register(.rax), .rax)
    let stays = a.jump(if: .notEqual)
    Self.load(&a)
    a.plain(.ret)
    a.bind(stays)
    // What called this is not returned to.
    a.arithmetic(.add, .rsp, 8, width: .double)
    a.jump(to: end)

    var places = InlineArray<9, Int>(repeating: 0)
    for number in 0..<8 {
      places[number] = a.position
      Self.refill(&a, bits: 1 << UInt32(number & 3) - 1, writes: number > 3, besideCode: number > 3)
    }
    places[8] = a.position
    Self.refill(&a, bits: 3, writes: true, besideCode: false)
    refills = places
    toThumb = a.position
    Self.exchange(&a, leave: leave, toThumb: true)
    toARM = a.position
    Self.exchange(&a, leave: leave, toThumb: false)
  }

  private static func exchange(_ a: inout Assembler, leave: Int, toThumb: Bool) {
    a.store(.memory(Layout.core, Layout.mode), toThumb ? 1 : 0)
    a.bit(toThumb ? .set : .reset, .memory(Layout.core, Layout.status), UInt8(Flag.t.trailingZeroBitCount))
    if !toThumb { a.arithmetic(.and, .rax, ~3) }
    a.move(.rcx, .rax)
    a.shift(.shl, .register(.rcx), 2)
    a.arithmetic(.and, .rcx, Int32(bitPattern: Layout.jumpMask))
    a.arithmetic(.or, .rax, .memory(Layout.core, Layout.jumpTag), width: .double)
    a.arithmetic(.cmp, .rax, .memory(Layout.core, index: .rcx, Layout.jumps), width: .double)
    let misses = a.jump(if: .notEqual)
    a.jump(.memory(Layout.core, index: .rcx, Layout.jumps + 8))
    a.bind(misses)
    if toThumb { a.arithmetic(.and, .rax, ~1) }
    a.store(.memory(Layout.core, Layout.pc), .rax)
    a.arithmetic(.xor, .rax, .rax)
    a.jump(to: leave)
  }

  /// Where a recent page is looked for in the TLB.
  func refill(_ page: TranslationStub.Page) -> Int {
    // More than 64 bytes may be in three pieces, and two are looked at.
    page.size > 64 && page.writes ? refills[8] : refills[page.bits.nonzeroBitCount + (page.writes ? 4 : 0)]
  }

  private static func refill(_ a: inout Assembler, bits: UInt32, writes: Bool, besideCode: Bool) {
    let page = HostRegister.r13
    a.push(page)
    a.move(page, .rax)
    a.move(.rdx, .rcx)
    a.shift(.shr, .register(.rdx), Layout.entryShift)
    a.arithmetic(.and, .rdx, Int32(bitPattern: Layout.entryMask))
    a.arithmetic(.add, .rdx, .memory(Layout.core, Layout.tlb), width: .double)
    a.move(.rax, .rcx)
    a.arithmetic(.and, .rax, Int32(bitPattern: 0xffff_f000 | bits))
    a.arithmetic(.cmp, .rax, .memory(.rdx, writes ? Layout.writeTag : Layout.readTag))
    let misses = a.jump(if: .notEqual)
    a.load(.rax, .memory(.rdx), width: .double)
    a.load(.rdx, .memory(.rdx, Layout.addend), width: .double)
    // Z stays.
    a.load(page, .register(page), width: .half)
    a.store(.memory(Layout.core, index: page, Layout.recent), .rax, width: .double)
    a.store(.memory(Layout.core, index: page, Layout.recent + Layout.recentAddend), .rdx, width: .double)
    a.pop(page)
    a.plain(.ret)
    a.bind(misses)
    if besideCode { lookBeside(&a, last: page) }
    a.pop(page)
    a.plain(.ret)
  }

  /// The same where the TLB's entry at rdx has the page, with eax as its tag, but only for writing next to code.
  private static func lookBeside(_ a: inout Assembler, last: HostRegister) {
    var refusals: [HostFixup] = []
    a.arithmetic(.cmp, .rax, .memory(.rdx, Layout.page))
    let isElsewhere = a.jump(if: .notEqual)
    a.load(.rax, .memory(.rdx, Layout.code), width: .double)
    a.test(.register(.rax), .rax, width: .double)
    refusals.append(a.jump(if: .equal))
    a.load(.rax, .memory(.rax), width: .double)
    // Where there is no code at all the slow path is to find that out.
    a.test(.register(.rax), .rax, width: .double)
    refusals.append(a.jump(if: .equal))
    a.shift(.shr, .register(last), 16)
    a.arithmetic(.add, last, .rcx)
    // A number of a bit counts modulo 64.
    a.shift(.shr, .register(last), 6)
    a.bit(.test, .register(.rax), last, width: .double)
    refusals.append(a.jump(if: .below))
    a.move(last, .rcx)
    a.shift(.shr, .register(last), 6)
    a.bit(.test, .register(.rax), last, width: .double)
    refusals.append(a.jump(if: .below))
    a.load(.rdx, .memory(.rdx, Layout.addend), width: .double)
    a.arithmetic(.xor, .rax, .rax)
    let isFound = a.jump()
    for fixup in refusals { a.bind(fixup) }
    a.arithmetic(.or, .rax, 1)
    a.bind(isElsewhere)
    a.bind(isFound)
  }

  private static func load(_ a: inout Assembler) {
    for place in Layout.pinnedPlaces {
      if let register = Layout.pinned(place) { a.load(register, .memory(Layout.core, Int(place))) }
    }
    a.load(Layout.budgetRegister, .memory(Layout.core, Layout.budget), width: .double)
  }

  private static func store(_ a: inout Assembler) {
    for place in Layout.pinnedPlaces {
      if let register = Layout.pinned(place) { a.store(.memory(Layout.core, Int(place)), register) }
    }
    a.store(.memory(Layout.core, Layout.budget), Layout.budgetRegister, width: .double)
  }
}
