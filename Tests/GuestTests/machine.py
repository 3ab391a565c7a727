"""A running Ferry, spoken to over QMP."""
import json, os, socket, subprocess, time


class Failure(Exception):
    pass


class Machine:
    """The QMP socket at `path` of the program that runs as `process`."""

    def __init__(self, path, process):
        self.process = process
        self.events = []
        self.buffer = b""
        self.qmp = self.connect(path)
        self.answer()
        self.run("qmp_capabilities")

    @staticmethod
    def server(path):
        """The option that makes such a socket."""
        return f"unix:{path},server=on,wait=off"

    @classmethod
    def start(cls, ferry, options, path, **more):
        command = [ferry, "run", *options, "-monitor", "none", "-qmp", cls.server(path)]
        return cls(path, subprocess.Popen(command, stdin=subprocess.DEVNULL, **more))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def until(self, what, seconds, body):
        """What `body` gives as soon as that is true; `Failure` when it is not in `seconds`."""
        end = time.monotonic() + seconds
        while True:
            value = body()
            if value:
                return value
            if self.process.poll() is not None:
                raise Failure(f"{what}: ferry has ended with status {self.process.returncode}")
            if time.monotonic() > end:
                raise Failure(f"{what}: not in {seconds} s")
            time.sleep(0.05)

    def connect(self, path):
        """A connection to the socket at `path`, as soon as it is there."""
        def attempt():
            made = socket.socket(socket.AF_UNIX)
            try:
                made.connect(path)
                return made
            except OSError:
                made.close()
        return self.until(f"a connection to {path}", 60, attempt)

    def answer(self):
        """The next answer; events on the way are kept."""
        while True:
            while b"\n" not in self.buffer:
                part = self.qmp.recv(65536)
                if not part:
                    raise Failure(f"QMP was closed; ferry has ended with status {self.process.wait(10)}")
                self.buffer += part
            line, self.buffer = self.buffer.split(b"\n", 1)
            message = json.loads(line)
            if "event" not in message:
                return message
            self.events.append(message["event"])

    def run(self, command, **arguments):
        """What `command` returns."""
        self.qmp.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        answer = self.answer()
        if "error" in answer:
            raise Failure(f"{command}: {answer['error']['desc']}")
        return answer.get("return")

    def human(self, line):
        """Runs a line of the human monitor, which must have nothing to say."""
        said = self.run("human-monitor-command", **{"command-line": line})
        if said:
            raise Failure(f"{line}: {said}")

    def processor(self):
        """Seconds of the host's processors that the program has used."""
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
