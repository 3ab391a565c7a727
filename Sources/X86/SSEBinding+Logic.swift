import Engine

// Logic, shuffling, blending, strings and ciphers.
extension CPU {
  static func bindSSELogic(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .andps:
      return { core, op in packed(core, op) { a, b in a & b } }
    case .andnps:
      return { core, op in packed(core, op) { a, b in ~a & b } }
    case .orps:
      return { core, op in packed(core, op) { a, b in a | b } }
    case .xorps:
      return { core, op in packed(core, op) { a, b in a ^ b } }
    case .andpd:
      return { core, op in packed(core, op) { a, b in a & b } }
    case .andnpd:
      return { core, op in packed(core, op) { a, b in ~a & b } }
    case .orpd:
      return { core, op in packed(core, op) { a, b in a | b } }
    case .xorpd:
      return { core, op in packed(core, op) { a, b in a ^ b } }
    case .shufps:
      return { core, op in packedImmediate(core, op) { a, b, i in SSELanes.shufps(a, b, i) } }
    case .shufpd:
      return { core, op in packedImmediate(core, op) { a, b, i in Vector128(a[Int(i & 1)], b[Int(i >> 1 & 1)]) } }
    case .unpcklps:
      return { core, op in packed(core, op) { a, b in SSELanes.unpackLow(a, b) } }
    case .unpckhps:
      return { core, op in packed(core, op) { a, b in SSELanes.unpackHigh(a, b) } }
    case .unpcklpd:
      return { core, op in packed(core, op) { a, b in Vector128(a[0], b[0]) } }
    case .unpckhpd:
      return { core, op in packed(core, op) { a, b in Vector128(a[1], b[1]) } }
    case .blendps:
      return { core, op in packedImmediate(core, op) { a, b, i in SSELanes.blendLongs(a, b, i) } }
    case .blendpd:
      return { core, op in packedImmediate(core, op) { a, b, i in SSELanes.blendQuads(a, b, i) } }
    case .pblendw:
      return { core, op in packedImmediate(core, op) { a, b, i in SSELanes.blendWords(a, b, i) } }
    case .blendvps:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          let source = try cpu.second128(op)
          cpu.setXMM(op.pointee.a, SSELanes.blendLongs(cpu.xmm(op.pointee.a), source, SSELanes.longSigns(cpu.xmm(0))))
        }
      }
    case .blendvpd:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          let source = try cpu.second128(op)
          cpu.setXMM(op.pointee.a, SSELanes.blendQuads(cpu.xmm(op.pointee.a), source, SSELanes.quadSigns(cpu.xmm(0))))
        }
      }
    case .pblendvb:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          let source = try cpu.second128(op)
          cpu.setXMM(op.pointee.a, SSELanes.blendBytes(cpu.xmm(op.pointee.a), source, mask: cpu.xmm(0)))
        }
      }
    case .insertps:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.insertps(op) } }
    case .pmovsxbw:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          try cpu.extend(op) { SSELanes.toWords($0) { UInt16(truncatingIfNeeded: Int8(bitPattern: $0)) } }
        }
      }
    case .pmovsxbd:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          try cpu.extend(op) { SSELanes.bytesToLongs($0) { UInt32(truncatingIfNeeded: Int8(bitPattern: $0)) } }
        }
      }
    case .pmovsxwd:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          try cpu.extend(op) { SSELanes.wordsToLongs($0) { UInt32(truncatingIfNeeded: Int16(bitPattern: $0)) } }
        }
      }
    case .pmovsxbq:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          try cpu.extend(op) {
            Vector128(UInt64(bitPattern: Int64($0.signedBytes[0])), UInt64(bitPattern: Int64($0.signedBytes[1])))
          }
        }
      }
    case .pmovsxwq:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          try cpu.extend(op) {
            Vector128(UInt64(bitPattern: Int64($0.signedWords[0])), UInt64(bitPattern: Int64($0.signedWords[1])))
          }
        }
      }
    case .pmovsxdq:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          try cpu.extend(op) {
            Vector128(UInt64(bitPattern: Int64($0.signedLongs[0])), UInt64(bitPattern: Int64($0.signedLongs[1])))
          }
        }
      }
    case .pmovzxbw:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in try cpu.extend(op) { SSELanes.toWords($0) { UInt16($0) } } }
      }
    case .pmovzxbd:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in try cpu.extend(op) { SSELanes.bytesToLongs($0) { UInt32($0) } } }
      }
    case .pmovzxwd:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in try cpu.extend(op) { SSELanes.wordsToLongs($0) { UInt32($0) } } }
      }
    case .pmovzxbq:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          try cpu.extend(op) { Vector128(UInt64($0.bytes[0]), UInt64($0.bytes[1])) }
        }
      }
    case .pmovzxwq:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          try cpu.extend(op) { Vector128(UInt64($0.words[0]), UInt64($0.words[1])) }
        }
      }
    case .pmovzxdq:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          try cpu.extend(op) { Vector128(UInt64($0.longs[0]), UInt64($0.longs[1])) }
        }
      }
    case .phminposuw:
      return { core, op in packed(core, op) { _, b in SSELanes.minimumPosition(b) } }
    case .mpsadbw:
      return { core, op in packedImmediate(core, op) { a, b, i in SSELanes.multipleDifferences(a, b, i) } }
    case .pclmulqdq:
      return { core, op in packedImmediate(core, op) { a, b, i in SSELanes.carrylessProduct(a, b, i) } }
    case .pcmpestri:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in try cpu.compareStrings(op, isExplicit: true, isIndex: true) }
      }
    case .pcmpestrm:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in try cpu.compareStrings(op, isExplicit: true, isIndex: false) }
      }
    case .pcmpistri:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in try cpu.compareStrings(op, isExplicit: false, isIndex: true) }
      }
    case .pcmpistrm:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in try cpu.compareStrings(op, isExplicit: false, isIndex: false) }
      }
    case .aesenc:
      return { core, op in packed(core, op) { a, b in SSECipher.encrypt(a, b, isLast: false) } }
    case .aesenclast:
      return { core, op in packed(core, op) { a, b in SSECipher.encrypt(a, b, isLast: true) } }
    case .aesdec:
      return { core, op in packed(core, op) { a, b in SSECipher.decrypt(a, b, isLast: false) } }
    case .aesdeclast:
      return { core, op in packed(core, op) { a, b in SSECipher.decrypt(a, b, isLast: true) } }
    case .aesimc:
      return { core, op in packed(core, op) { _, b in SSECipher.inverseMix(b) } }
    case .aeskeygenassist:
      return { core, op in packedImmediate(core, op) { _, b, i in SSECipher.assist(b, i) } }
    default: return nil
    }
  }
}
