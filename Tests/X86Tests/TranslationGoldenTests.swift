import Emit
import Engine
import Foundation
import Testing

@testable import X86

/// What host code the common instructions become, for review: Golden/translations.txt has each one's host instructions.
///
/// All flags count as asked for behind each form, and none of the code that is seldom run is there. FERRY_RECORD=1 writes
/// the file anew, with what objdump says.
@Suite(.enabled(if: X86CPU.canTranslate, "there is no translator for this host"))
struct `host code of x86 instructions` {
  private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden/translations.txt")

  /// Encodings that make one block each; the last is followed by the jump to what comes next.
  private static let forms: [[UInt8]] = [
    [0x89, 0xd8],  // mov eax, ebx
    [0xb8, 0x2c, 0x01, 0x00, 0x00],  // mov eax, 300
    [0x88, 0xe0],  // mov al, ah
    [0x8d, 0x44, 0x8b, 0x04],  // lea eax, [ebx+ecx*4+4]
    [0x01, 0xd8],  // add eax, ebx
    [0x83, 0xc0, 0x04],  // add eax, 4
    [0x11, 0xd8],  // adc eax, ebx
    [0x66, 0x01, 0xd8],  // add ax, bx
    [0x00, 0xe3],  // add bl, ah
    [0x85, 0xc0, 0x75, 0x10],  // test eax, eax; jne
    [0x39, 0xd8, 0x7c, 0x10],  // cmp eax, ebx; jl
    [0x49, 0x75, 0xfd],  // dec ecx; jne to itself
    [0xe2, 0xfe],  // loop to itself
    [0x39, 0xd8, 0x0f, 0x9c, 0xc2],  // cmp eax, ebx; setl dl
    [0x85, 0xc0, 0x0f, 0x45, 0xd1],  // test eax, eax; cmovne edx, ecx
    [0xc1, 0xe0, 0x04],  // shl eax, 4
    [0xd3, 0xe0],  // shl eax, cl
    [0xc1, 0xc8, 0x07],  // ror eax, 7
    [0x0f, 0xac, 0xd0, 0x0c],  // shrd eax, edx, 12
    [0x0f, 0xaf, 0xc3],  // imul eax, ebx
    [0xf7, 0xe3],  // mul ebx
    [0x99, 0xf7, 0xfb],  // cdq; idiv ebx
    [0x0f, 0xa3, 0xc8, 0x72, 0x10],  // bt eax, ecx; jc
    [0x0f, 0xbc, 0xc3],  // bsf eax, ebx
    [0x0f, 0xb6, 0xc3],  // movzx eax, bl
    [0x8b, 0x43, 0x04],  // mov eax, [ebx+4]
    [0x8b, 0x04, 0x8b],  // mov eax, [ebx+ecx*4]
    [0xa1, 0x00, 0x00, 0x10, 0x00],  // mov eax, [0x100000]
    [0x65, 0xa1, 0x14, 0x00, 0x00, 0x00],  // mov eax, gs:[0x14]
    [0x88, 0xd5],  // mov ch, dl
    [0x80, 0xf5, 0x62, 0x08, 0xcd],  // xor ch, 98; or ch, cl
    [0x0f, 0x94, 0xc5],  // sete ch
    [0x8b, 0x09, 0x8b, 0x09],  // mov ecx, [ecx]; mov ecx, [ecx]
    [0x03, 0x2c, 0xbe, 0x89, 0x2c, 0xbe],  // add ebp, [esi+edi*4]; mov [esi+edi*4], ebp
    [0x0f, 0xb6, 0x06],  // movzx eax, byte [esi]
    [0x89, 0x43, 0x04],  // mov [ebx+4], eax
    [0x03, 0x43, 0x04],  // add eax, [ebx+4]
    [0xff, 0x43, 0x04],  // inc dword [ebx+4]
    [0xf0, 0x0f, 0xb1, 0x0b],  // lock cmpxchg [ebx], ecx
    [0x55, 0x89, 0xe5, 0x57, 0x56],  // push ebp; mov ebp, esp; push edi; push esi
    [0x5e, 0x5f, 0x5d, 0xc3],  // pop esi; pop edi; pop ebp; ret
    [0xc9, 0xc3],  // leave; ret
    [0xe8, 0x00, 0x10, 0x00, 0x00],  // call of another page
    [0xff, 0x14, 0x83],  // call [ebx+eax*4]
    [0xff, 0xe0],  // jmp eax
    [0xeb, 0xfe],  // jmp to itself
    [0x0f, 0xfd, 0x0e],  // paddw mm1, [esi]
    [0x66, 0x0f, 0xfd, 0xc1],  // paddw xmm0, xmm1
    [0x0f, 0x20, 0xd8],  // mov eax, cr3: the interpreter's
  ]

  private struct Code {
    let text: String
    let instructions: Int
    let bytes: [UInt8]
  }

  private func codes() -> [Code] {
    let size = 1 << 16
    let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    defer { memory.deallocate() }
    let disassembler = Disassembler(size: .bits32)
    return Self.forms.map { form in
      var assembler = Assembler(memory, capacity: size)
      let thunks = TranslationThunks(&assembler, handler: CPU.callInterpreter, giveX87: CPU.giveX87)
      let instructions = UnsafeMutablePointer<Instruction>.allocate(capacity: form.count)
      defer { instructions.deallocate() }
      var texts: [String] = []
      var count = 0
      var offset = 0
      while offset < form.count {
        let instruction = decode(form, offset)
        (instructions + count).initialize(to: instruction)
        texts.append(disassembler.disassemble(Array(form[offset...]), at: 0x1000 + UInt64(offset)).text)
        count += 1
        offset += Int(instruction.length)
      }
      var block = Block(
        host: memory, instructions: instructions, count: Int32(count), length: Int32(form.count), mode: 0xb)
      return withUnsafeMutablePointer(to: &block) { block in
        let (start, before) = (assembler.position, assembler.count)
        var translator = BlockTranslator(assembler, thunks, block, pc: 0x1000, number: 1, firstLink: 1)
        _ = translator.translate()
        let end = translator.hotEnd
        return Code(
          text: texts.joined(separator: "; "), instructions: end.instructions - before,
          bytes: Array(UnsafeRawBufferPointer(start: memory + start, count: end.position - start)))
      }
    }
  }

  private func decode(_ form: [UInt8], _ offset: Int) -> Instruction {
    let decoder = Decoder(size: .bits32, instructionSet: .all)
    var instruction = Instruction(handler: X86CPU.endOfBlock)
    form[offset...].withUnsafeBufferPointer { bytes in
      if let start = bytes.baseAddress { _ = decoder.decode(start, available: bytes.count, into: &instruction) }
    }
    instruction.offset = UInt16(offset)
    return instruction
  }

  @Test func `is what was reviewed`() throws {
    let codes = codes()
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
      let file = FileManager.default.temporaryDirectory.appendingPathComponent("ferry-x86-code-\(getpid()).bin")
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
