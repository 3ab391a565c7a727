// The prompt: one line of input from the serial line or the keyboard, and the commands.
#include "demo.h"

enum { LINE = 70 };

bool serial_typed;

static char line[LINE + 1], last[LINE + 1];
static u32 used;
static u32 escape;          // characters of an escape sequence seen so far
static bool after_return;   // a line feed after a carriage return is the same key

static const char prompt[] = "ferry> ";

// The serial line shows the line being typed once somebody typed there (or `quiet` keeps status lines away).
static bool serial_shows(void) { return serial_typed || boot.quiet; }

static void echo_text(const char *s) {
  for (const char *p = s; *p != 0; p++) screen_put(*p);
  if (serial_shows()) serial_text(s);
}

void shell_prompt(void) {
  if (serial_shows()) serial_text(prompt);
}

static void new_prompt(void) {
  used = 0;
  echo_text(prompt);
}

void shell_start(void) { new_prompt(); }

bool shell_line_empty(void) { return used == 0; }

static void rub_out(void) {
  if (used == 0) return;
  used--;
  echo_text("\b \b");
}

static void type(char c) {
  if (used == LINE) return;
  const char text[] = {c, 0};
  line[used++] = c;
  echo_text(text);
}

static void enter(void) {
  line[used] = 0;
  if (!serial_shows() && used > 0) {
    serial_text(prompt);
    serial_text(line);
    serial_text("\r\n");
  }
  echo_text("\r\n");
  if (used > 0) {
    copy_text(last, line, sizeof last);
    used = 0;
    shell_run(last);
  }
  new_prompt();
}

void shell_input(int c) {
  if ((c & FROM_SERIAL) && !serial_typed) {
    if (!boot.quiet) serial_text(prompt);
    serial_typed = true;
  }
  status_erase();
  c &= 0xff;
  bool return_before = after_return;
  after_return = c == '\r';
  if (escape == 1 && c == '[') {
    escape = 2;
    return;
  }
  if (escape == 2) {
    if (c >= '@') escape = 0;
    if (c == 'A') {
      while (used > 0) rub_out();
      for (const char *p = last; *p != 0; p++) type(*p);
    }
    return;
  }
  escape = 0;
  switch (c) {
    case '\033':
      escape = 1;
      break;
    case '\n':
      if (!return_before) enter();
      break;
    case '\r':
      enter();
      break;
    case '\b':
    case 127:
      rub_out();
      break;
    case 3:  // Ctrl-C
      echo_text("^C\r\n");
      new_prompt();
      break;
    case 21:  // Ctrl-U
      while (used > 0) rub_out();
      break;
    default:
      if (c >= ' ' && c < 127) type((char)c);
  }
}

static bool number(const char *word, u32 *value) {
  char hex[16];
  if (parse_number(word, value)) return true;
  format(hex, sizeof hex, "0x%s", word);
  return parse_number(hex, value);
}

static void do_mem(u32 count, char **word) {
  u32 at, n = 64;
  if (count < 2 || !number(word[1], &at) || (count > 2 && !number(word[2], &n))) {
    print("mem ADDR [N]: N bytes (64) from the physical address ADDR, as b8000 or 0x100000\n");
    return;
  }
  if (n > 4096) n = 4096;
  at &= ~3u;
  for (u32 row = 0; row < n; row += 16) {
    char text[17];
    print("%08x ", at + row);
    for (u32 i = 0; i < 16; i += 4) {
      u32 v = *(volatile u32 *)(at + row + i);
      for (u32 b = 0; b < 4; b++) {
        u8 byte = (u8)(v >> 8 * b);
        print(" %02x", byte);
        text[i + b] = byte >= ' ' && byte < 127 ? (char)byte : '.';
      }
    }
    text[16] = 0;
    print("  %s\n", text);
  }
}

static void do_test(u32 count, char **word) {
  (void)count, (void)word;
  selftest();
}

static void do_bench(u32 count, char **word) {
  const char *part = "all";
  u32 millions = 0;
  for (u32 i = 1; i < count; i++) {
    if (!parse_number(word[i], &millions)) part = word[i];
  }
  bench(part, millions);
}

static void do_reboot(u32 count, char **word) {
  (void)count, (void)word;
  reboot();
}

static void do_off(u32 count, char **word) {
  (void)count, (void)word;
  power_off();
}

static void do_help(u32 count, char **word);

static const struct command commands[] = {
    {"help", NULL, do_help},
    {"mem", "mem ADDR [N]             N bytes of physical memory", do_mem},
    {"test", "test                     test this machine", do_test},
    {"bench", "bench [PART] [MILLIONS]  how fast it is", do_bench},
    {"reboot", "reboot  off              reset; switch off", do_reboot},
    {"off", NULL, do_off},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static const struct command *command_at(u32 index) {
  if (index < machine_command_count) return &machine_commands[index];
  return index - machine_command_count < COMMANDS ? &commands[index - machine_command_count] : NULL;
}

// No longer than the window of the text screen.
static void do_help(u32 count, char **word) {
  (void)count, (void)word;
  const struct command *command;
  for (u32 i = 0; (command = command_at(i)) != NULL; i++) {
    if (command->help != NULL) print("%s\n", command->help);
  }
}

void shell_run(const char *text) {
  char copy[LINE + 1], *word[4];
  u32 count = 0;
  copy_text(copy, text, sizeof copy);
  for (char *p = copy; *p != 0 && count < 4;) {
    while (*p == ' ') *p++ = 0;
    if (*p == 0) break;
    word[count++] = p;
    while (*p != 0 && *p != ' ') p++;
  }
  if (*copy == 0 || count == 0) return;
  for (char *p = copy + sizeof copy - 1; p >= copy; p--) {
    if (*p == ' ') *p = 0;
  }
  const struct command *command;
  for (u32 i = 0; (command = command_at(i)) != NULL; i++) {
    if (same(word[0], command->name)) {
      command->run(count, word);
      return;
    }
  }
  print("%s: no such command; help lists them\n", word[0]);
}
