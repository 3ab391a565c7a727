import Testing

@testable import Host

struct OptionTextTests {
  @Test func `an option has a kind and properties, and a doubled comma is a comma`() {
    let option = OptionText("file:/tmp/a,,b,append=on,wait")
    #expect(option.kind == "file:/tmp/a,b")
    #expect(option["append"] == "on")
    #expect(option["wait"] == "on")
    #expect(option["other"] == nil)
  }

  @Test func `a text that begins with a property has no kind, but a path may hold an equals sign`() {
    #expect(OptionText("id=x,path=y") == OptionText(",id=x,path=y"))
    #expect(OptionText("unix:/tmp/a=b").kind == "unix:/tmp/a=b")
  }

  @Test(arguments: [
    ("null", BackendKind.null), ("stdio", .stdio(escapes: nil)), ("mon:stdio", .stdio(escapes: true)),
    ("file:a b", .file(path: "a b", append: false)), ("pty", .pty), ("chardev:x", .named("x")),
    ("unix:/s,server=on,wait=off", .server(.unix("/s"), wait: false)),
    ("unix:/s,server", .server(.unix("/s"), wait: true)),
    ("tcp:[::1]:70,reconnect=3", .client(.tcp(host: "::1", port: "70"), reconnect: 3)),
    ("tcp::70,server=on", .server(.tcp(host: "", port: "70"), wait: true)),
  ])
  func `serial ends read as QEMU's`(text: String, kind: BackendKind) throws {
    #expect(try BackendKind(serial: text) == kind)
  }

  @Test(arguments: [
    ("stdoi", "unknown character device \"stdoi\"; did you mean \"stdio\"?"),
    ("file:", "file:: a file needs a path, as in file:PATH"),
    ("tcp:host", "tcp:host: expected tcp:HOST:PORT"),
    ("unix:/s,sever=on", "unknown property \"sever\"; did you mean \"server\"?"),
    ("unix:/s,wait=on", "unix:/s: wait= is for server=on"),
    ("unix:/s,server=maybe", "server=maybe: expected on or off"),
    ("unix:/s,reconnect=x", "reconnect=x: expected seconds, 0 to 86400"),
    ("mon:pty", "mon: works with stdio, not with \"pty\""),
  ])
  func `a serial end that cannot be is one line`(text: String, message: String) {
    #expect(throws: OptionError(message)) { try BackendKind(serial: text) }
  }

  @Test func `a chardev has a name`() throws {
    let (id, kind) = try BackendKind.chardev("socket,id=s,path=/x,server=on,wait=off")
    #expect(id == "s")
    #expect(kind == .server(.unix("/x"), wait: false))
    #expect(throws: OptionError("-chardev null: id=NAME is missing")) { try BackendKind.chardev("null") }
    #expect(throws: OptionError("-chardev file,id=a: path= is missing")) { try BackendKind.chardev("file,id=a") }
  }
}
