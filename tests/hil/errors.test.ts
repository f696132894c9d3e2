// What goes wrong at a newcomer's hands: each mistake has its exit code (1: it failed, 2: something wrong was asked for), a
// sentence that says what happened, one that says what to do, and never a stack trace.

import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listBoards } from "../../src/host/boards.ts";
import { boardsFolder } from "../../src/host/package-files.ts";
import { connectedBoards } from "../../src/host/ports/connected-boards.ts";
import { requires } from "../requires.ts";
import { reflexarc, start, succeed, temporaryFolder, type Finished } from "./cli.ts";

const home = temporaryFolder();
/** Without anything recorded. */
const fresh = path.join(home, "fresh");
/** With a recording and a policy. */
const trained = path.join(home, "trained");
/** With both, and a robot.ts that was changed afterwards. */
const changed = path.join(home, "changed");

/** Who works on this with a board on the desk is not to see it move. */
const plugged = (await connectedBoards(await listBoards(boardsFolder))).length > 0;

const GOOD_ROW = `${"1.0,".repeat(24)}Move-Forward`;

beforeAll(async () => {
  await succeed(home, "init", "fresh");
  await succeed(home, "init", "trained");
  await succeed(trained, "record", "--episodes", "2", "--seconds", "5");
  await succeed(trained, "train", "--epochs", "1");
  mkdirSync(changed);
  for (const file of [
    "robot.ts",
    "robot.lock.json",
    "recordings/001-demonstrations.mcap",
    "policies/001/bundle.json",
    "policies/001/policy.tflite",
    "policies/001/weights.bin",
    "policies/001/vectors.in.bin",
    "policies/001/vectors.out.bin",
  ]) {
    mkdirSync(path.dirname(path.join(changed, file)), { recursive: true });
    copyFileSync(path.join(trained, file), path.join(changed, file));
  }
  const robot = readFileSync(path.join(changed, "robot.ts"), "utf8");
  writeFileSync(path.join(changed, "robot.ts"), robot.replace("@range 0 5.1", "@range 0 6"));
  const model = readFileSync(path.join(trained, "policies/001/policy.tflite"));
  const written: Readonly<Record<string, string | Uint8Array>> = {
    "empty.csv": "",
    "bad.csv": [
      GOOD_ROW,
      "1,2,3",
      GOOD_ROW.replace("1.0", "NaN"),
      GOOD_ROW.replace("1.0", "99"),
      GOOD_ROW.replace("Move-Forward", "Fly"),
    ].join("\n"),
    "text.mcap": "this is no recording, but long enough to be one",
    "text.tflite": "this is no model, but long enough to be one",
    "short.tflite": model.subarray(0, 1000),
    "ragged.bin": new Uint8Array(25),
    "one.bin": new Uint8Array(24),
    file: "",
  };
  for (const [name, content] of Object.entries(written)) writeFileSync(path.join(home, name), content);
});

const MODEL = path.join(trained, "policies/001/policy.tflite");

type Case = readonly [words: string, folder: string, exitCode: 1 | 2, fragment: string];

const USAGE: readonly Case[] = [
  ["", home, 2, "no command given"],
  ["trian", home, 2, "Did you mean train?"],
  ["help nonsense", home, 2, "unknown command 'nonsense'"],
  ["check --colour", fresh, 2, "unknown option '--colour'"],
  ["init", home, 2, "missing required argument 'folder'"],
  ["init other --template tractor", home, 2, "servo-arm, wall-follower, wall-follower-4"],
  ["init fresh", home, 2, "is not empty"],
  ["init file/robot", home, 1, "no folder"],
  ["boards pico uno", home, 2, "too many arguments"],
  ["boards pic", home, 2, "did you mean pico"],
  ["boards pico --connected", home, 2, "not both"],
  ["compile --board uno --framework esp-idf", trained, 2, "use --framework bare or arduino or platformio"],
  ["build --board pico --framework makefile", trained, 2, "give one of bare, arduino, platformio, esp-idf"],
  ["doctor --board esp32 --framework bare", home, 2, "has no project for bare"],
  ["dagger --port auto", trained, 2, "use --port emu:BOARD"],
  ["compile", trained, 2, "required option '--board <id>'"],
  ["compile --board esp23", trained, 2, "did you mean esp32 or"],
  ["compile --board host --runtime python", trained, 2, "give one of c, tflm"],
  ["record --episodes none", fresh, 2, "give a whole number, 1 to 10000"],
  ["record --seconds 0.01", fresh, 2, "less than a tick"],
  ["record --expert nobody", fresh, 2, "give one of rule"],
  ["record --port sim:boat", fresh, 2, "use one of: wall-follower"],
  ["record --port emu:host", fresh, 1, "there is no policy"],
  ["record --port serial:/dev/reflexarc-none", fresh, 1, "there is no serial device"],
  ["record --port sim: --mode fly", fresh, 2, "give one of safe"],
  ["run --port /dev/ttyACM0", trained, 2, "did you mean serial:/dev/ttyACM0?"],
  ["run --policy 007", trained, 2, "007 is no policy bundle"],
  ["dagger --port sim:", trained, 2, "use --port emu:BOARD"],
  ["eval --board esp32", trained, 2, "can't be emulated"],
];

