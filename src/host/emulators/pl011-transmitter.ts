// The sending half of a PL011 UART (Arm DDI 0183), which rp2040js leaves out: there, each byte is gone at once. In: what the
// program writes to the data register. Out: the bytes, at the line's speed, after a FIFO that can be full, and the interrupt.

import type { RP2040 } from "rp2040js";

type Uart = RP2040["uart"][number];

const FIFO_BYTES = 32;
/** The interrupt comes when the FIFO empties to this: register IFLS as after a reset. */
const INTERRUPT_LEVEL = 16;
/** Start, eight of data, stop. */
const BITS_PER_BYTE = 10;

const FLAGS = 0x18;
const BUSY = 1 << 3;
const FULL = 1 << 5;
const EMPTY = 1 << 7;
const MASK = 0x38;
const RAW_STATUS = 0x3c;
const TRANSMIT_INTERRUPT = 1 << 5;

export class Pl011Transmitter {
  private readonly uart: Uart;
  private readonly send: (byte: number) => void;
  private readonly alarm: ReturnType<RP2040["clock"]["createAlarm"]>;
  private fifo: number[] = [];
  /** The byte on the line. */
  private shifted: number | null = null;
  private interrupt = false;

  /** Takes the place of the one in `uart`. @param send called when a byte has left. */
  constructor(chip: RP2040, uart: Uart, send: (byte: number) => void) {
    this.uart = uart;
    this.send = send;
    this.alarm = chip.clock.createAlarm(() => {
      this.shift();
    });
    uart.onByte = (byte) => {
      this.push(byte);
    };
    const read = uart.readUint32.bind(uart);
    uart.readUint32 = (offset) => (offset === FLAGS ? (read(offset) & ~EMPTY) | this.flags : read(offset));
    uart.checkInterrupts = () => {
      const raw = (read(RAW_STATUS) & ~TRANSMIT_INTERRUPT) | (this.interrupt ? TRANSMIT_INTERRUPT : 0);
      chip.setInterrupt(uart.irq, (raw & read(MASK)) !== 0);
    };
  }

  /** Sends what is left at once: the line goes on when the core has stopped. */
  flush(): void {
    for (const byte of [...(this.shifted === null ? [] : [this.shifted]), ...this.fifo]) this.send(byte);
    this.shifted = null;
    this.fifo = [];
  }

  private get flags(): number {
    return (this.fifo.length === FIFO_BYTES ? FULL : 0) | (this.fifo.length === 0 ? EMPTY : 0) | (this.shifted === null ? 0 : BUSY);
  }

  /** What finds no room is lost. */
  private push(byte: number): void {
    if (this.fifo.length < FIFO_BYTES) this.fifo.push(byte);
    if (this.shifted === null) this.load();
    if (this.fifo.length > INTERRUPT_LEVEL) this.interrupt = false;
    this.uart.checkInterrupts();
  }

  /** The byte on the line has left. */
  private shift(): void {
    if (this.shifted !== null) this.send(this.shifted);
    this.shifted = null;
    this.load();
    this.uart.checkInterrupts();
  }

  /** The interrupt is for passing the level, not for being below it: 3.4.2 of the manual. */
  private load(): void {
    const byte = this.fifo.shift();
    if (byte === undefined) return;
    this.shifted = byte;
    if (this.fifo.length === INTERRUPT_LEVEL) this.interrupt = true;
    this.alarm.schedule((BITS_PER_BYTE * 1e9) / this.uart.baudRate);
  }
}
