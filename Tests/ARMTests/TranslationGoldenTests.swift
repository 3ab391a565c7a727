import Emit
import Engine
import Foundation
import Testing

@testable import ARM

/// What host code the common instructions become, for review: Golden/translations.txt has each one's host instructions.
///
/// All condition flags count as asked for behind each form, and none of the code that is seldom run is there.
/// FERRY_RECORD=1 writes the file anew, with what objdump says.
@Suite(.enabled(if: ARMCPU.canTranslate, "there is no translator for this host"))
struct `host code of ARM instructions` {
  private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden/translations.txt")

  /// Encodings that make one block each; the last is followed by the jump to what comes next.
  private static let forms: [[UInt32]] = [
    [0xe1a0_0001],  // mov r0, r1
    [0xe3a0_0f4b],  // mov r0, #0x12c
    [0xe080_0001],  // add r0, r0, r1
    [0xe081_0102],  // add r0, r1, r2, lsl #2
    [0xe242_1004],  // sub r1, r2, #4
    [0xe022_0ce1],  // eor r0, r2, r1, ror #25
    [0xe1a0_01a1],  // mov r0, r1, lsr #3
    [0xe1a0_0211],  // mov r0, r1, lsl r2
    [0xe1c1_0002],  // bic r0, r1, r2
    [0xe000_0291],  // mul r0, r1, r2
    [0xe080_1392],  // umull r1, r0, r2, r3
    [0xe16f_0f11],  // clz r0, r1
    [0xe100_3281],  // smlabb r0, r1, r2, r3
    [0xe102_0051],  // qadd r0, r1, r2
    [0xe1b0_0211],  // movs r0, r1, lsl r2
    [0xe102_0091],  // swp r0, r1, [r2]
    [0xe090_0001],  // adds r0, r0, r1
    [0xe250_0001],  // subs r0, r0, #1
    [0xe110_0001],  // tst r0, r1
    [0xe150_0001, 0x1aff_fffd],  // cmp r0, r1; bne
    [0xe250_0001, 0x1aff_fffd],  // subs r0, r0, #1; bne
    [0xe090_0001, 0xe0a1_1002],  // adds r0, r0, r1; adc r1, r1, r2
    [0xe350_0000, 0x03a0_1001, 0x13a0_1000],  // cmp r0, #0; moveq r1, #1; movne r1, #0
    [0xe591_0004],  // ldr r0, [r1, #4]
    [0xe791_0102],  // ldr r0, [r1, r2, lsl #2]
    [0xe59f_0010],  // ldr r0, [pc, #16]
    [0xe4d1_0001],  // ldrb r0, [r1], #1
    [0xe1d1_00f2],  // ldrsh r0, [r1, #2]
    [0xe581_0004],  // str r0, [r1, #4]
    [0xe5c1_0000],  // strb r0, [r1]
    [0xe59a_b008],  // ldr r11, [r10, #8]: neither is in a register
    [0xe92d_4030],  // push {r4, r5, lr}
    [0xe8bd_8030],  // pop {r4, r5, pc}
    [0xe12f_ff1e],  // bx lr
    [0xebff_0000],  // bl to another page
    [0xeaff_fffe],  // b .
    [0xe355_0000, 0xe597_3000, 0x1aff_fffc],  // cmp r5, #0; ldr r3, [r7]; bne: compared again after the load
    [0xe355_0000, 0xe597_5000],  // cmp r5, #0; ldr r5, [r7]: nothing could compare again
    [0xe1b0_00a0, 0x2021_1002],  // lsrs r0, r0, #1; eorcs r1, r1, r2
    [0xee31_0b02],  // vadd.f64 d0, d1, d2
    [0xee01_0a22],  // vmla.f32 s0, s2, s5
    [0xed91_0b02],  // vldr d0, [r1, #8]
    [0xeeb4_0b41, 0xeef1_fa10, 0xcaff_fffc],  // vcmp.f64 d0, d1; vmrs APSR_nzcv, fpscr; bgt
    [0xec51_0b10],  // vmov r0, r1, d0
    [0xee11_0f10],  // mrc p15, 0, r0, c1, c0, 0: the interpreter's
  ]

