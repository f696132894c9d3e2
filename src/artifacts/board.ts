// A board as its file in boards/ describes it: what it is, what it has room for, how it is built, flashed, found and emulated.
// boards/board.schema.json checks the files; these are its types.

import { assert } from "../core/assert.ts";
import { usageError } from "../core/diagnostic.ts";

export const FRAMEWORKS = ["bare", "arduino", "platformio", "esp-idf"] as const;
export const RUNTIMES = ["c", "tflm"] as const;

export type Framework = (typeof FRAMEWORKS)[number];
export type Runtime = (typeof RUNTIMES)[number];

export const CORES = [
  ...(["wasm32", "host", "cortex-m0plus", "cortex-m4f", "cortex-m7", "cortex-m33", "cortex-m55"] as const),
  ...(["rv32imc", "rv32imac", "xtensa-lx106", "xtensa-lx6", "xtensa-lx7", "avr"] as const),
] as const;
export type Core = (typeof CORES)[number];

/** Compilers that reflexarc runs itself, for boards without a framework. */
export const TOOLCHAINS = [
  "yowasp-clang",
  "cc",
  "arm-none-eabi-gcc",
  "riscv64-unknown-elf-gcc",
  "xtensa-lx106-elf-gcc",
  "avr-gcc",
] as const;
export type ToolchainId = (typeof TOOLCHAINS)[number];

export const EMULATORS = [
  "virtual",
  "process",
  "rp2040js",
  "avr8js",
  "qemu-mps2-an386",
  "qemu-mps3-an547",
  "qemu-netduinoplus2",
  "qemu-riscv32-virt",
  "qemu-xtensa-sim",
] as const;
export type EmulatorId = (typeof EMULATORS)[number];

export interface UsbIdentity {
  /** Four hexadecimal digits. */
  readonly vendor: string;
  readonly product: string;
  /** Whether the program or the bootloader answers under this identity. */
  readonly when: "running" | "bootloader";
}

/** What a program can't have, before robot and policy come: the framework's own code, variables and stacks, and what lies outside the
 * flash and RAM that it gives to a program. Of its documentation and linker scripts, or measured. */
export interface Reserved {
  readonly flashBytes: number;
  readonly ramBytes: number;
}

/** Our own port, and the compiler for it. */
export interface BareSupport {
  readonly runtimes: readonly Runtime[];
  /** Folder under firmware/port/. */
  readonly port: string;
  readonly toolchain: ToolchainId;
  /** What the port takes beyond the least that one of its core does. */
  readonly reserved: Reserved;
}

export interface ArduinoSupport {
  readonly runtimes: readonly Runtime[];
  /** VENDOR:ARCHITECTURE, as `arduino-cli core install` takes it. */
  readonly platform: string;
  /** The fully qualified board name: PLATFORM:BOARD[:OPTIONS]. */
  readonly fqbn: string;
  /** Where the core is from, when it isn't in Arduino's own index. */
  readonly packageIndex: string | null;
  /** TensorFlow Lite Micro in Arduino's library index, spelt as there; null where none is known to build. */
  readonly tflmLibrary: string | null;
  readonly reserved: Reserved;
}

export interface EspIdfSupport {
  readonly runtimes: readonly Runtime[];
  /** For `idf.py set-target`. */
  readonly target: string;
  /** What the host is plugged into: the chip's own USB-Serial-JTAG, or a converter on UART 0. */
  readonly link: "uart" | "usb";
  readonly reserved: Reserved;
}

/** PlatformIO builds the board's Arduino or ESP-IDF project: what runs on the board is theirs. */
export interface PlatformioSupport {
  readonly platform: string;
  readonly board: string;
  readonly framework: "arduino" | "esp-idf";
}

export interface Frameworks {
  readonly bare?: BareSupport;
  readonly arduino?: ArduinoSupport;
  readonly platformio?: PlatformioSupport;
  readonly "esp-idf"?: EspIdfSupport;
}