const FAILURES: readonly Case[] = [
  ["check", home, 1, "there is no robot.ts"],
  ["check --project nowhere", home, 1, "there is no nowhere/robot.ts"],
  ["train", fresh, 1, "there is nothing recorded"],
  ["train nothing.mcap", fresh, 1, "nothing.mcap can't be read"],
  ["train ../text.mcap", fresh, 1, "not an MCAP recording"],
  ["import nothing.csv", fresh, 1, "nothing.csv does not exist"],
  ["import ..", fresh, 1, "is a folder"],
  ["import ../empty.csv", fresh, 1, "no row can be used"],
  ["import ../bad.csv", fresh, 1, "4 of 5 rows cannot be used: 1 ragged, 1 not a number, 1 unknown label, 1 out of range"],
  ["run --port sim:", fresh, 1, "train one with `reflexarc train`"],
  ["run --port serial:/dev/reflexarc-none", trained, 1, "there is no serial device"],
  ["build --board virtual", trained, 1, "`reflexarc compile --board virtual`"],
  ["flash --board virtual", trained, 1, "`reflexarc compile --board virtual`"],
  [
    "build --board uno --framework arduino --runtime tflm",
    trained,
    1,
    "`reflexarc compile --board uno --framework arduino --runtime tflm`",
  ],
  ["compile --board virtual --no-measure --output ../file/firmware", trained, 1, "can't write"],
  ["train", changed, 1, "robot.ts now has schema"],
  ["run --port sim:", changed, 1, "trained for revision 1 of robot.ts"],
  ["compile --board virtual", changed, 1, "trained for revision 1 of robot.ts"],
  ["verify nothing.tflite", home, 1, "nothing.tflite does not exist"],
  ["verify text.tflite", home, 1, "not a whole TFLite model"],
  ["verify short.tflite", home, 1, "not a whole TFLite model"],
  [`verify ${MODEL} --inputs ragged.bin`, home, 2, "holds 25 bytes, and a vector of this model has 24"],
  [`verify ${MODEL} --inputs one.bin --outputs ragged.bin`, home, 2, "vector of this model has 4"],
  ["bench text.tflite", home, 1, "not a whole TFLite model"],
];

/** A mistake is told as what, where and what to do. */
function expectMistake({ exitCode, stderr }: Finished, code: number, fragment: string): void {
  expect(stderr).toContain(fragment);
  expect(stderr).toMatch(/^error: .+/m);
  expect(stderr).toMatch(/^ {2}fix: .+/m);
  expect(stderr).not.toMatch(/^ +at .*\.js:|bug in reflexarc/m);
  expect(exitCode).toBe(code);
}

describe("a mistake", () => {
  test.each([...USAGE, ...FAILURES])("reflexarc %s", async (words, folder, exitCode, fragment) => {
    expectMistake(await reflexarc(folder, ...words.split(" ").filter((word) => word !== "")), exitCode, fragment);
  });

  test("with --json is one object on standard output", async () => {
    const { exitCode, stdout } = await reflexarc(fresh, "train", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ errors: [{ code: "no-recordings", severity: "error" }] });
    expect(exitCode).toBe(1);
    const usage = await reflexarc(fresh, "train", "--json", "--colour");
    expect(JSON.parse(usage.stdout)).toMatchObject({ errors: [{ code: "usage" }] });
  });

  test.skipIf(plugged)("is `auto` where nothing is plugged in", async () => {
    for (const command of ["run", "push", "record"])
      expectMistake(await reflexarc(trained, command, "--port", "auto"), 1, "no board that runs is plugged in");
  });

  test("in robot.ts is shown by line", async () => {
    const folder = path.join(home, "wrong");
    await succeed(home, "init", "wrong");
    const robot = readFileSync(path.join(folder, "robot.ts"), "utf8");
    writeFileSync(path.join(folder, "robot.ts"), robot.replace("@range 0 5.1", ""));
    const result = await reflexarc(folder, "check");
    expectMistake(result, 1, "has no @range");
    expect(result.stderr).toMatch(/^ {2}at robot\.ts:\d+:\d+$/m);
  });

  test("in a table leaves nothing behind, and is left out with --skip-bad", async () => {
    const folder = path.join(home, "importing");
    await succeed(home, "init", "importing");
    await reflexarc(folder, "import", "../bad.csv");
    expectMistake(await reflexarc(folder, "train"), 1, "there is nothing recorded");
    const words = await succeed(folder, "import", "../bad.csv", "--skip-bad", "--json");
    expect(JSON.parse(words)).toMatchObject({
      recordings: [{ rows: 5, used: 1, bad: { ragged: 1, "not-a-number": 1, "unknown-label": 1, "out-of-range": 1 } }],
    });
  });
});

