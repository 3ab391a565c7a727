// The table of what executes data processing. A C function pointer cannot be made from a generic closure, so each
// combination of operation, second operand and S has a line.

import Engine

extension CPU {
  /// Handlers by second operand: an immediate, a plain register, LSL, LSR, ASR and ROR by a constant, anything else.
  private typealias ByOperand = (Handler, Handler, Handler, Handler, Handler, Handler, Handler)

  /// AND to MVN (DDI 0100 A3.4).
  static func bodyDataProcessing(_ i: Instruction) -> Handler? {
    let updates = i.flags.contains(.updates)
    if i.operation.rawValue <= Operation.mvn.rawValue, i.rd == pc, !isTest(i.operation) { return dataJump }
    switch i.operation {
    case .and: return choose(i, updates ? andS : and)
    case .eor: return choose(i, updates ? eorS : eor)
    case .sub: return choose(i, updates ? subS : sub)
    case .rsb: return choose(i, updates ? rsbS : rsb)
    case .add: return choose(i, updates ? addS : add)
    case .adc: return choose(i, updates ? adcS : adc)
    case .sbc: return choose(i, updates ? sbcS : sbc)
    case .rsc: return choose(i, updates ? rscS : rsc)
    case .tst: return choose(i, tstS)
    case .teq: return choose(i, teqS)
    case .cmp: return choose(i, cmpS)
    case .cmn: return choose(i, cmnS)
    case .orr: return choose(i, updates ? orrS : orr)
    case .mov: return choose(i, updates ? movS : mov)
    case .bic: return choose(i, updates ? bicS : bic)
    case .mvn: return choose(i, updates ? mvnS : mvn)
    default: return nil
    }
  }

  private static func isTest(_ operation: Operation) -> Bool {
    (Operation.tst.rawValue...Operation.cmn.rawValue).contains(operation.rawValue)
  }

  private static func choose(_ i: Instruction, _ handlers: ByOperand) -> Handler {
    switch i.shift {
    case .immediate: handlers.0
    case .none: handlers.1
    case .lsl: handlers.2
    case .lsr: handlers.3
    case .asr: handlers.4
    case .ror: handlers.5
    default: handlers.6
    }
  }

