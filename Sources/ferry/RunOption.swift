/// One option of `ferry run`.
struct RunOption {
  /// The name, without dashes.
  let name: String
  /// What stands for its argument in the help; nil when it takes none.
  let argument: String?
  let summary: String
  /// Another name of the same.
  let alias: String?

  init(_ name: String, _ argument: String? = nil, _ summary: String, alias: String? = nil) {
    self.name = name
    self.argument = argument
    self.summary = summary
    self.alias = alias
  }

  /// Every option, in the order of the help.
  static let all: [RunOption] = [
    RunOption(
      "M", "BOARD|FILE.yaml", "the board: a name such as microvm or microvm-1, or a board file", alias: "machine"),
    RunOption("m", "SIZE", "RAM, in MiB or with a unit: 256, 1G", alias: "memory"),
    RunOption("smp", "N", "how many CPUs"),
    RunOption("cpu", "MODEL", "the CPU model; \"help\" lists them"),
    RunOption(
      "accel", "interpreter|jit[,thread=single|multi]|qtest",
      "how guest code is executed; jit: as host code, which is the default on x86-64 Linux; thread=multi: "
        + "several CPUs at once, with -clock host, instead of in turn; qtest: not at all, and -qtest moves the time"),
    RunOption(
      "perfmap", nil,
      "names host code for Linux perf, in /tmp/perf-PID.map: by the guest's addresses, or by the symbols of -symbols"),
    RunOption(
      "symbols", "FILE",
      "the guest's symbols for -perfmap: a System.map, /proc/kallsyms or an ELF file; else the kernel's"),
    RunOption(
      "clock", "host|instructions[,ips=N][,sleep=on]",
      "what time is made of: the host's clock, or instructions executed (repeatable; idle time is skipped unless "
        + "sleep=on)"),
    RunOption("kernel", "FILE", "a Linux bzImage, an ELF with a PVH note, or a multiboot 1 kernel"),
    RunOption("initrd", "FILE[ ARGS][,FILE…]", "the initial RAM disk, or multiboot modules"),
    RunOption("append", "TEXT", "the kernel's command line"),
    RunOption("dtb", "FILE", "the device tree for the kernel, in place of the board's own"),
    RunOption("bios", "FILE", "firmware that starts at the reset vector"),
    RunOption(
      "device", "MODEL[,id=NAME][,property=value…]",
      "one more device; \"help\" lists the models; loader,file=F,addr=A puts a file into memory"),
    RunOption(
      "serial", "stdio|mon:stdio|file:P|unix:P[,server=on]|tcp:H:P[,…]|pty|null|chardev:ID",
      "the host's end of the next serial port"),
    RunOption(
      "drive",
      "file=PATH,id=NAME[,readonly=on][,if=sd|virtio][,format=raw][,snapshot=on][,overlay=FILE][,changed=accept]",
      "a raw disk image for a device, for the board's SD slot, or for a virtio disk of its own; snapshot: what is written is "
        + "gone with the process; overlay: it goes to FILE, which is made where it is not there; changed=accept: a saved machine "
        + "may go on with it though it was written since"),
    RunOption(
      "netdev",
      "user|socket,id=ID[,hostfwd=[tcp|udp]:[A]:P-[A]:P][,net=A/N][,host=A][,dns=A][,dhcpstart=A][,restrict=on]"
        + "[,hostname=N][,domainname=N][,dnssearch=N][,tftp=DIR][,bootfile=F][,tftp-server-name=N][,ipv4=off][,ipv6=off]"
        + "[,listen=[H]:P|unix:P][,connect=H:P|unix:P][,reconnect=S]",
      "a network for a device: user, one of the guest's own behind this host, with DHCP, DNS and TFTP; socket, a cable to "
        + "another Ferry, or QEMU"),
    RunOption(
      "nic", "user|socket|none[,model=MODEL][,mac=A][,…]",
      "a network and a device at it: the board's own, or a virtio-net-device"),
    RunOption(
      "chardev", "KIND,id=ID[,path=P][,host=H,port=N][,fd=N][,server=on][,wait=off][,reconnect=S]",
      "names a character back end: stdio, file, socket, pty, null"),
    RunOption(
      "qmp", "unix:P[,server=on][,wait=off]|tcp:H:P[,…]|stdio|pty",
      "QMP, the JSON protocol of machine control; a server takes many clients"),
    RunOption("qmp-pretty", "unix:P[,…]|…", "the same with JSON that people can read"),
    RunOption(
      "monitor", "stdio|unix:P[,server=on][,wait=off]|tcp:H:P[,…]|pty|none",
      "the human monitor; where nothing is said, Ctrl-A c in the terminal of a serial port turns to it"),
    RunOption(
      "mon", "chardev=ID[,mode=control|readline][,pretty=on]",
      "QMP (control) or the human monitor (readline) at a character back end"),
    RunOption("vga", "std|none", "the board's VGA, or none"),
    RunOption(
      "display", "sdl|none[,screenshot=FILE][,record=FILE][,scale=N][,fullscreen=on][,slots=DIR]",
      "a window, or none; the picture goes to FILE as PNG at the end of the run and whenever SIGUSR2 arrives; record: all "
        + "pictures, as an animated PNG where FILE ends in .png, else raw; Ctrl-Alt-H in the window lists its keys"),
    RunOption(
      "qtest", "unix:P[,server=on,wait=off]|tcp:H:P[,…]|stdio|chardev:ID",
      "the device test protocol: reads and writes of ports and memory, the time, interrupt lines"),
    RunOption("qtest-log", "FILE|none", "where all that is said over it goes instead of standard error"),
    RunOption(
      "nographic", nil, "no window; serial port, monitor (Ctrl-A c) and other Ctrl-A commands share the terminal"),
    RunOption("nodefaults", nil, "no back ends but those asked for"),
    RunOption(
      "loadvm", "FILE",
      "go on from a snapshot; the board comes with it. Disks have to be given again, and a kernel, if the guest may "
        + "reboot"),
    RunOption(
      "incoming", "tcp:[H]:P|unix:P|fd:N|exec:COMMAND|file:PATH|defer",
      "wait for a machine that another process sends with migrate; the board comes with it where none is named, and the "
        + "monitor is there once it has been offered"),
    RunOption(
      "object", "tls-creds-x509|tls-creds-psk,id=ID,dir=DIR[,…]|filter-dump,id=ID,netdev=ID,file=F[,maxlen=N]",
      "filter-dump: all frames of a network go to F, for tcpdump -r. Credentials: certificates, or keys that both sides have, in the files that QEMU's documentation names; endpoint=client|server, "
        + "verify-peer=off, username=NAME"),
    RunOption(
      "migration", "tls-creds=ID[,tls-hostname=NAME][,tls-local=on]",
      "machines come and go by TLS with the -object called ID; tls-local: not over TCP alone"),
    RunOption(
      "rebind", "OLD=NEW[,OLD=NEW…]",
      "with -loadvm or -incoming: the host resource that the other machine called OLD is this run's -drive, -chardev or -netdev called "
        + "NEW; null for nothing at a character device or a network"),
    RunOption(
      "autosave", "SECONDS[,keep=N][,path=PREFIX]",
      "saves the machine to PREFIX-auto-TIME.ferry that often, and keeps the last N; SIGUSR1 saves it to "
        + "PREFIX-TIME.ferry at any time"),
    RunOption(
      "gdb", "tcp:[H]:P|unix:P|chardev:ID|none", "serves GDB's remote protocol there, one client at a time"),
    RunOption("s", nil, "the same as -gdb tcp::1234"),
    RunOption("S", nil, "do not start the guest"),
    RunOption("no-reboot", nil, "a reset ends the program; a crash ends it with status 3"),
    RunOption("uuid", "UUID", "the machine's UUID"),
    RunOption("name", "TEXT", "the machine's name, for the window"),
    RunOption("d", "ITEM,…", "what to log; \"help\" lists the items"),
    RunOption("D", "FILE[,…]", "where the log goes instead of standard error; format=json"),
    RunOption("L", "DIR", "another place for board files and ROMs, before the others"),
    RunOption("help", nil, "this list", alias: "h"),
  ]

  static func named(_ name: String) -> RunOption? { all.first { $0.name == name || $0.alias == name } }

  /// The keys in its argument, read off the help.
  var keys: [String] {
    var keys: [String] = []
    for part in (argument ?? "").split(whereSeparator: { ",[]| ".contains($0) }) {
      guard let equals = part.firstIndex(of: "=") else { continue }
      let key = String(part[..<equals])
      if !keys.contains(key), key.allSatisfy({ $0.isLetter || $0 == "-" }) { keys.append(key) }
    }
    return keys
  }

  static var names: [String] { all.map(\.name) + all.compactMap(\.alias) }

  static var help: String {
    var text = "Usage: ferry run [options]   (each option with one dash or two)\n\n"
    for option in all {
      let head = "  -\(option.name)" + (option.argument.map { " " + $0 } ?? "")
      text += head.count < 28 ? head.padding(28) : head + "\n" + "".padding(28)
      text += option.summary + "\n"
    }
    return text + "\nIn the terminal:\n  Ctrl-A x leaves, Ctrl-A h lists the other commands.\n"
  }
}

extension String {
  /// Filled with spaces up to `width`.
  func padding(_ width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
