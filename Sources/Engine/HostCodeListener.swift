/// Is told of host code: of what address of the guest's it is, nil for code that all translations share, and where it is
/// executed.
public typealias HostCodeListener = (_ address: UInt64?, _ code: UnsafeRawBufferPointer) -> Void
