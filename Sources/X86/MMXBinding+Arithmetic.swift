import Engine

// Packed integer arithmetic (SDM 1 9.4, 11.4.2, 12.6 and 12.8).
extension CPU {
  static func bindPackedArithmetic(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .paddb:
      return { core, op in lanes(core, op) { a, b in (a.bytes &+ b.bytes).vector } }
    case .paddw:
      return { core, op in lanes(core, op) { a, b in (a.words &+ b.words).vector } }
    case .paddd:
      return { core, op in lanes(core, op) { a, b in (a.longs &+ b.longs).vector } }
    case .paddq:
      return { core, op in lanes(core, op) { a, b in a &+ b } }
    case .paddsb:
      return { core, op in
        lanes(core, op) { a, b in
          MMXLanes.bytes(a, b) { MMXLanes.signedByte(MMXLanes.signed($0) + MMXLanes.signed($1)) }
        }
      }
    case .paddsw:
      return { core, op in
        lanes(core, op) { a, b in
          MMXLanes.words(a, b) { MMXLanes.signedWord(MMXLanes.signed($0) + MMXLanes.signed($1)) }
        }
      }
    case .paddusb:
      return { core, op in
        lanes(core, op) { a, b in
          let sum = a.bytes &+ b.bytes
          return sum.replacing(with: .max, where: sum .< a.bytes).vector
        }
      }
    case .paddusw:
      return { core, op in
        lanes(core, op) { a, b in
          let sum = a.words &+ b.words
          return sum.replacing(with: .max, where: sum .< a.words).vector
        }
      }
    case .psubb:
      return { core, op in lanes(core, op) { a, b in (a.bytes &- b.bytes).vector } }
    case .psubw:
      return { core, op in lanes(core, op) { a, b in (a.words &- b.words).vector } }
    case .psubd:
      return { core, op in lanes(core, op) { a, b in (a.longs &- b.longs).vector } }
    case .psubq:
      return { core, op in lanes(core, op) { a, b in a &- b } }
    case .psubsb:
      return { core, op in
        lanes(core, op) { a, b in
          MMXLanes.bytes(a, b) { MMXLanes.signedByte(MMXLanes.signed($0) - MMXLanes.signed($1)) }
        }
      }
    case .psubsw:
      return { core, op in
        lanes(core, op) { a, b in
          MMXLanes.words(a, b) { MMXLanes.signedWord(MMXLanes.signed($0) - MMXLanes.signed($1)) }
        }
      }
    case .psubusb:
      return { core, op in
        lanes(core, op) { a, b in (a.bytes &- b.bytes).replacing(with: 0, where: a.bytes .< b.bytes).vector }
      }
    case .psubusw:
      return { core, op in
        lanes(core, op) { a, b in (a.words &- b.words).replacing(with: 0, where: a.words .< b.words).vector }
      }
    case .pmullw:
      return { core, op in lanes(core, op) { a, b in (a.words &* b.words).vector } }
    case .pmulhw:
      return { core, op in
        lanes(core, op) { a, b in
          MMXLanes.words(a, b) { UInt16(truncatingIfNeeded: (MMXLanes.signed($0) &* MMXLanes.signed($1)) >> 16) }
        }
      }
    case .pmulhuw:
      return { core, op in
        lanes(core, op) { a, b in MMXLanes.words(a, b) { UInt16(truncatingIfNeeded: (Int($0) &* Int($1)) >> 16) } }
      }
    case .pmulhrsw:
      return { core, op in
        lanes(core, op) { a, b in
          MMXLanes.words(a, b) {
            UInt16(truncatingIfNeeded: ((MMXLanes.signed($0) &* MMXLanes.signed($1)) >> 14 &+ 1) >> 1)
          }
        }
      }
    case .pmuludq:
      return { core, op in lanes(core, op) { a, b in MMXLanes.quads(a, b) { ($0 & 0xffff_ffff) &* ($1 & 0xffff_ffff) } }
      }
    case .pmuldq:
      return { core, op in
        packed(core, op) { a, b in
          MMXLanes.quads(a, b) {
            UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: $0)) &* Int64(Int32(truncatingIfNeeded: $1)))
          }
        }
      }
    case .pmulld:
      return { core, op in packed(core, op) { a, b in (a.longs &* b.longs).vector } }
    case .pmaddwd:
      return { core, op in lanes(core, op) { a, b in MMXLanes.multiplyAddWords(a, b) } }
    case .pmaddubsw:
      return { core, op in lanes(core, op) { a, b in MMXLanes.multiplyAddBytes(a, b) } }
    case .psadbw:
      return { core, op in lanes(core, op) { a, b in MMXLanes.sumOfDifferences(a, b) } }
    case .pavgb:
      return { core, op in lanes(core, op) { a, b in ((a.bytes | b.bytes) &- ((a.bytes ^ b.bytes) &>> 1)).vector } }
    case .pavgw:
      return { core, op in lanes(core, op) { a, b in ((a.words | b.words) &- ((a.words ^ b.words) &>> 1)).vector } }
    case .psignb:
      return { core, op in
        lanes(core, op) { a, b in MMXLanes.bytes(a, b) { $1 == 0 ? 0 : MMXLanes.signed($1) < 0 ? 0 &- $0 : $0 } }
      }
    case .pabsb:
      return { core, op in lanes(core, op) { a, b in MMXLanes.bytes(a, b) { MMXLanes.signed($1) < 0 ? 0 &- $1 : $1 } } }
    case .psignw:
      return { core, op in
        lanes(core, op) { a, b in MMXLanes.words(a, b) { $1 == 0 ? 0 : MMXLanes.signed($1) < 0 ? 0 &- $0 : $0 } }
      }
    case .pabsw:
      return { core, op in lanes(core, op) { a, b in MMXLanes.words(a, b) { MMXLanes.signed($1) < 0 ? 0 &- $1 : $1 } } }
    case .psignd:
      return { core, op in
        lanes(core, op) { a, b in MMXLanes.longs(a, b) { $1 == 0 ? 0 : MMXLanes.signed($1) < 0 ? 0 &- $0 : $0 } }
      }
    case .pabsd:
      return { core, op in lanes(core, op) { a, b in MMXLanes.longs(a, b) { MMXLanes.signed($1) < 0 ? 0 &- $1 : $1 } } }
    case .phaddw:
      return { core, op in halves(core, op) { a, b in MMXLanes.horizontalWords(a, b) { $0 &+ $1 } } }
    case .phsubw:
      return { core, op in halves(core, op) { a, b in MMXLanes.horizontalWords(a, b) { $0 &- $1 } } }
    case .phaddd:
      return { core, op in halves(core, op) { a, b in MMXLanes.horizontalLongs(a, b) { $0 &+ $1 } } }
    case .phsubd:
      return { core, op in halves(core, op) { a, b in MMXLanes.horizontalLongs(a, b) { $0 &- $1 } } }
    case .phaddsw:
      return { core, op in
        halves(core, op) { a, b in
          MMXLanes.horizontalWords(a, b) { MMXLanes.signedWord(MMXLanes.signed($0) + MMXLanes.signed($1)) }
        }
      }
    case .phsubsw:
      return { core, op in
        halves(core, op) { a, b in
          MMXLanes.horizontalWords(a, b) { MMXLanes.signedWord(MMXLanes.signed($0) - MMXLanes.signed($1)) }
        }
      }
    default: return nil
    }
  }
}
