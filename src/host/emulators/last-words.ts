// What a dying child said, without the noise: its first lines are the cause, the dump of registers behind them is not for a
// person who teaches a robot.

import type { Readable } from "node:stream";

const KEPT_CHARACTERS = 8_000;
const SHOWN_LINES = 12;
const REGISTER_DUMP = /^(R\d\d=|XPSR=|s\d\d=|d\d\d=|FPSCR|\s*$)/;

/** Remembers the end of what the stream carries; the result tells it so far. */
export function recordTail(stream: Readable): () => string {
  let tail = "";
  stream.on("data", (bytes: Buffer) => (tail = `${tail}${bytes.toString("latin1")}`.slice(-KEPT_CHARACTERS)));
  return () => tail;
}

/** A complaint of a program, shortened to what a person reads. */
export function complaintLines(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => !REGISTER_DUMP.test(line))
    .slice(0, SHOWN_LINES);
}

/** The line that the firmware's fault handler prints on the link, between frames or in the middle of one. */
export function faultLines(linkText: string): readonly string[] {
  return linkText.match(/(?:Hard)?Fault: [^\r\n]*/g) ?? [];
}
