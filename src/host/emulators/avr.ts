// An Arduino Uno: the ATmega328P by avr8js, cycle by cycle, its flash filled from the Intel HEX file that a real one gets or an ELF file, USART0 as the link at the speed
// that the program sets, its EEPROM as storage, its watchdog. Sections are those of the ATmega328P datasheet (Microchip
// DS40002061).

import * as avr from "avr8js";
import { avrInstruction, AVRUSART, CPU, usart0Config } from "avr8js";
import { ELF_AVR, loadSegments } from "../elf.ts";
import { parseProgram } from "../flash-image.ts";
import { ByteQueue, CallMeter, OutputBuffer, type Machine, type MachineOptions } from "./machine.ts";

const CLOCK_HZ = 16_000_000;
const FLASH_BYTES = 32 * 1024;
const RAM_BYTES = 2048;
const EEPROM_BYTES = 1024;
/** Data addresses in ELF files begin here; the file's RAM is not ours to fill, its startup code does that. */
const ELF_RAM = 0x800000;

const STACK_POINTER = 0x5d;
const SLEEP_CONTROL = 0x53;
const SLEEP_ENABLED = 1;
const RECEIVED = 0x80;

const RESET_CAUSE = avr.watchdogConfig.MCUSR;
const RESET_BY_WATCHDOG = 0x08;
const WATCHDOG_CONTROL = avr.watchdogConfig.WDTCSR;
const WATCHDOG_ENABLE = 0x08;
const WATCHDOG_CHANGE_ENABLE = 0x10;

const SLEEP = 0x9588;
const SEI = 0x9478;
const RETI = 0x9518;
/** A jump to itself. */
const FOREVER = 0xcfff;

/** Cycles that a sleeping chip lets pass between two looks for interrupts: 16 microseconds. */
const NAP_CYCLES = 256;

export class AvrMachine implements Machine {
  fault: string | null = null;
  resetDue = false;
  private readonly program = new Uint16Array(FLASH_BYTES / 2).fill(0xffff);
  private readonly cpu = new CPU(this.program, RAM_BYTES);
  private readonly usart = new AVRUSART(this.cpu, usart0Config, CLOCK_HZ);
  private readonly input = new ByteQueue();
  private readonly output = new OutputBuffer();
  private readonly eeprom = new avr.EEPROMMemoryBackend(EEPROM_BYTES);
  private kept: Uint8Array;
  private readonly meter: CallMeter;
  private readonly variablesEnd: number;
  private asleep = false;
  private interrupts = 0;

  /** @throws IoError when the image is none for this chip. */
  constructor(file: Uint8Array, { metered, storage, cause }: MachineOptions) {
    const image = parseProgram(file, ELF_AVR);
    loadSegments(image.segments, new Uint8Array(this.program.buffer), 0);
    const entry = image.symbols.get(metered ?? "");
    this.meter = new CallMeter(entry === undefined ? undefined : entry / 2);
    this.variablesEnd = (image.symbols.get("__bss_end") ?? ELF_RAM) - ELF_RAM;
    if (storage !== null) this.eeprom.memory.set(storage.subarray(0, EEPROM_BYTES));
    this.kept = this.eeprom.memory.slice();
    new avr.AVREEPROM(this.cpu, this.eeprom);
    for (const timer of [avr.timer0Config, avr.timer1Config, avr.timer2Config]) new avr.AVRTimer(this.cpu, timer);
    // Nothing is connected to these, but a program that waits for them goes on.
    new avr.AVRTWI(this.cpu, avr.twiConfig, CLOCK_HZ);
    new avr.AVRSPI(this.cpu, avr.spiConfig, CLOCK_HZ);
    new avr.AVRADC(this.cpu, avr.adcConfig);
    this.startWatchdog(cause === "watchdog");
    this.usart.onByteTransmit = (byte) => {
      this.output.push(byte);
    };
    this.keepWhatWasReceived();
  }

  get nanoseconds(): number {
    return this.cpu.cycles * (1e9 / CLOCK_HZ);
  }

  get calls(): Machine["calls"] {
    return this.meter.calls;
  }

  feed(bytes: Uint8Array): void {
    this.input.push(bytes);
    this.feedReceiver();
  }

  takeOutput(): Uint8Array {
    return this.output.take();
  }

  takeStorage(): Uint8Array | null {
    const { memory } = this.eeprom;
    return Buffer.compare(memory, this.kept) === 0 ? null : (this.kept = memory.slice());
  }

