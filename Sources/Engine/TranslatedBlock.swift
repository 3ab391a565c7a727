/// Host code for one block at one address.
public struct TranslatedBlock: BitwiseCopyable {
  /// The `Block` that was translated, whatever its instructions are; it lives as long as this.
  public let block: UnsafeMutableRawPointer
  /// The address of its first instruction, as the program counter has it.
  public let pc: UInt32
  /// Offset in the code memory of its first instruction.
  public let entry: Int32
  /// Of code that goes on at `pc` without this translation, with nothing executed.
  let retreat: Int32
  /// The number of the translation whose code it is: its own, or that of one which has this block in it.
  let unit: Int32
  /// Whether some block in it was overwritten.
  public internal(set) var isAbandoned = false
  /// Another of the same block at another address.
  @usableFromInline let next: UnsafeMutablePointer<TranslatedBlock>?

  /// That for `pc` among `translations` of a block.
  @inlinable @inline(__always)
  public static func find(
    _ translations: UnsafeMutableRawPointer?, pc: UInt32
  ) -> UnsafeMutablePointer<TranslatedBlock>? {
    var candidate = translations?.assumingMemoryBound(to: TranslatedBlock.self)
    while let translation = candidate {
      if translation.pointee.pc == pc, !translation.pointee.isAbandoned { return translation }
      candidate = translation.pointee.next
    }
    return nil
  }

  /// How many translations for `pc` have been abandoned.
  public static func abandoned(_ translations: UnsafeMutableRawPointer?, pc: UInt32) -> Int32 {
    var number: Int32 = 0
    var candidate = translations?.assumingMemoryBound(to: TranslatedBlock.self)
    while let translation = candidate {
      if translation.pointee.pc == pc, translation.pointee.isAbandoned { number += 1 }
      candidate = translation.pointee.next
    }
    return number
  }
}
