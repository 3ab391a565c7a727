/// How wide an operation is: 1, 2, 4 or 8 bytes. Results of 4 bytes clear the upper half of their register.
public enum HostWidth: UInt8, Sendable, BitwiseCopyable, CaseIterable {
  case byte, half, word, double
}
