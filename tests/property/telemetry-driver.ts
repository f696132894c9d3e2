// The board's ring of ticks in C, built with sanitizers, at the other end of a pipe: commands in, what it has and sends out.

import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface, type Interface } from "node:readline";
import { expect } from "vitest";
import { FrameDecoder, type Frame } from "../../src/link/frame.ts";
import { decodeMessage, decodeTickRecords, type TickRecordSizes } from "../../src/link/messages.generated.ts";
import { buildNative } from "../native.ts";
import type { Command, Report, Setup } from "./telemetry-model.ts";

const SANITIZERS = "-fsanitize=address,undefined";

/** The file of the program, in a folder of the caller's. */
export async function buildDriver(folder: string): Promise<string> {
  const root = path.join(import.meta.dirname, "../..");
  const sources = new Map(
    ["firmware/include", "firmware/src"].flatMap((name) =>
      readdirSync(path.join(root, name)).map((file) => [file, readFileSync(path.join(root, name, file), "utf8")] as const),
    ),
  );
  const units = [...sources.keys()].filter((file) => /^reflex_(telemetry|link|protocol|bytes|cobs|crc\d+)\.c$/.test(file));
  sources.set("driver.c", readFileSync(path.join(import.meta.dirname, "telemetry-driver.c"), "utf8"));
  const program = await buildNative(
    { sources, units: [...units, "driver.c"], includes: ["."], defines: [] },
    { cFlags: ["-g", SANITIZERS, "-fno-sanitize-recover"], libraries: [SANITIZERS] },
  );
  const file = path.join(folder, "driver");
  writeFileSync(file, program);
  chmodSync(file, 0o755);
  return file;
}

/** Starts the program again when a sanitizer has ended it. */
export class Driver {
  /** What the last run put on the line. */
  lineBytes = 0;
  private readonly program: string;
  private process: ChildProcessWithoutNullStreams | null = null;
  private lines: AsyncIterator<string> | null = null;
  private reader: Interface | null = null;
  private words = "";

  constructor(program: string) {
    this.program = program;
  }

  async run({ capacity, batch, firstTick }: Setup, commands: readonly Command[], observationBytes = 0): Promise<Report[]> {
    const sizes = { inputBytes: 3, outputBytes: 0, observationBytes, actionBytes: 0 };
    const started = await this.ask([`o ${observationBytes} 0 0`, `s ${capacity} ${batch} ${firstTick >>> 0}`]);
    let added = 0;
    const asked = commands.map((command) => {
      const number = (back: number): number => (firstTick + added - back) >>> 0;
      switch (command.kind) {
        case "add":
          return `a ${added++} ${command.takeover ? 1 : 0} 0`;
        case "acknowledge":
          return `k ${number(command.back)} ${command.window} 0`;
        case "refill":
          return `r ${number(command.back)} ${command.count} 0`;
        case "silence":
          return "q 0 0 0";
        case "come-round":
          return "w 0 0 0";
        case "send":
          return "f 0 0 0";
      }
    });
    const lines = [...started.slice(1), ...(await this.ask(asked))];
    const sent = lines.map((line) => Buffer.from(line.split(" ")[3] ?? "", "hex"));
    this.lineBytes = sent.slice(1).reduce((sum, bytes) => sum + bytes.length, 0);
    return lines.map((line, index) => reportOf(line, sent[index] ?? Buffer.alloc(0), sizes));
  }

  stop(): void {
    this.reader?.close();
    this.process?.kill();
    this.process = null;
  }

  private async ask(commands: readonly string[]): Promise<string[]> {
    const started = this.process ?? this.start();
    started.stdin.write([...commands, "x 0 0 0", ""].join("\n"));
    const answers: string[] = [];
    while (answers.length < commands.length) {
      const line = await this.lines?.next();
      if (line === undefined || line.done === true) {
        this.process = null;
        throw new Error(`the program ended at "${commands[answers.length] ?? ""}"\n${this.words}`);
      }
      answers.push(line.value);
    }
    return answers;
  }

  private start(): ChildProcessWithoutNullStreams {
    const started = spawn(this.program);
    this.words = "";
    started.stderr.on("data", (piece: Buffer) => (this.words += piece.toString()));
    started.stdin.on("error", () => undefined); // it has ended: its output says so, too
    this.reader = createInterface(started.stdout);
    this.lines = this.reader[Symbol.asyncIterator]();
    this.process = started;
    return started;
  }
}

function reportOf(line: string, sent: Uint8Array, sizes: TickRecordSizes): Report {
  const [begun, next, oldest] = line.split(" ");
  const frames: Frame[] = [];
  const decoder = new FrameDecoder((frame) => frames.push(frame));
  decoder.push(sent);
  expect(decoder.badFrames).toBe(0);
  expect(frames).toHaveLength(Number(begun));
  return { sent: frames[0] === undefined ? "-" : contentOf(frames[0], sizes), next: Number(next), oldest: Number(oldest) };
}

function contentOf({ id, payload }: Frame, sizes: TickRecordSizes): string {
  const decoded = decodeMessage(id, payload);
  if (!decoded.ok) throw new Error(decoded.reason);
  const { message } = decoded;
  if (message.kind === "gone") return `gone ${message.tick} ${message.count}`;
  if (message.kind !== "ticks") throw new Error(`the ring sent ${message.kind}`);
  const records = decodeTickRecords(message.records, sizes) ?? [];
  for (const { input, timeUs, mode } of records) expect([...input, mode]).toEqual([timeUs & 0x7f, 0, -1, "auto"]);
  return ["ticks", ...records.map(({ tick, timeUs }) => `${tick}:${timeUs}`)].join(" ");
}
