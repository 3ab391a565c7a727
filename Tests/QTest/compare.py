"""Runs traces of the device test protocol against a program, and compares every answer.

A trace is text, one command a line:

    machine microvm                       the board, and then QEMU's options for the same devices
    qemu qemu-system-i386 -M pc           none: QEMU cannot be asked
    path pic /machine/unattached/device[2]  what QEMU calls a device
    line 2 0                              what number QEMU gives an interrupt line
    # what this is about
    outb 0x43 0x34                        the answer is OK
    inb 0x40 -> OK 0x0010                 the answer; lines about interrupts come before it, with "; " between
      qemu OK 0x0011: why it differs      what QEMU answers instead

    compare.py FILE… --ferry PROGRAM        checks Ferry
    compare.py FILE… --qemu                 checks that QEMU answers as the traces say it does
    compare.py FILE… --ferry PROGRAM --update   writes Ferry's answers into the files
    compare.py FILE… --qemu --update            writes where QEMU differs; the reasons are yours to add
"""

import argparse
import shutil
import subprocess
import sys

from qtest import Failure, QTest


class Step:
    """A line of a trace."""

    def __init__(self, text):
        self.text = text
        self.command, _, answer = text.partition(" -> ")
        self.answer = answer or "OK"
        self.other = None
        self.reason = ""

    @property
    def is_command(self):
        return bool(self.text) and self.text[0] not in "#" and not self.is_header

    @property
    def is_header(self):
        return self.text.split(" ")[0] in ("machine", "qemu", "path", "line")

    def show(self):
        if not self.is_command:
            return self.text
        text = self.command if self.answer == "OK" else f"{self.command} -> {self.answer}"
        if self.other is not None:
            text += f"\n  qemu {self.other}: {self.reason}"
        return text


def load(path):
    steps = []
    with open(path) as file:
        for line in file.read().splitlines():
            if line.startswith("  qemu "):
                other, _, reason = line[len("  qemu "):].partition(": ")
                steps[-1].other, steps[-1].reason = other, reason
            else:
                steps.append(Step(line))
    return steps


def headers(steps, name):
    return [step.text.split(" ", 1)[1] for step in steps if step.text.startswith(name + " ")]


def has_qtest(program):
    """Whether this QEMU was built with what tests of devices need."""
    if shutil.which(program) is None:
        return False
    accelerators = subprocess.run([program, "-accel", "help"], capture_output=True, text=True).stdout
    command = [program, "-M", "none", "-accel", "qtest", "-display", "none", "-qtest", "null", "-S"]
    if "qtest" in accelerators.split():
        return True
    # A module is not listed before it has been loaded.
    try:
        subprocess.run(command, capture_output=True, timeout=1)
    except subprocess.TimeoutExpired:
        return True
    return False


def rename(answer, lines):
    """An answer with the numbers of interrupt lines as the trace has them."""
    words = answer.split(" ")
    return " ".join(words[:2] + [lines.get(words[2], words[2])]) if words[0] == "IRQ" else answer


def run(path, ferry, update):
    """The number of answers that are not as they should be."""
    steps = load(path)
    names, lines = {}, {}
    if ferry:
        command = [ferry, "run", "-M", headers(steps, "machine")[0]]
    else:
        if not headers(steps, "qemu"):
            print(f"{path}: skipped, QEMU cannot be asked this")
            return 0
        command = headers(steps, "qemu")[0].split()
        names = dict(pair.split() for pair in headers(steps, "path"))
        lines = dict(reversed(pair.split()) for pair in headers(steps, "line"))
        if not has_qtest(command[0]):
            print(f"{path}: skipped, there is no {command[0]} with the accelerator qtest")
            return 0
    wrong = 0
    with QTest(command) as test:
        for number, step in enumerate(steps, 1):
            if not step.is_command:
                continue
            try:
                command = " ".join(names.get(word, word) for word in step.command.split(" "))
                answer = "; ".join(rename(answer, lines) for answer in test.exchange(command))
            except Failure as failure:
                answer = str(failure)
            expected = step.answer if ferry or step.other is None else step.other
            if not ferry and not update and step.other is not None and not step.reason:
                answer += " (without a reason)"
            if answer == expected:
                continue
            if update and ferry:
                step.answer = answer
            elif update:
                step.other, step.reason = (answer, step.reason) if answer != step.answer else (None, "")
            else:
                wrong += 1
                print(f"{path}:{number}: {step.command}: {answer}, not {expected}")
    if update:
        with open(path, "w") as file:
            file.write("".join(step.show() + "\n" for step in steps))
    return wrong


def main():
    parser = argparse.ArgumentParser(description="Runs traces of the device test protocol.")
    parser.add_argument("traces", nargs="+")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--ferry", metavar="PROGRAM")
    which.add_argument("--qemu", action="store_true")
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    wrong = sum(run(path, options.ferry, options.update) for path in options.traces)
    print(f"{len(options.traces)} traces, {wrong} wrong answers")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
