// Machines of states: a program of one-letter instructions on a tape, interpreted by one switch, and a scanner that
// takes that program and other text apart by a table.
#include "compute.h"

const u32 rounds = 80;

enum { TAPE = 256, DEEPEST = 16 };

// Counts down from 200 and for each number moves a sum of 200 to and fro between two cells.
static const char program[] = "++++++++++[>++++++++++++++++++++<-]>"
                              "[>++++++++++[>++++++++++++++++++++<-]>[>+>+<<-]>[<+>-]>[>+<-]>[-<<<+>>>]<<<[-]<<-]"
                              ">>>>+++++[>+++++[>+++++[>+++++[>+++++<-]<-]<-]<-]";

static u32 interpret(void) {
  static u8 tape[TAPE];
  static u16 partner[sizeof program];
  u16 open[DEEPEST];
  u32 depth = 0, steps = 0, at = 0;
  for (u32 i = 0; program[i] != 0; i++) {
    if (program[i] == '[') open[depth++ % DEEPEST] = (u16)i;
    if (program[i] == ']') {
      u32 from = open[--depth % DEEPEST];
      partner[i] = (u16)from;
      partner[from] = (u16)i;
    }
  }
  memset(tape, 0, TAPE);
  for (u32 i = 0; program[i] != 0; i++, steps++) {
    switch (program[i]) {
    case '+': tape[at]++; break;
    case '-': tape[at]--; break;
    case '>': at = (at + 1) % TAPE; break;
    case '<': at = (at - 1) % TAPE; break;
    case '[': if (tape[at] == 0) i = partner[i]; break;
    case ']': if (tape[at] != 0) i = partner[i]; break;
    default: break;
    }
  }
  u32 sum = steps;
  for (u32 i = 0; i < TAPE; i++) sum = mixed(sum, tape[i]);
  return sum;
}

enum class { SPACE, LETTER, DIGIT, QUOTE, SLASH, STAR, NEWLINE, OTHER, CLASSES };
enum state { BETWEEN, NAME, NUMBER, STRING, MAYBE_COMMENT, COMMENT, MAYBE_END, SIGN, STATES };

static const u8 next[STATES][CLASSES] = {
    [BETWEEN] = {BETWEEN, NAME, NUMBER, STRING, MAYBE_COMMENT, SIGN, BETWEEN, SIGN},
    [NAME] = {BETWEEN, NAME, NAME, STRING, MAYBE_COMMENT, SIGN, BETWEEN, SIGN},
    [NUMBER] = {BETWEEN, NAME, NUMBER, STRING, MAYBE_COMMENT, SIGN, BETWEEN, SIGN},
    [STRING] = {STRING, STRING, STRING, BETWEEN, STRING, STRING, BETWEEN, STRING},
    [MAYBE_COMMENT] = {BETWEEN, NAME, NUMBER, STRING, MAYBE_COMMENT, COMMENT, BETWEEN, SIGN},
    [COMMENT] = {COMMENT, COMMENT, COMMENT, COMMENT, COMMENT, MAYBE_END, COMMENT, COMMENT},
    [MAYBE_END] = {COMMENT, COMMENT, COMMENT, COMMENT, BETWEEN, MAYBE_END, COMMENT, COMMENT},
    [SIGN] = {BETWEEN, NAME, NUMBER, STRING, MAYBE_COMMENT, SIGN, BETWEEN, SIGN},
};

static enum class class_of(char c) {
  if (c == ' ') return SPACE;
  if ((c >= 'a' && c <= 'z') || c == '_') return LETTER;
  if (c >= '0' && c <= '9') return DIGIT;
  return c == '"' ? QUOTE : c == '/' ? SLASH : c == '*' ? STAR : c == '\n' ? NEWLINE : OTHER;
}

static u32 scan(void) {
  enum { N = 100000 };
  static const char characters[] = "abcdefgh_0123456789   \n+-(){};=/*/*\"";
  u32 tokens[STATES] = {0};
  enum state state = BETWEEN;
  for (u32 i = 0; i < N; i++) {
    enum state to = next[state][class_of(characters[next_number() % (sizeof characters - 1)])];
    if (to != state) tokens[to]++;
    state = to;
  }
  u32 sum = 0;
  for (u32 i = 0; i < STATES; i++) sum = mixed(sum, tokens[i]);
  return sum;
}

u32 run(void) { return mixed(interpret(), scan()); }
