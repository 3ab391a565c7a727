import Glibc

/// The host's memory as those need it who measure what fills a lot of it.
enum HostMemory {
  /// Has the host's free memory at hand. Where that is a virtual machine itself, it may have given it back, and what
  /// writes 1 GiB of files next would wait for it.
  static func fetch() {
    let size = 3 << 30
    guard let base = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), base != MAP_FAILED
    else { return }
    memset(base, 1, size)
    munmap(base, size)
  }
}