  private static var and: ByOperand {
    (
      { CPU.data(And.self, Immediate.self, $0, $1) },
      { CPU.data(And.self, Plain.self, $0, $1) },
      { CPU.data(And.self, ShiftLeft.self, $0, $1) },
      { CPU.data(And.self, ShiftRight.self, $0, $1) },
      { CPU.data(And.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.data(And.self, Rotate.self, $0, $1) },
      { CPU.data(And.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var andS: ByOperand {
    (
      { CPU.flagged(And.self, Immediate.self, $0, $1) },
      { CPU.flagged(And.self, Plain.self, $0, $1) },
      { CPU.flagged(And.self, ShiftLeft.self, $0, $1) },
      { CPU.flagged(And.self, ShiftRight.self, $0, $1) },
      { CPU.flagged(And.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.flagged(And.self, Rotate.self, $0, $1) },
      { CPU.flagged(And.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var eor: ByOperand {
    (
      { CPU.data(ExclusiveOr.self, Immediate.self, $0, $1) },
      { CPU.data(ExclusiveOr.self, Plain.self, $0, $1) },
      { CPU.data(ExclusiveOr.self, ShiftLeft.self, $0, $1) },
      { CPU.data(ExclusiveOr.self, ShiftRight.self, $0, $1) },
      { CPU.data(ExclusiveOr.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.data(ExclusiveOr.self, Rotate.self, $0, $1) },
      { CPU.data(ExclusiveOr.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var eorS: ByOperand {
    (
      { CPU.flagged(ExclusiveOr.self, Immediate.self, $0, $1) },
      { CPU.flagged(ExclusiveOr.self, Plain.self, $0, $1) },
      { CPU.flagged(ExclusiveOr.self, ShiftLeft.self, $0, $1) },
      { CPU.flagged(ExclusiveOr.self, ShiftRight.self, $0, $1) },
      { CPU.flagged(ExclusiveOr.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.flagged(ExclusiveOr.self, Rotate.self, $0, $1) },
      { CPU.flagged(ExclusiveOr.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var sub: ByOperand {
    (
      { CPU.data(Subtract.self, Immediate.self, $0, $1) },
      { CPU.data(Subtract.self, Plain.self, $0, $1) },
      { CPU.data(Subtract.self, ShiftLeft.self, $0, $1) },
      { CPU.data(Subtract.self, ShiftRight.self, $0, $1) },
      { CPU.data(Subtract.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.data(Subtract.self, Rotate.self, $0, $1) },
      { CPU.data(Subtract.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var subS: ByOperand {
    (
      { CPU.flagged(Subtract.self, Immediate.self, $0, $1) },
      { CPU.flagged(Subtract.self, Plain.self, $0, $1) },
      { CPU.flagged(Subtract.self, ShiftLeft.self, $0, $1) },
      { CPU.flagged(Subtract.self, ShiftRight.self, $0, $1) },
      { CPU.flagged(Subtract.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.flagged(Subtract.self, Rotate.self, $0, $1) },
      { CPU.flagged(Subtract.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var rsb: ByOperand {
    (
      { CPU.data(ReverseSubtract.self, Immediate.self, $0, $1) },
      { CPU.data(ReverseSubtract.self, Plain.self, $0, $1) },
      { CPU.data(ReverseSubtract.self, ShiftLeft.self, $0, $1) },
      { CPU.data(ReverseSubtract.self, ShiftRight.self, $0, $1) },
      { CPU.data(ReverseSubtract.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.data(ReverseSubtract.self, Rotate.self, $0, $1) },
      { CPU.data(ReverseSubtract.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var rsbS: ByOperand {
    (
      { CPU.flagged(ReverseSubtract.self, Immediate.self, $0, $1) },
      { CPU.flagged(ReverseSubtract.self, Plain.self, $0, $1) },
      { CPU.flagged(ReverseSubtract.self, ShiftLeft.self, $0, $1) },
      { CPU.flagged(ReverseSubtract.self, ShiftRight.self, $0, $1) },
      { CPU.flagged(ReverseSubtract.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.flagged(ReverseSubtract.self, Rotate.self, $0, $1) },
      { CPU.flagged(ReverseSubtract.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var add: ByOperand {
    (
      { CPU.data(Add.self, Immediate.self, $0, $1) },
      { CPU.data(Add.self, Plain.self, $0, $1) },
      { CPU.data(Add.self, ShiftLeft.self, $0, $1) },
      { CPU.data(Add.self, ShiftRight.self, $0, $1) },
      { CPU.data(Add.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.data(Add.self, Rotate.self, $0, $1) },
      { CPU.data(Add.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var addS: ByOperand {
    (
      { CPU.flagged(Add.self, Immediate.self, $0, $1) },
      { CPU.flagged(Add.self, Plain.self, $0, $1) },
      { CPU.flagged(Add.self, ShiftLeft.self, $0, $1) },
      { CPU.flagged(Add.self, ShiftRight.self, $0, $1) },
      { CPU.flagged(Add.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.flagged(Add.self, Rotate.self, $0, $1) },
      { CPU.flagged(Add.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var adc: ByOperand {
    (
      { CPU.data(AddCarry.self, Immediate.self, $0, $1) },
      { CPU.data(AddCarry.self, Plain.self, $0, $1) },
      { CPU.data(AddCarry.self, ShiftLeft.self, $0, $1) },
      { CPU.data(AddCarry.self, ShiftRight.self, $0, $1) },
      { CPU.data(AddCarry.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.data(AddCarry.self, Rotate.self, $0, $1) },
      { CPU.data(AddCarry.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var adcS: ByOperand {
    (
      { CPU.flagged(AddCarry.self, Immediate.self, $0, $1) },
      { CPU.flagged(AddCarry.self, Plain.self, $0, $1) },
      { CPU.flagged(AddCarry.self, ShiftLeft.self, $0, $1) },
      { CPU.flagged(AddCarry.self, ShiftRight.self, $0, $1) },
      { CPU.flagged(AddCarry.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.flagged(AddCarry.self, Rotate.self, $0, $1) },
      { CPU.flagged(AddCarry.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var sbc: ByOperand {
    (
      { CPU.data(SubtractCarry.self, Immediate.self, $0, $1) },
      { CPU.data(SubtractCarry.self, Plain.self, $0, $1) },
      { CPU.data(SubtractCarry.self, ShiftLeft.self, $0, $1) },
      { CPU.data(SubtractCarry.self, ShiftRight.self, $0, $1) },
      { CPU.data(SubtractCarry.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.data(SubtractCarry.self, Rotate.self, $0, $1) },
      { CPU.data(SubtractCarry.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var sbcS: ByOperand {
    (
      { CPU.flagged(SubtractCarry.self, Immediate.self, $0, $1) },
      { CPU.flagged(SubtractCarry.self, Plain.self, $0, $1) },
      { CPU.flagged(SubtractCarry.self, ShiftLeft.self, $0, $1) },
      { CPU.flagged(SubtractCarry.self, ShiftRight.self, $0, $1) },
      { CPU.flagged(SubtractCarry.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.flagged(SubtractCarry.self, Rotate.self, $0, $1) },
      { CPU.flagged(SubtractCarry.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var rsc: ByOperand {
    (
      { CPU.data(ReverseSubtractCarry.self, Immediate.self, $0, $1) },
      { CPU.data(ReverseSubtractCarry.self, Plain.self, $0, $1) },
      { CPU.data(ReverseSubtractCarry.self, ShiftLeft.self, $0, $1) },
      { CPU.data(ReverseSubtractCarry.self, ShiftRight.self, $0, $1) },
      { CPU.data(ReverseSubtractCarry.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.data(ReverseSubtractCarry.self, Rotate.self, $0, $1) },
      { CPU.data(ReverseSubtractCarry.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var rscS: ByOperand {
    (
      { CPU.flagged(ReverseSubtractCarry.self, Immediate.self, $0, $1) },
      { CPU.flagged(ReverseSubtractCarry.self, Plain.self, $0, $1) },
      { CPU.flagged(ReverseSubtractCarry.self, ShiftLeft.self, $0, $1) },
      { CPU.flagged(ReverseSubtractCarry.self, ShiftRight.self, $0, $1) },
      { CPU.flagged(ReverseSubtractCarry.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.flagged(ReverseSubtractCarry.self, Rotate.self, $0, $1) },
      { CPU.flagged(ReverseSubtractCarry.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var tstS: ByOperand {
    (
      { CPU.flagged(Test.self, Immediate.self, $0, $1) },
      { CPU.flagged(Test.self, Plain.self, $0, $1) },
      { CPU.flagged(Test.self, ShiftLeft.self, $0, $1) },
      { CPU.flagged(Test.self, ShiftRight.self, $0, $1) },
      { CPU.flagged(Test.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.flagged(Test.self, Rotate.self, $0, $1) },
      { CPU.flagged(Test.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var teqS: ByOperand {
    (
      { CPU.flagged(TestEquivalence.self, Immediate.self, $0, $1) },
      { CPU.flagged(TestEquivalence.self, Plain.self, $0, $1) },
      { CPU.flagged(TestEquivalence.self, ShiftLeft.self, $0, $1) },
      { CPU.flagged(TestEquivalence.self, ShiftRight.self, $0, $1) },
      { CPU.flagged(TestEquivalence.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.flagged(TestEquivalence.self, Rotate.self, $0, $1) },
      { CPU.flagged(TestEquivalence.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var cmpS: ByOperand {
    (
      { CPU.flagged(Compare.self, Immediate.self, $0, $1) },
      { CPU.flagged(Compare.self, Plain.self, $0, $1) },
      { CPU.flagged(Compare.self, ShiftLeft.self, $0, $1) },
      { CPU.flagged(Compare.self, ShiftRight.self, $0, $1) },
      { CPU.flagged(Compare.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.flagged(Compare.self, Rotate.self, $0, $1) },
      { CPU.flagged(Compare.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var cmnS: ByOperand {
    (
      { CPU.flagged(CompareNegative.self, Immediate.self, $0, $1) },
      { CPU.flagged(CompareNegative.self, Plain.self, $0, $1) },
      { CPU.flagged(CompareNegative.self, ShiftLeft.self, $0, $1) },
      { CPU.flagged(CompareNegative.self, ShiftRight.self, $0, $1) },
      { CPU.flagged(CompareNegative.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.flagged(CompareNegative.self, Rotate.self, $0, $1) },
      { CPU.flagged(CompareNegative.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var orr: ByOperand {
    (
      { CPU.data(Or.self, Immediate.self, $0, $1) },
      { CPU.data(Or.self, Plain.self, $0, $1) },
      { CPU.data(Or.self, ShiftLeft.self, $0, $1) },
      { CPU.data(Or.self, ShiftRight.self, $0, $1) },
      { CPU.data(Or.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.data(Or.self, Rotate.self, $0, $1) },
      { CPU.data(Or.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var orrS: ByOperand {
    (
      { CPU.flagged(Or.self, Immediate.self, $0, $1) },
      { CPU.flagged(Or.self, Plain.self, $0, $1) },
      { CPU.flagged(Or.self, ShiftLeft.self, $0, $1) },
      { CPU.flagged(Or.self, ShiftRight.self, $0, $1) },
      { CPU.flagged(Or.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.flagged(Or.self, Rotate.self, $0, $1) },
      { CPU.flagged(Or.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var mov: ByOperand {
    (
      { CPU.data(Move.self, Immediate.self, $0, $1) },
      { CPU.data(Move.self, Plain.self, $0, $1) },
      { CPU.data(Move.self, ShiftLeft.self, $0, $1) },
      { CPU.data(Move.self, ShiftRight.self, $0, $1) },
      { CPU.data(Move.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.data(Move.self, Rotate.self, $0, $1) },
      { CPU.data(Move.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var movS: ByOperand {
    (
      { CPU.flagged(Move.self, Immediate.self, $0, $1) },
      { CPU.flagged(Move.self, Plain.self, $0, $1) },
      { CPU.flagged(Move.self, ShiftLeft.self, $0, $1) },
      { CPU.flagged(Move.self, ShiftRight.self, $0, $1) },
      { CPU.flagged(Move.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.flagged(Move.self, Rotate.self, $0, $1) },
      { CPU.flagged(Move.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var bic: ByOperand {
    (
      { CPU.data(BitClear.self, Immediate.self, $0, $1) },
      { CPU.data(BitClear.self, Plain.self, $0, $1) },
      { CPU.data(BitClear.self, ShiftLeft.self, $0, $1) },
      { CPU.data(BitClear.self, ShiftRight.self, $0, $1) },
      { CPU.data(BitClear.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.data(BitClear.self, Rotate.self, $0, $1) },
      { CPU.data(BitClear.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var bicS: ByOperand {
    (
      { CPU.flagged(BitClear.self, Immediate.self, $0, $1) },
      { CPU.flagged(BitClear.self, Plain.self, $0, $1) },
      { CPU.flagged(BitClear.self, ShiftLeft.self, $0, $1) },
      { CPU.flagged(BitClear.self, ShiftRight.self, $0, $1) },
      { CPU.flagged(BitClear.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.flagged(BitClear.self, Rotate.self, $0, $1) },
      { CPU.flagged(BitClear.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var mvn: ByOperand {
    (
      { CPU.data(MoveNot.self, Immediate.self, $0, $1) },
      { CPU.data(MoveNot.self, Plain.self, $0, $1) },
      { CPU.data(MoveNot.self, ShiftLeft.self, $0, $1) },
      { CPU.data(MoveNot.self, ShiftRight.self, $0, $1) },
      { CPU.data(MoveNot.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.data(MoveNot.self, Rotate.self, $0, $1) },
      { CPU.data(MoveNot.self, AnyOperand.self, $0, $1) }
    )
  }

  private static var mvnS: ByOperand {
    (
      { CPU.flagged(MoveNot.self, Immediate.self, $0, $1) },
      { CPU.flagged(MoveNot.self, Plain.self, $0, $1) },
      { CPU.flagged(MoveNot.self, ShiftLeft.self, $0, $1) },
      { CPU.flagged(MoveNot.self, ShiftRight.self, $0, $1) },
      { CPU.flagged(MoveNot.self, ShiftRightArithmetic.self, $0, $1) },
      { CPU.flagged(MoveNot.self, Rotate.self, $0, $1) },
      { CPU.flagged(MoveNot.self, AnyOperand.self, $0, $1) }
    )
  }
}
