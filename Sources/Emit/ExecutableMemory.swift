import Glibc

/// Memory for host code that can be written at one address and executed at another, at neither both.
public struct ExecutableMemory {
  /// Where it can be written.
  public let writable: UnsafeMutableRawPointer
  /// Where it can be executed.
  public let executable: UnsafeRawPointer
  /// Bytes.
  public let size: Int

  /// The host refused.
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// `size` bytes, rounded up to pages; what is not used costs nothing.
  public init(size: Int) throws {
    let size = (size + 0xfff) & ~0xfff
    // Anonymous, so that Linux `perf` asks its map of the process for names, and not a file.
    let write = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)
    guard let write, write != MAP_FAILED else { throw Failure(description: Self.failure("map host code")) }
    // Of an old size of 0 mremap(2) makes a second mapping of what is shared.
    let execute = mapAgain(write, 0, size, 1)
    guard let execute, execute != MAP_FAILED, mprotect(execute, size, PROT_READ | PROT_EXEC) == 0 else {
      let reason = Self.failure("map host code to be executed")
      if let execute, execute != MAP_FAILED { munmap(execute, size) }
      munmap(write, size)
      throw Failure(description: reason)
    }
    writable = write
    executable = UnsafeRawPointer(execute)
    self.size = size
  }

  /// Gives the memory back; none of its code may run any more.
  public func deallocate() {
    munmap(writable, size)
    munmap(UnsafeMutableRawPointer(mutating: executable), size)
  }

  private static func failure(_ what: String) -> String { "cannot \(what): \(String(cString: strerror(errno)))" }
}

/// mremap(2), which is variadic, without an address; MREMAP_MAYMOVE is 1.
@_silgen_name("mremap")
private func mapAgain(
  _ address: UnsafeMutableRawPointer, _ old: Int, _ new: Int, _ flags: Int32
) -> UnsafeMutableRawPointer?
