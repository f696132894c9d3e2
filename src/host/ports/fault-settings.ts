// What `--fault` accepts, as a value: how often a line misbehaves in which way. Text in, settings or a usage error out.

import { usageError } from "../../core/diagnostic.ts";
import { HIGHEST_BAUD_RATE, isBaudRate, LOWEST_BAUD_RATE } from "./baud-rate.ts";

/** What can happen to a piece on its way. A piece is what lies between two 0x00, a frame of the link, and 256 bytes at most. */
export const LINE_FAULTS = ["drop", "flip", "duplicate", "reorder", "delay", "stall", "split"] as const;
export type LineFault = (typeof LINE_FAULTS)[number];

/** What can happen to the board while a piece is on its way to it: it is reset, or its port goes and comes back under another name. */
export const BOARD_FAULTS = ["reset", "rename"] as const;
export type BoardFault = (typeof BOARD_FAULTS)[number];

export type Fault = LineFault | BoardFault;
const FAULTS: readonly Fault[] = [...LINE_FAULTS, ...BOARD_FAULTS];

export interface FaultSettings {
  /** Probability of each fault, 0 to 1, for each piece and independent of the other faults. */
  readonly shares: Readonly<Record<Fault, number>>;
  /** Bytes take their time as on a UART of this rate, 10 bits a byte; null: they take none. */
  readonly baudRate: number | null;
  /** The same seed and the same bytes at the same times give the same faults. */
  readonly seed: number;
}

export const NO_FAULTS: FaultSettings = {
  shares: { drop: 0, flip: 0, duplicate: 0, reorder: 0, delay: 0, stall: 0, split: 0, reset: 0, rename: 0 },
  baudRate: null,
  seed: 1,
};

const FORMS = `write for example drop=1%,flip=0.5%,baud=115200,seed=7: a share in percent for ${FAULTS.join(", ")}; baud, ${LOWEST_BAUD_RATE} to ${HIGHEST_BAUD_RATE}; seed, a whole number`;

/** @throws DiagnosticError, naming the forms, when the text is none of them. */
export function parseFaultSettings(text: string): FaultSettings {
  const wrong = (why: string): Error => usageError("fault-invalid", `--fault is "${text}": ${why}`, FORMS);
  const named = new Map<string, string>();
  for (const part of text.split(",")) {
    const [, name, value] = /^\s*([a-z]+)=(\S+)\s*$/.exec(part) ?? [];
    if (name === undefined || value === undefined) throw wrong(`"${part}" is no setting`);
    if (named.has(name)) throw wrong(`${name} is there twice`);
    named.set(name, value);
  }
  const shares = { ...NO_FAULTS.shares };
  let { baudRate, seed } = NO_FAULTS;
  for (const [name, value] of named) {
    const fault = FAULTS.find((each) => each === name);
    const number = Number(value.replace(/%$/, ""));
    if (fault !== undefined) {
      if (!/^\d+(\.\d+)?%$/.test(value) || number > 100) throw wrong(`${name} takes 0% to 100%`);
      shares[fault] = number / 100;
    } else if (name === "baud") {
      if (!isBaudRate(value)) throw wrong(`baud takes a whole number, ${LOWEST_BAUD_RATE} to ${HIGHEST_BAUD_RATE}`);
      baudRate = number;
    } else if (name === "seed") {
      if (!/^\d{1,10}$/.test(value)) throw wrong("seed takes a whole number");
      seed = number;
    } else throw wrong(`${name} is no fault`);
  }
  return { shares, baudRate, seed };
}
