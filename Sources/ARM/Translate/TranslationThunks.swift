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
