public import DeviceModel

/// A CPU as a run loop sees it, whatever instructions it executes.
public protocol Processor: Device {
  /// Its number on the board, from 0.
  var index: Int { get }
  /// Instructions retired since power on, exact also during a device access.
  var executed: UInt64 { get }
  /// Whether it waits for an interrupt, or for its start.
  var isHalted: Bool { get }
  /// One line for people: what it does and where.
  var activity: String { get }
  /// Executes at most `instructions` instructions.
  func run(_ instructions: Int) -> ProcessorExit
  /// Leaves `run` after the present instruction's block.
  func kick()
  /// Shortens the present slice so that at most `instructions` more are executed.
  func limitSlice(to instructions: Int)
}
