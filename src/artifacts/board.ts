// A board as its file in boards/ describes it: what it is, what it has room for, how it is built, flashed and emulated.

import { errorDiagnostic, failure, success, type Diagnostic, type Outcome } from "../core/diagnostic.ts";

export const CORES = [
  ...(["wasm32", "host", "cortex-m0plus", "cortex-m4f", "cortex-m7", "cortex-m33", "cortex-m55"] as const),
  ...(["rv32imc", "xtensa-lx106", "xtensa-lx6", "avr"] as const),
] as const;
export const TOOLCHAINS = [
  ...(["yowasp-clang", "cc", "arm-none-eabi-gcc", "riscv64-unknown-elf-gcc", "xtensa-lx106-elf-gcc", "avr-gcc"] as const),
  ...(["arduino", "esp-idf"] as const),
] as const;
export const EMULATORS = [
  ...(["virtual", "process", "rp2040js", "avr8js"] as const),
  ...(["qemu-mps2-an386", "qemu-mps3-an547", "qemu-riscv32-virt", "qemu-xtensa-sim"] as const),
] as const;
export const FRAMEWORKS = ["bare", "arduino", "esp-idf"] as const;
export const RUNTIMES = ["c", "tflm"] as const;

export type Core = (typeof CORES)[number];
export type ToolchainId = (typeof TOOLCHAINS)[number];
export type EmulatorId = (typeof EMULATORS)[number];
export type Framework = (typeof FRAMEWORKS)[number];
export type Runtime = (typeof RUNTIMES)[number];

export interface UsbIdentity {
  /** Four hexadecimal digits. */
  readonly vendor: string;
  readonly product: string;
  /** Whether the program or the bootloader answers under this identity. */
  readonly when: "running" | "bootloader";
}

export interface Board {
  /** The file's name without .json. */
  readonly id: string;
  readonly name: string;
  readonly core: Core;
  readonly clockHz: number;
  readonly flashBytes: number;
  readonly ramBytes: number;
  readonly toolchain: ToolchainId;
  readonly framework: Framework;
  readonly runtimes: readonly Runtime[];
  /** Folder under firmware/port/ for boards without a framework, else null. */
  readonly port: string | null;
  /** Null when it can't be emulated here. */
  readonly emulator: EmulatorId | null;
  readonly usb: readonly UsbIdentity[];
  readonly notes: string;
}

/** Checks a parsed board file. @param id the file's name without .json. */
export function verifyBoard(id: string, json: unknown): Outcome<Board> {
  const file = `boards/${id}.json`;
  const problems: Diagnostic[] = [];
  const problem = (message: string, hint: string): void => void problems.push(errorDiagnostic("board-invalid", message, hint, { file }));
  if (typeof json !== "object" || json === null) {
    return failure(errorDiagnostic("board-invalid", "a board file is a JSON object", "compare it with boards/virtual.json", { file }));
  }
  const value = json as Record<string, unknown>;
  const oneOf = (key: string, allowed: readonly (string | null)[]): void => {
    if (!allowed.includes(value[key] as string | null))
      problem(`"${key}" is ${JSON.stringify(value[key])}`, `write one of ${allowed.join(", ")}`);
  };
  const positive = (key: string): void => {
    if (!Number.isInteger(value[key]) || (value[key] as number) <= 0)
      problem(`"${key}" is not a positive integer`, `write a number of ${key}`);
  };
  if (value["id"] !== id) problem(`"id" is ${JSON.stringify(value["id"])}`, `write "${id}", the file's name`);
  if (typeof value["name"] !== "string") problem(`"name" is missing`, "write the name on the box");
  if (typeof value["notes"] !== "string") problem(`"notes" is missing`, "write what a user should know, or an empty text");
  if (typeof value["port"] !== "string" && value["port"] !== null) problem(`"port" is missing`, "write a folder of firmware/port, or null");
  oneOf("core", CORES);
  oneOf("toolchain", TOOLCHAINS);
  oneOf("framework", FRAMEWORKS);
  oneOf("emulator", [...EMULATORS, null]);
  ["clockHz", "flashBytes", "ramBytes"].forEach(positive);
  if (!isListOf(value["runtimes"], (each) => (RUNTIMES as readonly unknown[]).includes(each)))
    problem(`"runtimes" is no list of ${RUNTIMES.join(", ")}`, `write ["c", "tflm"]`);
  if (!isListOf(value["usb"], isUsbIdentity))
    problem(`"usb" is no list of identities`, `write {"vendor": "2341", "product": "805a", "when": "running"}`);
  return problems.length === 0 ? success(json as Board) : failure(...problems);
}

function isListOf(value: unknown, predicate: (element: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(predicate);
}

function isUsbIdentity(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { vendor, product, when } = value as Partial<UsbIdentity>;
  const hex = /^[0-9a-f]{4}$/;
  return hex.test(vendor ?? "") && hex.test(product ?? "") && (when === "running" || when === "bootloader");
}
