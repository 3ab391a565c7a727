// The table of what executes loads and stores of one register: each combination of width and address has a line.

import Engine

extension CPU {
  /// Handlers by address: [Rn, #n], [Rn, Rm, LSL #n], [PC, #n], [Rn, #n]!, [Rn], #n, any other, any with a user's
  /// permissions.
  private typealias ByAddress = (Handler, Handler, Handler, Handler, Handler, Handler, Handler)

  /// LDR to STRD, and PLD (DDI 0100 A3.11).
  static func bodyLoadStore(_ i: inout Instruction) -> Handler? {
    switch i.operation {
    case .ldr where i.rd == pc: return loadJump
    case .ldr: return choose(&i, ldr)
    case .ldrb: return choose(&i, ldrb)
    case .ldrh: return choose(&i, ldrh)
    case .ldrsb: return choose(&i, ldrsb)
    case .ldrsh: return choose(&i, ldrsh)
    case .str: return choose(&i, str)
    case .strb: return choose(&i, strb)
    case .strh: return choose(&i, strh)
    case .ldrd: return loadDouble
    case .strd: return storeDouble
    // A hint; there is no cache to fill.
    case .pld: return { goOn($0, $1) }
    default: return nil
    }
  }

  private static func choose(_ i: inout Instruction, _ handlers: ByAddress) -> Handler {
    if i.flags.contains(.user) { return handlers.6 }
    guard i.shift == .immediate else {
      let isScaled = (i.shift == .none || i.shift == .lsl) && i.flags.contains(.preIndexed)
      return isScaled && i.flags.isDisjoint(with: [.writeback, .subtract]) ? handlers.1 : handlers.5
    }
    switch (i.flags.contains(.preIndexed), i.flags.contains(.writeback)) {
    case (true, true): return handlers.3
    case (false, true): return handlers.4
    // The base is loaded, too.
    case (false, false): return handlers.5
    case (true, false): break
    }
    guard i.rn == pc, i.rd != pc else { return handlers.0 }
    // It knows its address by itself.
    i.flags.remove(.readsPC)
    i.immediate &+= i.flags.contains(.narrow) ? 4 : 8
    return handlers.2
  }

  private static var ldr: ByAddress {
    (
      { CPU.load(LoadedWord.self, OffsetAddress.self, $0, $1) },
      { CPU.load(LoadedWord.self, ScaledAddress.self, $0, $1) },
      { CPU.load(LoadedWord.self, LiteralAddress.self, $0, $1) },
      { CPU.load(LoadedWord.self, PreIndexedAddress.self, $0, $1) },
      { CPU.load(LoadedWord.self, PostIndexedAddress.self, $0, $1) },
      { CPU.load(LoadedWord.self, AnyAddress.self, $0, $1) },
      { CPU.load(LoadedWord.self, UserAddress.self, $0, $1) }
    )
  }

  private static var ldrb: ByAddress {
    (
      { CPU.load(LoadedByte.self, OffsetAddress.self, $0, $1) },
      { CPU.load(LoadedByte.self, ScaledAddress.self, $0, $1) },
      { CPU.load(LoadedByte.self, LiteralAddress.self, $0, $1) },
      { CPU.load(LoadedByte.self, PreIndexedAddress.self, $0, $1) },
      { CPU.load(LoadedByte.self, PostIndexedAddress.self, $0, $1) },
      { CPU.load(LoadedByte.self, AnyAddress.self, $0, $1) },
      { CPU.load(LoadedByte.self, UserAddress.self, $0, $1) }
    )
  }

  private static var ldrh: ByAddress {
    (
      { CPU.load(LoadedHalf.self, OffsetAddress.self, $0, $1) },
      { CPU.load(LoadedHalf.self, ScaledAddress.self, $0, $1) },
      { CPU.load(LoadedHalf.self, LiteralAddress.self, $0, $1) },
      { CPU.load(LoadedHalf.self, PreIndexedAddress.self, $0, $1) },
      { CPU.load(LoadedHalf.self, PostIndexedAddress.self, $0, $1) },
      { CPU.load(LoadedHalf.self, AnyAddress.self, $0, $1) },
      { CPU.load(LoadedHalf.self, UserAddress.self, $0, $1) }
    )
  }

  private static var ldrsb: ByAddress {
    (
      { CPU.load(LoadedSignedByte.self, OffsetAddress.self, $0, $1) },
      { CPU.load(LoadedSignedByte.self, ScaledAddress.self, $0, $1) },
      { CPU.load(LoadedSignedByte.self, LiteralAddress.self, $0, $1) },
      { CPU.load(LoadedSignedByte.self, PreIndexedAddress.self, $0, $1) },
      { CPU.load(LoadedSignedByte.self, PostIndexedAddress.self, $0, $1) },
      { CPU.load(LoadedSignedByte.self, AnyAddress.self, $0, $1) },
      { CPU.load(LoadedSignedByte.self, UserAddress.self, $0, $1) }
    )
  }

  private static var ldrsh: ByAddress {
    (
      { CPU.load(LoadedSignedHalf.self, OffsetAddress.self, $0, $1) },
      { CPU.load(LoadedSignedHalf.self, ScaledAddress.self, $0, $1) },
      { CPU.load(LoadedSignedHalf.self, LiteralAddress.self, $0, $1) },
      { CPU.load(LoadedSignedHalf.self, PreIndexedAddress.self, $0, $1) },
      { CPU.load(LoadedSignedHalf.self, PostIndexedAddress.self, $0, $1) },
      { CPU.load(LoadedSignedHalf.self, AnyAddress.self, $0, $1) },
      { CPU.load(LoadedSignedHalf.self, UserAddress.self, $0, $1) }
    )
  }

  private static var str: ByAddress {
    (
      { CPU.store(UInt32.self, OffsetAddress.self, $0, $1) },
      { CPU.store(UInt32.self, ScaledAddress.self, $0, $1) },
      { CPU.store(UInt32.self, LiteralAddress.self, $0, $1) },
      { CPU.store(UInt32.self, PreIndexedAddress.self, $0, $1) },
      { CPU.store(UInt32.self, PostIndexedAddress.self, $0, $1) },
      { CPU.store(UInt32.self, AnyAddress.self, $0, $1) },
      { CPU.store(UInt32.self, UserAddress.self, $0, $1) }
    )
  }

  private static var strb: ByAddress {
    (
      { CPU.store(UInt8.self, OffsetAddress.self, $0, $1) },
      { CPU.store(UInt8.self, ScaledAddress.self, $0, $1) },
      { CPU.store(UInt8.self, LiteralAddress.self, $0, $1) },
      { CPU.store(UInt8.self, PreIndexedAddress.self, $0, $1) },
      { CPU.store(UInt8.self, PostIndexedAddress.self, $0, $1) },
      { CPU.store(UInt8.self, AnyAddress.self, $0, $1) },
      { CPU.store(UInt8.self, UserAddress.self, $0, $1) }
    )
  }

  private static var strh: ByAddress {
    (
      { CPU.store(UInt16.self, OffsetAddress.self, $0, $1) },
      { CPU.store(UInt16.self, ScaledAddress.self, $0, $1) },
      { CPU.store(UInt16.self, LiteralAddress.self, $0, $1) },
      { CPU.store(UInt16.self, PreIndexedAddress.self, $0, $1) },
      { CPU.store(UInt16.self, PostIndexedAddress.self, $0, $1) },
      { CPU.store(UInt16.self, AnyAddress.self, $0, $1) },
      { CPU.store(UInt16.self, UserAddress.self, $0, $1) }
    )
  }
}
