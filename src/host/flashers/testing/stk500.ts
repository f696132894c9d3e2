// A model of an Arduino Uno's bootloader, for tests: optiboot, which speaks STK500 version 1 (Atmel's application note AVR061)
// as github.com/Optiboot/optiboot does, byte for byte, with the faults that boards have. In: a programmer's bytes. Out: answers.

import type { BytePort } from "../../../core/io.ts";

export const PAGE_BYTES = 128;
const FLASH_BYTES = 32 * 1024;
const ATMEGA328P = [0x1e, 0x95, 0x0f] as const;

const END_OF_COMMAND = 0x20;
const IN_SYNC = 0x14;
const OK = 0x10;

const GET_SYNC = 0x30;
const GET_PARAMETER = 0x41;
const SET_DEVICE = 0x42;
const SET_DEVICE_EXTENDED = 0x45;
const LEAVE_PROGRAMMING = 0x51;
const LOAD_ADDRESS = 0x55;
const UNIVERSAL = 0x56;
const PROGRAM_PAGE = 0x64;
const READ_PAGE = 0x74;
const READ_SIGNATURE = 0x75;

const MAJOR_VERSION = 0x81;
const MINOR_VERSION = 0x82;
/** What optiboot says of each parameter that it doesn't know. */
const OTHER_PARAMETER = 3;

export interface OptibootFaults {
  /** It never answers: another program, another board, a charging cable. */
  readonly silent?: boolean;
  readonly signature?: readonly [number, number, number];
  /** This byte of its flash holds what it likes. */
  readonly badByte?: number;
  /** After so many pages it is heard no more. */
  readonly diesAfterPages?: number;
}

/** Its program: takes a byte, when it asks for one. */
type Listening<Result> = Generator<undefined, Result, number>;

export class Optiboot {
  readonly flash = new Uint8Array(FLASH_BYTES).fill(0xff);
  pagesWritten = 0;
  faults: OptibootFaults;
  /** Called after each page, with how many there were. */
  onPage: (pagesWritten: number) => void = () => undefined;
  /** Called when a programmer has finished: now it starts what it holds. */
  onLeave: () => void = () => undefined;
  private answers: number[] = [];
  private program = this.listen();
  private wordAddress = 0;

  constructor(faults: OptibootFaults = {}) {
    this.faults = faults;
    this.program.next();
  }

  /** @returns what it answers at once. */
  hear(bytes: Uint8Array): Uint8Array {
    if (isGreeting(bytes)) this.reset();
    for (const byte of bytes) if (!this.dead) this.program.next(byte);
    const answers = Uint8Array.from(this.answers);
    this.answers = [];
    return answers;
  }

  private reset(): void {
    this.program = this.listen();
    this.program.next();
  }

  private get dead(): boolean {
    return this.faults.silent === true || this.pagesWritten >= (this.faults.diesAfterPages ?? Infinity);
  }

  private *listen(): Listening<never> {
    for (;;) {
      switch (yield) {
        case GET_PARAMETER: {
          const which = yield;
          yield* this.answer([which === MAJOR_VERSION ? 8 : which === MINOR_VERSION ? 0 : OTHER_PARAMETER]);
          break;
        }
        case SET_DEVICE:
          yield* take(20);
          yield* this.answer([]);
          break;
        case SET_DEVICE_EXTENDED:
          yield* take(5);
          yield* this.answer([]);
          break;
        case LOAD_ADDRESS: {
          const low = yield;
          const high = yield;
          this.wordAddress = high * 256 + low;
          yield* this.answer([]);
          break;
        }
        case UNIVERSAL:
          yield* take(4);
          yield* this.answer([0]);
          break;
        case PROGRAM_PAGE: {
          const length = yield* this.length();
          const page = yield* take(length);
          yield* this.answer([], () => {
            this.write(page);
          });
          break;
        }
        case READ_PAGE: {
          const length = yield* this.length();
          yield* this.answer(this.flash.subarray(2 * this.wordAddress, 2 * this.wordAddress + length));
          break;
        }
        case READ_SIGNATURE:
          yield* this.answer(this.faults.signature ?? ATMEGA328P);
          break;
        case LEAVE_PROGRAMMING:
          yield* this.answer([], () => {
            this.onLeave();
          });
          break;
        default: // also to get into sync and to enter programming mode
          yield* this.answer([]);
      }
    }
  }

  /** Of a page, and which memory it is for: optiboot takes all for flash. */
  private *length(): Listening<number> {
    const high = yield;
    const low = yield;
    yield;
    return high * 256 + low;
  }

  /** A command that doesn't end as it should is not answered; the real one resets itself then. */
  private *answer(bytes: Iterable<number>, then: () => void = () => undefined): Listening<void> {
    if ((yield) !== END_OF_COMMAND) return;
    this.answers.push(IN_SYNC, ...bytes, OK);
    then();
  }

  private write(page: Uint8Array): void {
    this.flash.set(page, 2 * this.wordAddress);
    const { badByte } = this.faults;
    if (badByte !== undefined) this.flash[badByte] = 0x5a;
    this.pagesWritten += 1;
    this.onPage(this.pagesWritten);
  }
}

function* take(count: number): Listening<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let index = 0; index < count; index++) bytes[index] = yield;
  return bytes;
}

/** A programmer that begins: it resets the board by DTR and calls. Pseudo-terminals have no DTR, so that here its call, alone in a
 * piece, stands for both. */
export function isGreeting(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes.length % 2 === 0 && bytes.every((byte, index) => byte === (index % 2 === 0 ? GET_SYNC : END_OF_COMMAND));
}

/** Lets the model answer on a port. */
export function plugOptiboot(port: BytePort, optiboot: Optiboot): void {
  port.onData((bytes) => {
    const answers = optiboot.hear(bytes);
    if (answers.length > 0) void port.write(answers);
  });
}
