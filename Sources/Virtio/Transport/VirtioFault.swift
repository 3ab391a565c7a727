/// Why a queue cannot go on.
public enum VirtioFault: Error {
  /// The driver has broken the specification, in words: nothing more is done for it before a reset.
  case broken(String)
  /// Guest memory is still to come (`RAMBlock.onLoss` has been told); nothing was taken from the queue.
  case awaited
}
