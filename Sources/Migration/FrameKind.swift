import SavedState

/// What a frame is; Protocol.md says what is in it.
public enum FrameKind: UInt8, Sendable, CaseIterable {
  case hello = 1
  case offer
  case answer
  case pages
  case round
  case done
  case state
  case ready
  case go
  case running
  case failed
  case wait
  case packed
  case absent
  case want
  case resume
  case join

  /// The longest payload, in bytes.
  public var limit: Int {
    switch self {
    case .hello: 80
    case .offer, .state: 16 << 20
    case .answer: 1 << 20
    case .pages, .packed: PageTable.limit
    case .round, .ready, .resume: 16
    case .done, .want: 8
    case .join: MigrationID.size + 4
    case .absent: 8 + Message.maximumRuns * 8
    case .go, .running, .wait: 0
    case .failed: 64 << 10
    }
  }

  /// What reading a node in it may cost. A value takes many times the bytes of memory that it has in DER; a machine of
  /// many devices has some thousands.
  var budget: DecodingBudget { DecodingBudget(bytes: limit, values: 1 << 18) }

  /// Whether it holds pages: a table, which alone its checksum covers, and data.
  package var hasTable: Bool { self == .pages || self == .packed }

  /// The name in messages.
  public var name: String { "\(self)".uppercased() }
}
