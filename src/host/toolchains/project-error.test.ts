import { describe, expect, test } from "vitest";
import type { Board } from "../../artifacts/board.ts";
import { projectError } from "./project-error.ts";

const board = { name: "An ESP" } as Board;

function diagnosed(output: string, folder = "/home/me/robot"): { code: string; message: string; where: unknown } {
  const [first] = projectError("idf.py", board, folder, "main/main.c", output).diagnostics;
  return { code: first?.code ?? "", message: first?.message ?? "", where: first?.where };
}

describe("what a build tool says", () => {
  test("of a compiler: its words alone, from the include that leads there to the next step", () => {
    const output = [
      "[1/9] Generating memory.ld",
      "[2/9] Building C object main.c.obj",
      "FAILED: main.c.obj ",
      "/opt/esp/xtensa-gcc -c /home/me/robot/main/main.c",
      "In file included from /home/me/robot/main/main.c:7:",
      "/home/me/robot/main/pins.h:3:10: fatal error: nowhere.h: No such file or directory",
      '    3 | #include "nowhere.h"',
      "compilation terminated.",
      "[3/9] Building C object other.c.obj",
      "ninja: build stopped: subcommand failed.",
    ].join("\n");
    const { code, message, where } = diagnosed(output);
    expect(code).toBe("compile-failed");
    expect(where).toEqual({ file: "main/pins.h", line: 3, column: 10 });
    expect(message).toBe(
      'main/pins.h does not compile:\nIn file included from main/main.c:7:\nmain/pins.h:3:10: fatal error: nowhere.h: No such file or directory\n    3 | #include "nowhere.h"\ncompilation terminated.',
    );
  });

  test("of a compiler on Windows", () => {
    const { where } = diagnosed("C:\\me\\robot\\main\\main.c:9:1: error: expected ';'\r", "C:\\me\\robot");
    expect(where).toEqual({ file: "main\\main.c", line: 9, column: 1 });
  });

  test("of a warning before the error: both", () => {
    const { message } = diagnosed("main/main.c: In function 'f':\nmain/main.c:1:1: warning: unused\nmain/main.c:2:1: error: wrong\n");
    expect(message).toContain("warning: unused");
  });

  test("of RAM that is too small", () => {
    const output = "ld: region `dram0_0_seg' overflowed by 31416 bytes\nld: also undefined reference to `x'";
    expect(diagnosed(output)).toMatchObject({
      code: "firmware-too-large",
      message: "the firmware does not fit An ESP: ld: region `dram0_0_seg' overflowed by 31416 bytes",
    });
  });

  test("of a warning alone, and of anything else: its last lines", () => {
    const output = Array.from({ length: 50 }, (_, line) => `line ${line}`).join("\n\n");
    const { code, message } = diagnosed(`main/main.c:1:1: warning: unused\n${output}\n`);
    expect(code).toBe("build-failed");
    expect(message.split("\n").slice(1)).toEqual(Array.from({ length: 20 }, (_, line) => `line ${line + 30}`));
  });
});