/** How an image gets onto the board. `touch`: opening its port at 1200 baud starts the bootloader. */
export type FlashMethod =
  /** The ROM loader of Espressif's chips, from this process. The bootloader's address is the chip's. */
  | { readonly method: "esptool"; readonly chip: EspChip; readonly bootloaderAddress: number }
  /** A file copied to the drive that the bootloader shows. */
  | { readonly method: "uf2"; readonly family: "rp2040" | "rp2350"; readonly volume: string; readonly touch: boolean }
  | { readonly method: "avrdude"; readonly part: string; readonly programmer: string; readonly baudRate: number }
  | { readonly method: "bossac"; readonly touch: boolean }
  /** The device is named by its USB identity in the bootloader. */
  | { readonly method: "dfu-util"; readonly alternate: number; readonly touch: boolean }
  | { readonly method: "arduino-cli" }
  | { readonly method: "teensy-loader"; readonly mcu: string }
  /** A file copied to the drive that the debugger on the board shows: DAPLink, ST-LINK. */
  | { readonly method: "daplink"; readonly volume: string; readonly ending: "hex" | "bin" };

export const ESP_CHIPS = ["ESP32", "ESP32-S3", "ESP32-C3", "ESP32-C6"] as const;
export type EspChip = (typeof ESP_CHIPS)[number];

export interface Board {
  /** The file's name without .json. */
  readonly id: string;
  readonly name: string;
  readonly core: Core;
  readonly clockHz: number;
  readonly flashBytes: number;
  readonly ramBytes: number;
  /** Widest floating point in hardware. */
  readonly fpu: "none" | "single" | "double";
  /** Whether our kernels multiply several int8 or int16 at once there: Arm's DSP extension, Helium, simd128. An ESP32-S3's vector
   * instructions they don't use. */
  readonly dsp: boolean;
  /** What its projects can be made for. */
  readonly frameworks: Frameworks;
  /** Of these, the one that is meant when none is named. */
  readonly framework: Framework;
  /** Null: there is no such board but the emulated one, or each has its own way. */
  readonly flash: FlashMethod | null;
  /** Null when it can't be emulated here. */
  readonly emulator: EmulatorId | null;
  readonly usb: readonly UsbIdentity[];
  /** A light that a sketch may use: its number, as the framework counts pins; null: none that one pin switches. */
  readonly led: { readonly pin: number; readonly activeLow: boolean } | null;
  readonly notes: string;
}

/** In the order of FRAMEWORKS, the default one first. */
export function frameworksOf(board: Board): readonly Framework[] {
  return [board.framework, ...FRAMEWORKS.filter((each) => each !== board.framework && board.frameworks[each] !== undefined)];
}

/** @throws DiagnosticError when there is no project of this kind for the board. */
export function requireFramework(board: Board, framework: Framework): void {
  const frameworks = frameworksOf(board);
  if (frameworks.includes(framework)) return;
  throw usageError("framework-unsupported", `${board.name} has no project for ${framework}`, `use --framework ${frameworks.join(" or ")}`);
}

/** What runs on the board: PlatformIO builds for another framework. */
export function runningFramework(board: Board, framework: Framework): Exclude<Framework, "platformio"> {
  if (framework !== "platformio") return framework;
  const support = board.frameworks.platformio;
  assert(support !== undefined, `${board.id} has no project for PlatformIO`);
  return support.framework;
}

export function runtimesOf(board: Board, framework: Framework): readonly Runtime[] {
  return supportOf(board, framework).runtimes;
}

/** Of the framework's own system, or of our own port. */
export function reservedOf(board: Board, framework: Framework): Reserved {
  return supportOf(board, framework).reserved;
}

/** Our own port and its compiler. */
export function bareSupport(board: Board): BareSupport {
  const { bare } = board.frameworks;
  assert(bare !== undefined, `${board.id} has no port of ours`);
  return bare;
}

function supportOf(board: Board, framework: Framework): BareSupport | ArduinoSupport | EspIdfSupport {
  const support = board.frameworks[runningFramework(board, framework)];
  assert(support !== undefined, `${board.id} has no project for ${framework}`);
  return support;
}
