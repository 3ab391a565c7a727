import Engine

// Packing, shuffling, insertion and extraction.
extension CPU {
  static func bindPackedShuffle(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .packsswb:
      return { core, op in halves(core, op) { a, b in MMXLanes.packWords(a, b) { MMXLanes.signedByte($0) } } }
    case .packuswb:
      return { core, op in halves(core, op) { a, b in MMXLanes.packWords(a, b) { MMXLanes.unsignedByte($0) } } }
    case .packssdw:
      return { core, op in halves(core, op) { a, b in MMXLanes.packLongs(a, b) { MMXLanes.signedWord($0) } } }
    case .packusdw:
      return { core, op in packed(core, op) { a, b in MMXLanes.packLongs(a, b) { MMXLanes.unsignedWord($0) } } }
    case .punpcklbw:
      return { core, op in unpack(core, op, half: 0) { a, b in MMXLanes.interleaveBytes(a, b) } }
    case .punpckhbw:
      return { core, op in unpack(core, op, half: 1) { a, b in MMXLanes.interleaveBytes(a, b) } }
    case .punpcklwd:
      return { core, op in unpack(core, op, half: 0) { a, b in MMXLanes.interleaveWords(a, b) } }
    case .punpckhwd:
      return { core, op in unpack(core, op, half: 1) { a, b in MMXLanes.interleaveWords(a, b) } }
    case .punpckldq:
      return { core, op in unpack(core, op, half: 0) { a, b in MMXLanes.interleaveLongs(a, b) } }
    case .punpckhdq:
      return { core, op in unpack(core, op, half: 1) { a, b in MMXLanes.interleaveLongs(a, b) } }
    case .punpcklqdq:
      return { core, op in packed(core, op) { a, b in Vector128(a[0], b[0]) } }
    case .punpckhqdq:
      return { core, op in packed(core, op) { a, b in Vector128(a[1], b[1]) } }
    case .pshufw:
      return { core, op in
        mmx(core, op) { cpu, op throws(Fault) in
          cpu.setMM(
            op.pointee.a, MMXLanes.shuffleWords(try cpu.secondMM(op), UInt8(truncatingIfNeeded: op.pointee.immediate)))
        }
      }
    case .pshufd:
      return { core, op in
        packedImmediate(core, op) { a, b, i in
          SIMD4<UInt32>(b.longs[Int(i & 3)], b.longs[Int(i >> 2 & 3)], b.longs[Int(i >> 4 & 3)], b.longs[Int(i >> 6)])
            .vector
        }
      }
    case .pshuflw:
      return { core, op in packedImmediate(core, op) { a, b, i in Vector128(MMXLanes.shuffleWords(b[0], i), b[1]) } }
    case .pshufhw:
      return { core, op in packedImmediate(core, op) { a, b, i in Vector128(b[0], MMXLanes.shuffleWords(b[1], i)) } }
    case .pshufb:
      return i.size == 8
        ? { core, op in lanes(core, op) { a, b in MMXLanes.shuffleBytes(a, b, isMMX: true) } }
        : { core, op in packed(core, op) { a, b in MMXLanes.shuffleBytes(a, b, isMMX: false) } }
    case .palignr:
      return i.size == 8
        ? { core, op in mmx(core, op) { cpu, op throws(Fault) in try cpu.alignMM(op) } }
        : { core, op in packedImmediate(core, op) { a, b, i in MMXLanes.align(a, b, Int(i)) } }
    case .pmovmskb:
      return i.size == 8
        ? { core, op in
          mmx(core, op) { cpu, op throws(Fault) in
            cpu.setRegister(op.pointee.a, UInt32(MMXLanes.byteSigns(Vector128(cpu.mm(op.pointee.b), 0))))
          }
        }
        : { core, op in
          sse(core, op) { cpu, op throws(Fault) in
            cpu.setRegister(op.pointee.a, UInt32(MMXLanes.byteSigns(cpu.xmm(op.pointee.b))))
          }
        }
    case .pextrw:
      return i.size == 8
        ? { core, op in
          mmx(core, op) { cpu, op throws(Fault) in
            try cpu.setExtracted(
              UInt16(truncatingIfNeeded: cpu.mm(op.pointee.b) &>> ((op.pointee.immediate & 3) &* 16)), op)
          }
        }
        : { core, op in
          sse(core, op) { cpu, op throws(Fault) in
            try cpu.setExtracted(cpu.xmm(op.pointee.b).words[Int(op.pointee.immediate & 7)], op)
          }
        }
    case .pinsrw:
      return i.size == 8
        ? { core, op in mmx(core, op) { cpu, op throws(Fault) in try cpu.insertWordMM(op) } }
        : { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.insertWord(op) } }
    case .pextrb:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          try cpu.setExtracted(cpu.xmm(op.pointee.b).bytes[Int(op.pointee.immediate & 15)], op)
        }
      }
    case .pextrd:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          try cpu.setExtracted(cpu.xmm(op.pointee.b).longs[Int(op.pointee.immediate & 3)], op)
        }
      }
    case .extractps:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          try cpu.setExtracted(cpu.xmm(op.pointee.b).longs[Int(op.pointee.immediate & 3)], op)
        }
      }
    case .pinsrb:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.insertByte(op) } }
    case .pinsrd:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.insertLong(op) } }
    default: return nil
    }
  }
}
