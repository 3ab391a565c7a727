/// What a card answers on the command line.
public enum SDResponse: Equatable, Sendable {
  /// Nothing: the host's wait for a response times out.
  case none
  /// R1, R6 or R7: the index of the command and 32 bits, with a CRC.
  case short(UInt32)
  /// R3: 32 bits; ones stand in the places of index and CRC.
  case uncheckedShort(UInt32)
  /// R2: 128 bits of CID or CSD, their CRC in bits 7-1.
  case long(UInt128)
}
