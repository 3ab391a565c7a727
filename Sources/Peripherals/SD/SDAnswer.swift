/// What a card says on its data line to a byte that it is sent.
public enum SDAnswer: Sendable {
  /// Nothing: it takes no data.
  case none
  /// Nothing yet: the block goes on.
  case more
  /// The block has come whole: the positive CRC status.
  case accepted
  /// The block is not taken: the negative CRC status.
  case refused
}
