import Glibc

/// Formats of disk images that are not raw, by what their files begin with.
enum ImageFormat: CaseIterable {
  case qcow2, qed, vmdk, vmdkText, vdi, vhdx, vhd, overlay, gzip, xz, zstd

  /// What a file that is open at `descriptor` is, if it is none of raw bytes.
  static func of(_ descriptor: Int32) -> ImageFormat? {
    var first = [UInt8](repeating: 0, count: 64)
    guard pread(descriptor, &first, first.count, 0) == first.count else { return nil }
    return allCases.first { first.starts(with: $0.magic) }
  }

  private var magic: [UInt8] {
    switch self {
    case .qcow2: Array("QFI".utf8) + [0xfb]
    case .qed: Array("QED".utf8) + [0]
    case .vmdk: Array("KDMV".utf8)
    case .vmdkText: Array("# Disk DescriptorFile".utf8)
    case .vdi: Array("<<< ".utf8)
    case .vhdx: Array("vhdxfile".utf8)
    case .vhd: Array("conectix".utf8)
    case .overlay: Array("FERRYOVL".utf8)
    case .gzip: [0x1f, 0x8b, 8]
    case .xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]
    case .zstd: [0x28, 0xb5, 0x2f, 0xfd]
    }
  }

  /// The format's name with its article.
  var description: String {
    switch self {
    case .qcow2: "a qcow2 image"
    case .qed: "a QED image"
    case .vmdk, .vmdkText: "a VMDK image"
    case .vdi: "a VDI image"
    case .vhdx: "a VHDX image"
    case .vhd: "a VHD image"
    case .overlay: "the overlay of another image"
    case .gzip: "a gzip file"
    case .xz: "an xz file"
    case .zstd: "a zstd file"
    }
  }

  /// How one gets a raw image of it.
  var remedy: String {
    switch self {
    case .overlay: "name it by overlay=, and the image by file="
    case .gzip: "gunzip unpacks it"
    case .xz: "unxz unpacks it"
    case .zstd: "unzstd unpacks it"
    default: "qemu-img convert -O raw IMAGE IMAGE.raw makes one"
    }
  }
}
