/// An exception is pending in `Core.fault`; the instruction has had no effect.
public enum Fault: Error { case raised }
