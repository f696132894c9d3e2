// A Raspberry Pi Pico: the RP2040 by rp2040js, its flash filled from the UF2 file that a real one gets or an ELF file, UART0 as the link, sending at the speed that
// the program sets. Boots as the chip's ROM does, from the second stage in the first 256 bytes of flash. Cycles are those of Arm
// DDI 0484 (Cortex-M0+ Technical Reference Manual), table 3-1; misses of the flash's cache are not modelled. It keeps nothing
// while its power is off: neither the ROM's functions nor the interface that write flash are modelled.

import { Simulator, type RP2040 } from "rp2040js";
import { IoError } from "../../core/io.ts";
import { ELF_ARM, loadSegments } from "../elf.ts";
import { parseProgram } from "../flash-image.ts";
import { faultLines } from "./last-words.ts";
import { ByteQueue, CallMeter, OutputBuffer, type Machine, type MachineOptions } from "./machine.ts";
import { Pl011Transmitter } from "./pl011-transmitter.ts";

/** RP2040 Datasheet, 2.2. */
const FLASH = 0x10000000;
/** Of a Pico, in bytes. */
const FLASH_BYTES = 2 * 1024 * 1024;
/** Where the ROM copies the second stage: datasheet, 2.8.1.3. */
const BOOT2_IN_RAM = 0x20041f00;
const BOOT2_BYTES = 252;
const HARD_FAULT = 3;
const WATCHDOG = 0x40058000;
/** Flag of the UART's FR: the receiver is full. */
const UART_FR = 0x18;
const RECEIVER_FULL = 1 << 6;
/** Instructions between two looks at bytes that wait. */
const FEED_INTERVAL = 256;
/** How long a sleeping core without any alarm is left alone at once. */
const NAP_NANOSECONDS = 1e6;

export class Rp2040Machine implements Machine {
  fault: string | null = null;
  resetDue = false;
  private readonly simulator = new Simulator();
  private readonly chip = this.simulator.rp2040;
  private readonly clock = this.simulator.clock;
  private readonly input = new ByteQueue();
  private readonly output = new OutputBuffer();
  private readonly transmitter: Pl011Transmitter;
  private readonly meter: CallMeter;
  /** What the core can't do, told while it executes an instruction. */
  private complaint: string | null = null;
  /** The first of them, which made the fault. */
  private reason: string | null = null;

  /** @throws IoError when the chip would refuse the image. */
  constructor(file: Uint8Array, { metered }: MachineOptions) {
    const image = parseProgram(file, ELF_ARM);
    const { chip } = this;
    loadSegments(image.segments, chip.flash.subarray(0, FLASH_BYTES), FLASH);
    const entry = image.symbols.get(metered ?? "");
    this.meter = new CallMeter(entry === undefined ? undefined : entry & ~1);
    const complain = (component: string, message: string): void => {
      if (component === "RP2040" || component === "CortexM0Core") this.complaint ??= message;
    };
    chip.logger = { debug: () => undefined, info: () => undefined, warn: complain, error: complain };
    chip.onBreak = () => (this.complaint ??= "Breakpoint or undefined instruction");
    this.transmitter = new Pl011Transmitter(chip, uart(chip), (byte) => {
      this.output.push(byte);
    });
    watchdog(chip).onWatchdogTrigger = () => {
      this.resetDue = true;
      chip.writeUint32(WATCHDOG, 0); // or rp2040js would trigger it again at the same moment, for ever
    };
    bootFromRom(chip);
  }

  get nanoseconds(): number {
    return this.clock.nanos;
  }

  get calls(): Machine["calls"] {
    return this.meter.calls;
  }

  feed(bytes: Uint8Array): void {
    this.input.push(bytes);
  }

  takeOutput(): Uint8Array {
    return this.output.take();
  }

  takeStorage(): Uint8Array | null {
    return null;
  }

