// Counts the instructions of an assembler program. Every one on the way is written with I (once a call) or L (once a
// round), and the assembler adds them up in `once` and `round`. O marks the other side of a branch, which has to have as
// many instructions: SIDE begins the one side, OTHER the other, SAME compares them.

        .macro I insn:vararg
        \insn
        .set once, once + 1
        .endm
        .macro L insn:vararg
        \insn
        .set round, round + 1
        .endm
        .macro O insn:vararg
        \insn
        .set other, other + 1
        .endm

        .macro SIDE
        .set side, round
        .endm
        .macro OTHER
        .set side, round - side
        .set other, 0
        .endm
        .macro SAME
        .if other != side
        .error "the two sides of a branch differ in length"
        .endif
        .endm
