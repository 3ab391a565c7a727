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
    // A file without a name, mapped twice.
    let file = memoryFile("ferry-code", 1)
    guard file >= 0 else { throw Failure(description: Self.failure("create memory for host code")) }
    defer { close(file) }
    guard ftruncate(file, off_t(size)) == 0 else { throw Failure(description: Self.failure("enlarge host code")) }
    let write = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
    guard let write, write != MAP_FAILED else { throw Failure(description: Self.failure("map host code")) }
    let execute = mmap(nil, size, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0)
    guard let execute, execute != MAP_FAILED else {
      let reason = Self.failure("map host code to be executed")
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

/// memfd_create(2), with MFD_CLOEXEC as 1.
@_silgen_name("memfd_create")
private func memoryFile(_ name: UnsafePointer<CChar>, _ flags: UInt32) -> Int32
