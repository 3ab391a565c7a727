/// What a CPU can tell a log.
public protocol ProcessorLog: AnyObject {
  /// From now on calls `tell` for events of these kinds and no others; none cost nothing. It is not to be called while
  /// the CPU runs. Code that is decoded already is not told again before the code cache is flushed.
  func log(_ kinds: ProcessorEvent.Kinds, _ tell: @escaping (ProcessorEvent) -> Void)
}
