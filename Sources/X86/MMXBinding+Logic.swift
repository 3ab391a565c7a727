import Engine

// Packed logic, comparison and shifts.
extension CPU {
  static func bindPackedLogic(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .pand:
      return { core, op in lanes(core, op) { a, b in a & b } }
    case .pandn:
      return { core, op in lanes(core, op) { a, b in ~a & b } }
    case .por:
      return { core, op in lanes(core, op) { a, b in a | b } }
    case .pxor:
      return { core, op in lanes(core, op) { a, b in a ^ b } }
    case .pcmpeqb:
      return { core, op in lanes(core, op) { a, b in MMXLanes.ones(a.signedBytes .== b.signedBytes) } }
    case .pcmpgtb:
      return { core, op in lanes(core, op) { a, b in MMXLanes.ones(a.signedBytes .> b.signedBytes) } }
    case .pcmpeqw:
      return { core, op in lanes(core, op) { a, b in MMXLanes.ones(a.signedWords .== b.signedWords) } }
    case .pcmpgtw:
      return { core, op in lanes(core, op) { a, b in MMXLanes.ones(a.signedWords .> b.signedWords) } }
    case .pcmpeqd:
      return { core, op in lanes(core, op) { a, b in MMXLanes.ones(a.signedLongs .== b.signedLongs) } }
    case .pcmpgtd:
      return { core, op in lanes(core, op) { a, b in MMXLanes.ones(a.signedLongs .> b.signedLongs) } }
    case .pcmpeqq:
      return { core, op in packed(core, op) { a, b in MMXLanes.quads(a, b) { $0 == $1 ? .max : 0 } } }
    case .pcmpgtq:
      return { core, op in
        packed(core, op) { a, b in MMXLanes.quads(a, b) { Int64(bitPattern: $0) > Int64(bitPattern: $1) ? .max : 0 } }
      }
    case .pminub:
      return { core, op in
        lanes(core, op) { a, b in a.bytes.replacing(with: b.bytes, where: b.bytes .< a.bytes).vector }
      }
    case .pmaxub:
      return { core, op in
        lanes(core, op) { a, b in a.bytes.replacing(with: b.bytes, where: b.bytes .> a.bytes).vector }
      }
    case .pminsw:
      return { core, op in
        lanes(core, op) { a, b in
          a.signedWords.replacing(with: b.signedWords, where: b.signedWords .< a.signedWords).vector
        }
      }
    case .pmaxsw:
      return { core, op in
        lanes(core, op) { a, b in
          a.signedWords.replacing(with: b.signedWords, where: b.signedWords .> a.signedWords).vector
        }
      }
    case .pminsb:
      return { core, op in
        packed(core, op) { a, b in
          a.signedBytes.replacing(with: b.signedBytes, where: b.signedBytes .< a.signedBytes).vector
        }
      }
    case .pmaxsb:
      return { core, op in
        packed(core, op) { a, b in
          a.signedBytes.replacing(with: b.signedBytes, where: b.signedBytes .> a.signedBytes).vector
        }
      }
    case .pminsd:
      return { core, op in
        packed(core, op) { a, b in
          a.signedLongs.replacing(with: b.signedLongs, where: b.signedLongs .< a.signedLongs).vector
        }
      }
    case .pmaxsd:
      return { core, op in
        packed(core, op) { a, b in
          a.signedLongs.replacing(with: b.signedLongs, where: b.signedLongs .> a.signedLongs).vector
        }
      }
    case .pminuw:
      return { core, op in
        packed(core, op) { a, b in a.words.replacing(with: b.words, where: b.words .< a.words).vector }
      }
    case .pmaxuw:
      return { core, op in
        packed(core, op) { a, b in a.words.replacing(with: b.words, where: b.words .> a.words).vector }
      }
    case .pminud:
      return { core, op in
        packed(core, op) { a, b in a.longs.replacing(with: b.longs, where: b.longs .< a.longs).vector }
      }
    case .pmaxud:
      return { core, op in
        packed(core, op) { a, b in a.longs.replacing(with: b.longs, where: b.longs .> a.longs).vector }
      }
    case .psllw:
      return { core, op in shifts(core, op) { a, n in n > 15 ? Vector128(0, 0) : (a.words &<< UInt16(n)).vector } }
    case .pslld:
      return { core, op in shifts(core, op) { a, n in n > 31 ? Vector128(0, 0) : (a.longs &<< UInt32(n)).vector } }
    case .psllq:
      return { core, op in shifts(core, op) { a, n in n > 63 ? Vector128(0, 0) : a &<< n } }
    case .psrlw:
      return { core, op in shifts(core, op) { a, n in n > 15 ? Vector128(0, 0) : (a.words &>> UInt16(n)).vector } }
    case .psrld:
      return { core, op in shifts(core, op) { a, n in n > 31 ? Vector128(0, 0) : (a.longs &>> UInt32(n)).vector } }
    case .psrlq:
      return { core, op in shifts(core, op) { a, n in n > 63 ? Vector128(0, 0) : a &>> n } }
    case .psraw:
      return { core, op in shifts(core, op) { a, n in (a.signedWords &>> Int16(min(n, 15))).vector } }
    case .psrad:
      return { core, op in shifts(core, op) { a, n in (a.signedLongs &>> Int32(min(n, 31))).vector } }
    case .pslldq:
      return { core, op in shifts(core, op) { a, n in MMXLanes.align(a, Vector128(0, 0), 16 - Int(min(n, 16))) } }
    case .psrldq:
      return { core, op in shifts(core, op) { a, n in MMXLanes.align(Vector128(0, 0), a, Int(min(n, 16))) } }
    case .ptest:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.ptest(op) } }
    default: return nil
    }
  }
}