describe("a board on a port", () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });

  /** A port where `talk` is all that the other side has to say. */
  async function listen(talk: Uint8Array): Promise<string> {
    const server = createServer((socket) => {
      socket.on("error", () => undefined).resume();
      socket.write(talk);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `tcp:127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test("that is not there", async () => {
    const url = await listen(new Uint8Array());
    await new Promise((resolve) => servers.at(-1)?.close(resolve));
    expectMistake(await reflexarc(trained, "run", "--port", url), 1, "nobody listens");
  });

  test("that says nothing", async () => {
    expectMistake(await reflexarc(trained, "run", "--port", await listen(new Uint8Array())), 1, "not a single byte came");
  });

  test("that is something else", async () => {
    const garbage = Uint8Array.from({ length: 20_000 }, (_, index) => (index * index) >> 3);
    expectMistake(await reflexarc(trained, "run", "--port", await listen(garbage)), 1, "something else than reflexarc's link");
  });
});

describe("without compilers and emulators", () => {
  const bare = path.join(home, "bare-path");
  beforeAll(() => {
    mkdirSync(bare);
    symlinkSync(process.execPath, path.join(bare, "node"));
  });

  const run = (...args: readonly string[]): Promise<Finished> => start(trained, args, { PATH: bare }).finished;

  test.each([
    "demo --board qemu-cortex-m4",
    "run --port emu:qemu-cortex-m4",
    "eval --board qemu-cortex-m4",
    "doctor --board qemu-cortex-m4",
  ])("%s says what to install", async (words) => {
    const result = await run(...words.split(" "));
    expectMistake(result, 1, "sudo apt install gcc-arm-none-eabi libnewlib-arm-none-eabi");
    expect(result.stderr).toContain("sudo apt install qemu-system-arm");
  });

  test("doctor says for each system how what is missing is installed", async () => {
    const { exitCode, stdout } = await run("doctor", "--board", "nano33ble", "--framework", "platformio");
    expect(stdout).toMatch(/^pio +no +/m);
    expect(stdout).toMatch(/^pio is missing\n {2}Debian, Ubuntu: .*\n {2}macOS: .*brew .*\n {2}Windows: .+$/m);
    expect(stdout).toMatch(/^nano33ble +can't be built: pio is missing/m);
    expect(exitCode).toBe(1);
  });

  test("boards --connected needs none", async () => {
    expect(await run("boards", "--connected", "--json")).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test("doctor names the board that runs all the same", async () => {
    const { exitCode, stdout } = await run("doctor", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ ready: ["virtual"] });
    expect(exitCode).toBe(0);
  });
});

describe.skipIf(requires("cc"))("an image", () => {
  test("that is older than the project's policy, or broken, is not taken for it", async () => {
    await succeed(trained, "compile", "--board", "host", "--no-measure");
    expectMistake(await reflexarc(trained, "flash", "--board", "host"), 1, "`reflexarc build --board host`");
    await succeed(trained, "build", "--board", "host");
    await succeed(trained, "train", "--epochs", "2");
    await succeed(trained, "compile", "--board", "host", "--no-measure");
    expectMistake(await reflexarc(trained, "flash", "--board", "host"), 1, "the image holds policy");
    await succeed(trained, "build", "--board", "host");
    writeFileSync(path.join(trained, "build/host-c/image/firmware"), "no program");
    expectMistake(await reflexarc(trained, "flash", "--board", "host"), 1, "did not boot");
    writeFileSync(path.join(trained, "build/host-c/reflexarc.json"), "{");
    expectMistake(await reflexarc(trained, "build", "--board", "host"), 1, "no JSON");
  });

  test("that does not compile is told in the compiler's words", async () => {
    await succeed(trained, "compile", "--board", "host", "--no-measure");
    writeFileSync(path.join(trained, "build/host-c/robot_io.c"), "int broken(void) { return 1 }\n");
    expectMistake(await reflexarc(trained, "build", "--board", "host"), 1, "robot_io.c does not compile");
  });

  test("gives other outputs than expected: one object with the result and the errors", async () => {
    writeFileSync(path.join(home, "wrong.bin"), new Uint8Array([1, 2, 3, 4]));
    const { exitCode, stdout } = await reflexarc(
      home,
      "verify",
      MODEL,
      "--on",
      "host",
      "--inputs",
      "one.bin",
      "--outputs",
      "wrong.bin",
      "--json",
    );
    expect(JSON.parse(stdout)).toMatchObject({
      exact: false,
      targets: [{ target: "oracle", differing: 1 }, { target: "host" }],
      errors: [{}, {}],
    });
    expect(exitCode).toBe(1);
  });
});
