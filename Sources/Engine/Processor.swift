public import DeviceModel

/// A CPU as a run loop sees it, whatever instructions it executes.
public protocol Processor: Device {
  /// An instruction as the engine holds it, decoded.
  associatedtype Instruction: BitwiseCopyable
  /// Its decoded blocks: the model's back end `code`. All CPUs of its kind in a machine share them, but for those that
  /// make host code.
  var code: CodeCache<Instruction> { get }
  /// Its number on the board, from 0.
  var index: Int { get }
  /// Instructions retired since power on, exact also during a device access.
  var executed: UInt64 { get }
  /// Whether it waits for an interrupt, or for its start.
  var isHalted: Bool { get }
  /// Whether `run` would have it do anything: it does not wait, or what it waits for is there.
  var hasWork: Bool { get }
  /// A few words for people: what it does and where.
  var activity: String { get }
  /// Why it has shut down, when `run` says that it has.
  var shutdownReason: String { get }
  /// Executes at most `instructions` instructions. What the guest does is the same in one call as in several for as many
  /// instructions: taking an interrupt, or an exception, counts as one.
  func run(_ instructions: Int) -> ProcessorExit
  /// Leaves `run` after the present instruction.
  func kick()
  /// Leaves `run` as `kick` does, but an instruction that executes now and raises something has not happened: it found
  /// memory that is lost.
  func abandon()
  /// Whether CPUs of this kind can execute host code that is made of the guest's, on this host.
  static var canTranslate: Bool { get }
  /// From now on makes host code of blocks that were entered more than `threshold` times, and executes that.
  ///
  /// What `code` has is the translator's alone then: no other CPU may share it. So many `cpus` divide what host code a
  /// machine has at most.
  ///
  /// - Throws: when the host refuses memory for it.
  func translateCode(after threshold: Int, cpus: Int) throws
  /// From now on tells `listener` of the host code that its translator makes, and at once of what all of it shares.
  /// Without a translator nothing is told.
  func announceHostCode(to listener: @escaping HostCodeListener)
  /// From now on executes on a thread of its own, with the lock of `gate`, but for its host code. To be called before it makes
  /// any.
  func join(_ gate: ProcessorGate)
  /// What its translator has done; nil where it has none.
  var translatorStatistics: TranslatorStatistics? { get }
  /// Shortens the present slice so that at most `instructions` more are executed.
  func limitSlice(to instructions: Int)
}

extension Processor {
  public var shutdownReason: String { "shut down" }
  public var hasWork: Bool { !isHalted }

  public static var canTranslate: Bool { false }
  public var translatorStatistics: TranslatorStatistics? { nil }
  public func join(_ gate: ProcessorGate) { preconditionFailure("a CPU that cannot execute beside others") }
  public func announceHostCode(to listener: @escaping HostCodeListener) {}

  public func translateCode(after threshold: Int, cpus: Int) throws {
    preconditionFailure("a translator was asked for where there is none")
  }

  /// Room for the decoded blocks of CPUs of this kind: for a share of them, where so many divide what there is.
  public static func makeCode(share cpus: Int = 1, in caches: CodeCaches) -> any HostSide {
    CodeCache<Instruction>(
      instructionCapacity: max(1 << 20 / cpus, 1 << 16), blockCapacity: max(1 << 18 / cpus, 1 << 14), in: caches)
  }
}
