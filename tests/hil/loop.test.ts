// The whole loop from the command line, each command once on each board that runs here.

import { mkdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { espBuild } from "../../src/host/flashers/testing/esp-build.ts";
import { plugIntoPty } from "../../src/host/flashers/testing/esp-rom-line.ts";
import { EspRom } from "../../src/host/flashers/testing/esp-rom.ts";
import { plugOptibootUno } from "../../src/host/flashers/testing/optiboot-uno.ts";
import { openSerial } from "../../src/host/ports/serial.ts";
import { withPair } from "../../src/host/ports/testing/pty-pair.ts";
import { requires } from "../requires.ts";
import { LITTLE_DAGGER, reflexarc, said, start, succeed, succeedJson, temporaryFolder } from "./cli.ts";

const home = temporaryFolder();
const project = path.join(home, "robot");

interface Trained {
  readonly policy: string;
  readonly policyHash: string;
  readonly samples: number;
}

interface Driven {
  readonly rounds: readonly { readonly name: string; readonly policy: string; readonly samples: number; readonly differing: number }[];
}

const TRAIN = ["train", "--epochs", "20", "--seed", "7"];

beforeAll(async () => {
  await succeed(home, "init", "robot", "--template", "wall-follower");
  await succeed(project, "record", "--port", "sim:", "--expert", "rule", "--episodes", "4", "--seconds", "20");
  await succeed(project, ...TRAIN);
});

describe("a robot project", () => {
  test("check tells what robot.ts says", async () => {
    const spec = await succeedJson<{ name: string; schemaRevision: number; observation: { fields: { wireBytes: number }[] } }>(
      project,
      "check",
    );
    expect(spec).toMatchObject({ name: "wall-follower", rateHz: 9, schemaRevision: 1 });
    expect(spec.observation.fields[0]?.wireBytes).toBe(96);
    expect(await succeed(project, "check")).toContain("0 .. 5.1");
  });

  test("the same recordings and seed give the same bytes of C; another seed gives others", async () => {
    const [again, other] = [await succeedJson<Trained>(project, ...TRAIN), await succeedJson<Trained>(project, ...TRAIN, "--seed", "8")];
    const emitted = async (policy: string): Promise<string> => {
      const folder = path.join(home, `emitted-${path.basename(policy)}`);
      await succeed(project, "compile", "--board", "host", "--policy", policy, "--output", folder, "--no-measure");
      return (
        readFileSync(path.join(folder, "generated", "policy.c"), "utf8") + readFileSync(path.join(folder, "generated", "robot.c"), "utf8")
      );
    };
    const first = await emitted("001");
    expect(await emitted(again.policy)).toBe(first);
    expect(await emitted(other.policy)).not.toBe(first);
  });
});

const BOARDS = [
  { board: "virtual", tools: [] },
  { board: "host", tools: ["cc"] },
  { board: "qemu-cortex-m4", tools: ["arm-none-eabi-gcc", "qemu-system-arm"] },
];

describe.each(BOARDS)("$board", ({ board, tools }) => {
  test.skipIf(requires(...tools))(
    "compile, build, flash, run, eval",
    async () => {
      const compiled = await succeedJson<{ policyHash: string; files: string[] }>(
        project,
        "compile",
        "--board",
        board,
        "--runtime",
        "c",
        "--policy",
        "001",
        "--no-measure",
      );
      expect(compiled.files).toEqual(expect.arrayContaining(["generated/policy.c", "generated/policy.h", "robot_io.c"]));
      const built = await succeedJson<{ image: string }>(project, "build", "--board", board);
      expect(readFileSync(path.join(project, built.image)).length).toBeGreaterThan(5000);
      const { policyHash } = compiled;
      expect(await succeedJson(project, "flash", "--board", board)).toMatchObject({
        board,
        robot: "wall-follower",
        policyHash,
        schemaRevision: 1,
      });
      const run = await succeedJson<{ ticks: number; actors: { policy: number } }>(
        project,
        "run",
        "--port",
        `emu:${board}`,
        "--policy",
        "001",
        "--seconds",
        "3",
      );
      expect(run).toMatchObject({ ticks: 27, actors: { policy: 27 } });
      const judged = await succeedJson<{ differing: number; ticks: number; agreement: { int8: number; board: number } }>(
        project,
        ...["eval", "--board", board, "--policy", "001", "--episodes", "2", "--seconds", "5"],
      );
      expect(judged.differing).toBe(0);
      expect(judged.ticks).toBeGreaterThan(0);
      expect(judged.agreement.board).toBe(judged.agreement.int8);
    },
    240_000,
  );
});

/** What `flash --json` says of a real board. */
interface Flashed {
  readonly port: string | null;
  readonly policyHash: string;
}

/** Runs with the path of a serial port whose other end is the board's. */
const withBoard = (plug: (end: string) => Promise<() => Promise<void>>, use: (device: string) => Promise<void>): Promise<void> =>
  withPair(async ([device, end]) => {
    const unplug = await plug(end);
    await use(device).finally(unplug);
  });

/** Compiles the first policy. @returns its hash and the project's folder. */
async function compiled(board: string): Promise<{ policyHash: string; folder: string }> {
  const result = await succeedJson<{ policyHash: string; folder: string }>(
    project,
    ...["compile", "--board", board, "--policy", "001", "--no-measure"],
  );
  return { ...result, folder: path.join(project, result.folder) };
}

describe("a real board", () => {
  test.skipIf(requires("avr-gcc", "avrdude", "socat"))(
    "uno: avrdude writes it, then it answers on its port and drives; again after Ctrl-C",
    async () => {
      const { policyHash } = await compiled("uno");
      await succeed(project, "build", "--board", "uno");
      const plug = async (end: string): Promise<() => Promise<void>> => {
        const port = await openSerial(end, 115_200);
        const uno = plugOptibootUno(port);
        return async () => {
          await uno.stop();
          await port.close();
        };
      };
      await withBoard(plug, async (device) => {
        const flash = ["flash", "--board", "uno", "--port", `serial:${device}`];
        const interrupted = start(project, flash);
        await said(interrupted, "writing Arduino Uno");
        interrupted.kill("SIGINT");
        expect(await interrupted.finished).toMatchObject({ exitCode: 130, stderr: expect.stringContaining("Flash it again") as unknown });
        const flashed = await succeedJson<Flashed>(project, ...flash);
        const port = `serial:${device}`;
        expect(flashed).toMatchObject({
          board: "uno",
          method: "avrdude",
          device,
          verified: "read back and compared",
          robot: "wall-follower",
        });
        expect(flashed).toMatchObject({ port, policyHash, schemaRevision: 1 });
        const driven = await succeedJson<{ ticks: number }>(project, "run", "--port", flashed.port ?? "", "--seconds", "1");
        expect(driven.ticks).toBeGreaterThan(0);
      });
    },
  );

  test.skipIf(requires("arm-none-eabi-gcc"))("pico: its file is copied to its drive, which vanishes", async () => {
    await compiled("pico");
    await succeed(project, "build", "--board", "pico");
    const drive = path.join(home, "RPI-RP2");
    mkdirSync(drive);
    writeFileSync(path.join(drive, "INFO_UF2.TXT"), "UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n");
    const image = readFileSync(path.join(project, "build/pico-c/image/firmware.uf2"));
    // As the bootloader does it when it has every block.
    const taken: Buffer[] = [];
    const bootloader = watch(drive, (_event, name) => {
      const bytes = name === null || taken.length > 0 ? null : readIfThere(path.join(drive, name));
      if (bytes?.equals(image) !== true) return;
      taken.push(bytes);
      rmSync(path.join(drive, "INFO_UF2.TXT"));
    });
    const flashed = await succeedJson(project, "flash", "--board", "pico", "--volume", drive, "--no-greet").finally(() => {
      bootloader.close();
    });
    expect(flashed).toMatchObject({ method: "uf2", device: null, bytes: image.length, verified: null, port: null, robot: null });
    expect(taken).toHaveLength(1);
  });

  test.skipIf(requires("socat"))("esp32: the pieces go where the manifest says; another chip is left alone", async () => {
    const { folder, policyHash } = await compiled("esp32");
    const pieces = espBuild("ESP32", 1);
    mkdirSync(path.join(folder, "image"));
    for (const { name, bytes } of pieces) writeFileSync(path.join(folder, "image", name), bytes);
    writeFileSync(path.join(folder, "image/reflexarc.json"), JSON.stringify({ policyHash }, null, 2));
    const rom = new EspRom("ESP32");
    const flash = (device: string): string[] => ["flash", "--board", "esp32", "--port", `serial:${device}?baud=460800`, "--no-greet"];
    await withBoard(
      (end) => plugIntoPty(rom, end),
      async (device) => {
        expect(await succeedJson(project, ...flash(device))).toMatchObject({
          method: "esptool",
          device,
          verified: "MD5 of the chip's flash",
        });
      },
    );
    for (const { name, bytes, address } of pieces) {
      const held = rom.flash.bytes.subarray(address ?? 0, (address ?? 0) + bytes.length);
      expect(Buffer.compare(held, bytes), name).toBe(0);
    }
    const other = new EspRom("ESP32-C3");
    await withBoard(
      (end) => plugIntoPty(other, end),
      async (device) => {
        const { exitCode, stderr } = await reflexarc(project, ...flash(device));
        expect(stderr).toContain("nothing was written");
        expect(exitCode).toBe(1);
      },
    );
  });
});

function readIfThere(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}

describe("a model by itself", () => {
  test.skipIf(requires("cc", "arm-none-eabi-gcc", "qemu-system-arm"))(
    "verify runs raw vectors through every board, and writes what they must answer",
    async () => {
      const model = "policies/001/policy.tflite";
      const outputs = path.join(home, "outputs.bin");
      const verify = ["verify", model, "--on", "host,qemu-cortex-m4", "--inputs", "policies/001/vectors.in.bin", "--outputs", outputs];
      expect(await succeedJson(project, ...verify)).toMatchObject({ vectors: 32, exact: true });
      expect(readFileSync(outputs)).toEqual(readFileSync(path.join(project, "policies/001/vectors.out.bin")));
      expect(await succeedJson(project, ...verify)).toMatchObject({
        targets: [{ target: "oracle" }, { target: "host" }, { target: "qemu-cortex-m4" }],
      });
    },
  );

  test.skipIf(requires("arm-none-eabi-gcc", "qemu-system-arm"))("bench counts, and counts the same again", async () => {
    const bench = ["bench", "policies/001/policy.tflite", "--board", "qemu-cortex-m4"];
    const [first, second] = [
      await succeedJson<Record<string, number>>(project, ...bench),
      await succeedJson<Record<string, number>>(project, ...bench),
    ];
    expect(first["instructionsPerInference"]).toBeGreaterThan(first["macs"] as number);
    expect(first["estimatedCycles"]).toBeGreaterThan(first["instructionsPerInference"] as number);
    expect(second).toEqual(first);
  });
});

describe.skipIf(requires("cc"))("dagger", () => {
  test("goes on where it ended: with the newest policy, and all recordings", async () => {
    const dagger = ["dagger", "--port", "emu:host", "--expert", "rule", ...LITTLE_DAGGER];
    const first = await succeedJson<Driven>(project, ...dagger);
    const second = await succeedJson<Driven>(project, ...dagger);
    const [start, end] = second.rounds;
    expect(start).toMatchObject({ policy: first.rounds.at(-1)?.policy, samples: first.rounds.at(-1)?.samples, differing: 0 });
    expect(end?.samples).toBeGreaterThan(start?.samples ?? Infinity);
    expect(readFileSync(path.join(project, "report.html"), "utf8")).toContain("<svg");
  });
});
