/// Thrown when an instruction raises an exception; what it is stands in `Core.fault`, so that throwing costs
/// no more than a branch.
public enum Fault: Error { case raised }