  private struct Code {
    let text: String
    let instructions: Int
    let bytes: [UInt8]
  }

  private func codes() throws -> [Code] {
    let machine = try TestMachine(translates: false)
    let size = 1 << 16
    let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    defer { memory.deallocate() }
    return Self.forms.map { words in
      var assembler = Assembler(memory, capacity: size)
      let thunks = TranslationThunks(&assembler, handler: CPU.callInterpreter)
      let instructions = UnsafeMutablePointer<Instruction>.allocate(capacity: words.count)
      defer { instructions.deallocate() }
      var texts: [String] = []
      for (index, word) in words.enumerated() {
        var instruction = Decoder.arm.decode(word, handler: CPU.endOfBlock)
        instruction.offset = UInt16(index * 4)
        machine.cpu.view.bind(&instruction)
        (instructions + index).initialize(to: instruction)
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
        texts.append(machine.cpu.disassemble(bytes, at: UInt64(0x8000 + index * 4)).text)
      }
      var block = Block(
        host: memory, instructions: instructions, count: Int32(words.count), length: Int32(words.count * 4), mode: 0)
      return withUnsafeMutablePointer(to: &block) { block in
        let (start, before) = (assembler.position, assembler.count)
        let guest = TranslationGuest { _, _, _ in
          nil
        } constant: { _, _, _ in
          nil
        } addSite: { _ in
          64
        }
        var translator = BlockTranslator(
          assembler, thunks, block, pc: 0x8000, number: 1, firstLink: 1, guest: guest)
        _ = translator.translate()
        let end = translator.hotEnd
        return Code(
          text: texts.joined(separator: "; "), instructions: end.instructions - before,
          bytes: Array(UnsafeRawBufferPointer(start: memory + start, count: end.position - start)))
      }
    }
  }

  @Test func `is what was reviewed`() throws {
    let codes = try codes()
    if ProcessInfo.processInfo.environment["FERRY_RECORD"] != nil { return try record(codes) }
    var forms: [(head: String, bytes: [UInt8])] = []
    for line in try String(contentsOf: Self.golden, encoding: .utf8).split(separator: "\n") {
      if line.hasPrefix(" ") {
        let hex = line.split(separator: "\t")[0].split(separator: " ")
        forms[forms.count - 1].bytes += hex.compactMap { UInt8($0, radix: 16) }
      } else {
        forms.append((String(line), []))
      }
    }
    #expect(forms.count == codes.count)
    for (form, code) in zip(forms, codes) {
      #expect(form.head == head(code))
      #expect(form.bytes == code.bytes, "\(code.text)")
    }
  }

  /// The block's head, two instructions, counts.
  private func head(_ code: Code) -> String { "\(code.text): \(code.instructions)" }

  private func record(_ codes: [Code]) throws {
    var text = ""
    for code in codes {
      let file = FileManager.default.temporaryDirectory.appendingPathComponent("ferry-arm-code-\(getpid()).bin")
      try Data(code.bytes).write(to: file)
      defer { try? FileManager.default.removeItem(at: file) }
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/objdump")
      process.arguments = ["-D", "-b", "binary", "-m", "i386:x86-64", "-w", "-M", "intel", file.path]
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      text += head(code) + "\n"
      for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
        let parts = line.split(separator: "\t")
        guard parts.count >= 3, parts[0].hasSuffix(":") else { continue }
        let hex = parts[1].trimmingCharacters(in: .whitespaces).padding(toLength: 36, withPad: " ", startingAt: 0)
        text += "  \(hex)\t\(parts[2].trimmingCharacters(in: .whitespaces))\n"
      }
    }
    try text.write(to: Self.golden, atomically: true, encoding: .utf8)
  }
}