  run(instructions: number, asleepUntil: number): void {
    for (let count = 0; count < instructions && this.fault === null && !this.resetDue; count++) {
      if (count % FEED_INTERVAL === 0) this.feedReceiver();
      if (!this.chip.core.waiting || this.chip.core.interruptsUpdated) this.step();
      else if (!this.nap(asleepUntil)) return;
    }
  }

  private feedReceiver(): void {
    const receiver = uart(this.chip);
    while (!this.input.empty && receiver.enabled && (receiver.readUint32(UART_FR) & RECEIVER_FULL) === 0)
      receiver.feedByte(this.input.shift() ?? 0);
  }

  /** Lets time pass. @returns false when it is as late as it may be. */
  private nap(until: number): boolean {
    const { clock } = this;
    if (clock.nanos >= until) return false;
    const alarm = clock.nanosToNextAlarm;
    clock.tick(Math.min(until - clock.nanos, alarm > 0 ? alarm : NAP_NANOSECONDS));
    return true;
  }

  private step(): void {
    const { chip, meter } = this;
    const { core } = chip;
    const at = core.PC;
    const interrupted = core.IPSR !== 0;
    if (at === meter.entry && !meter.active && !interrupted) meter.enter(core.LR & ~1, core.SP);
    const cycles = core.executeInstruction() + forgottenCycles(chip, at);
    this.clock.tick((cycles * 1e9) / chip.clkSys);
    if (meter.active && !interrupted && core.IPSR === 0) meter.count(cycles, core.PC, core.SP);
    if (this.complaint !== null) this.raiseHardFault(at, this.complaint);
  }

  /** What the core does with an instruction that it can't execute; a second time, it locks up. */
  private raiseHardFault(at: number, complaint: string): void {
    const { core } = this.chip;
    if (core.IPSR === HARD_FAULT) {
      this.transmitter.flush();
      this.fault = [`the board's program went wrong: ${this.reason ?? complaint}`, ...faultLines(this.output.text)].join("\n");
      return;
    }
    this.reason = complaint;
    core.PC = at;
    core.exceptionEntry(HARD_FAULT);
    core.PC &= ~1;
    this.complaint = null; // of the entry itself: after an overflow there is no stack
  }
}

/** rp2040js finds its peripherals by address, and does not tell their types. */
function watchdog(chip: RP2040): { onWatchdogTrigger: () => void } {
  return chip.peripherals[WATCHDOG >> 12] as unknown as { onWatchdogTrigger: () => void };
}

function uart(chip: RP2040): NonNullable<RP2040["uart"][0]> {
  return chip.uart[0] as NonNullable<RP2040["uart"][0]>;
}

/** rp2040js counts the registers of PUSH and POP without LR and PC; the manual counts them. */
function forgottenCycles(chip: RP2040, at: number): number {
  const high = chip.readUint16(at) >> 8;
  return high === 0xb5 || high === 0xbd ? 1 : 0;
}

/** RP2040 Datasheet, 2.8.1: the second stage is checked, copied to RAM and started there. */
function bootFromRom(chip: RP2040): void {
  const stage = chip.flash.subarray(0, BOOT2_BYTES);
  const checksum = crc32(stage);
  const stored = chip.flashView.getUint32(BOOT2_BYTES, true);
  if (checksum !== stored) {
    const hex = (value: number): string => `0x${value.toString(16).padStart(8, "0")}`;
    throw new IoError(
      `the chip refuses this image: the checksum of its second stage of booting is ${hex(checksum)}, and it says ${hex(stored)}`,
      "build it again for --board pico",
    );
  }
  chip.sram.set(stage, BOOT2_IN_RAM - 0x20000000);
  chip.core.SP = BOOT2_IN_RAM;
  chip.core.PC = BOOT2_IN_RAM;
}

/** Polynomial 0x04c11db7, start 0xffffffff, most significant bit first: datasheet, 2.8.1.3.1. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  }
  return crc >>> 0;
}
