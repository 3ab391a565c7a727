import Boards
import DeviceModel
import Glibc
import Host

/// `ferry run`: from options to a machine, and from its end to the process's.
enum RunProgram {
  static func main(_ arguments: [String]) throws {
    let options = try RunOptions(arguments)
    if let answer = options.answer {
      print(answer, terminator: "")
      return
    }
    if options.asksForCPUs {
      let board = try BoardFiles(DataFolders(extra: options.folders)).board(options.board)
      return print(Lists.cpus(of: board), terminator: "")
    }
    Signals.install()
    let session = try Session(options)
    ExitStatus.end(try session.run())
  }
}