  run(instructions: number, asleepUntil: number): void {
    const { cpu } = this;
    const latest = (asleepUntil * CLOCK_HZ) / 1e9;
    for (let left = instructions; left > 0 && this.fault === null && !this.resetDue; left--) {
      if (!this.asleep) this.step();
      else if (cpu.cycles >= latest) return;
      else {
        cpu.cycles += NAP_CYCLES;
        this.tick();
      }
    }
  }

  private step(): void {
    const { cpu, meter, program } = this;
    const at = cpu.pc;
    const opcode = program[at];
    const cyclesBefore = cpu.cycles;
    if (at === meter.entry && !meter.active && this.interrupts === 0) {
      const stack = cpu.SP;
      meter.enter(((cpu.data[stack + 1] ?? 0) << 8) | (cpu.data[stack + 2] ?? 0), stack + 2);
    }
    avrInstruction(cpu);
    if (meter.active && this.interrupts === 0) meter.count(cpu.cycles - cyclesBefore, cpu.pc, cpu.SP);
    if (opcode === RETI) this.interrupts = Math.max(0, this.interrupts - 1);
    else if (opcode === SLEEP) this.asleep = ((cpu.data[SLEEP_CONTROL] ?? 0) & SLEEP_ENABLED) !== 0;
    else if (opcode === FOREVER && !cpu.interruptsEnabled) this.stopAt(at, "it stopped for good");
    if (((cpu.data[STACK_POINTER + 1] ?? 0) << 8) + (cpu.data[STACK_POINTER] ?? 0) < this.variablesEnd)
      this.stopAt(at, "its stack grew into its variables");
    // The instruction after SEI comes before any interrupt: 6.7.1.
    if (opcode !== SEI) this.tick();
  }

  /** Lets the peripherals work, and takes an interrupt that is due. */
  private tick(): void {
    const at = this.cpu.pc;
    this.cpu.tick();
    if (this.cpu.pc === at) return;
    this.interrupts += 1;
    this.asleep = false;
  }

  /** After a reset by it, it runs on with its shortest time, until the program has said that it knows: 10.9.1, 10.9.2. */
  private startWatchdog(hasReset: boolean): void {
    const { cpu } = this;
    new avr.AVRWatchdog(cpu, avr.watchdogConfig, new avr.AVRClock(cpu, CLOCK_HZ));
    cpu.reset = () => {
      this.resetDue = true;
    };
    if (!hasReset) return;
    cpu.data[RESET_CAUSE] = RESET_BY_WATCHDOG;
    cpu.writeData(WATCHDOG_CONTROL, WATCHDOG_CHANGE_ENABLE | WATCHDOG_ENABLE);
    cpu.writeData(WATCHDOG_CONTROL, WATCHDOG_ENABLE);
  }

  private stopAt(at: number, words: string): void {
    this.fault ??= `the board's program went wrong: ${words}, at 0x${(at * 2).toString(16)}`;
  }

  private feedReceiver(): void {
    const received = ((this.cpu.data[usart0Config.UCSRA] ?? 0) & RECEIVED) !== 0;
    if (this.input.empty || received || this.usart.rxBusy || !this.usart.rxEnable) return;
    this.usart.writeByte(this.input.shift() ?? 0);
  }

  /** The next byte is on the line as soon as the last one was read; and writing UCSRB, which in avr8js forgets a received byte
   * (though not in the chip, 19.10.3), leaves it where it is. */
  private keepWhatWasReceived(): void {
    const { cpu } = this;
    const { UDR, UCSRA, UCSRB } = usart0Config;
    const readData = cpu.readHooks[UDR];
    cpu.readHooks[UDR] = (address) => {
      const value = readData?.(address) ?? 0;
      this.feedReceiver();
      return value;
    };
    const writeControl = cpu.writeHooks[UCSRB];
    cpu.writeHooks[UCSRB] = (value, old, address, mask) => {
      const received = (cpu.data[UCSRA] ?? 0) & RECEIVED;
      const done = writeControl?.(value, old, address, mask) ?? false;
      if (received !== 0) {
        cpu.setInterruptFlag({
          ...{ address: usart0Config.rxCompleteInterrupt, constant: true },
          ...{ flagRegister: UCSRA, flagMask: RECEIVED, enableRegister: UCSRB, enableMask: RECEIVED },
        });
      }
      this.feedReceiver();
      return done;
    };
  }
}
