// What tests of flashers share: a serial line with a model at its other end, requests, the reason of a failure, what a progress bar
// showed, and programs that stand in for a tool.

import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";
import { assert } from "../../../core/assert.ts";
import { DiagnosticError, type Diagnostic } from "../../../core/diagnostic.ts";
import type { BytePort, FlashRequest, Progress } from "../../../core/io.ts";
import { openSerial } from "../../ports/serial.ts";
import { withPair } from "../../ports/testing/pty-pair.ts";
import type { Tool } from "../../run-tool.ts";

/** Runs a test with a serial device.
 * @param plug puts a model at its other end. */
export function withLine(plug: (port: BytePort) => void, use: (device: string) => Promise<void>): Promise<void> {
  return withPair(async ([device, end]) => {
    const port = await openSerial(end, 115200);
    plug(port);
    try {
      await use(device);
    } finally {
      await port.close();
    }
  });
}

export function requestOf(name: string, bytes: Uint8Array, places: Partial<FlashRequest> = {}): FlashRequest {
  return { pieces: [{ name, bytes, address: null }], folder: "/", device: null, volume: null, ...places };
}

/** Bytes that repeat only after 251. */
export function pattern(length: number, seed = 7): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * seed + (index >> 8)) % 251);
}

/** Whether a memory begins with these bytes. (To compare thousands of bytes by toEqual keeps models from answering in time.) */
export function begins(memory: Uint8Array, bytes: Uint8Array): boolean {
  return Buffer.compare(memory.subarray(0, bytes.length), bytes) === 0;
}

/** Why it failed. */
export async function failureOf(work: Promise<unknown>): Promise<Diagnostic> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DiagnosticError)) throw error instanceof Error ? error : new Error("it did not fail");
  const [first] = error.diagnostics;
  assert(first !== undefined, "an error has a reason");
  return first;
}

/** What a terminal would show. */
export class ProgressLog implements Progress {
  /** Each bar's label, and how far it came, of 1. */
  readonly bars: { readonly label: string; done: number }[] = [];
  running = false;
  onUpdate: () => void = () => undefined;
  private total = 1;

  start(label: string, total: number): void {
    assert(!this.running, "one bar at a time");
    this.running = true;
    this.total = total;
    this.bars.push({ label, done: 0 });
  }

  update(done: number): void {
    const bar = this.bars.at(-1);
    assert(bar !== undefined && this.running && done / this.total >= bar.done, "a bar that moves forward");
    bar.done = done / this.total;
    this.onUpdate();
  }

  finish(): void {
    assert(this.running, "a bar is shown");
    this.running = false;
  }
}

/** A shell script in the tool's place. @param lines after the first. */
export function standIn(folder: string, name: string, lines: string): Tool {
  const file = path.join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${lines}\n`);
  chmodSync(file, 0o755);
  return { name: file, purpose: "tests", install: { debian: "install it", macos: "install it", windows: "install it" } };
}
