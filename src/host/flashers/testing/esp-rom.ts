// A model of the bootloader in the ROM of Espressif's chips, and of esptool's flasher stub, as they are seen on the line. In: bytes and
// the reset lines. Out: answers, and a list of all that broke the protocol. Sources: "Serial Protocol" of esptool's documentation;
// esptool/loader.py; src/command_handler.c of espressif/esp-flasher-stub.

import type { EspChip } from "../../../artifacts/board.ts";
import { ESP_MODELS, MAGIC_REGISTER, type EspChipModel } from "./esp-rom-chips.ts";
import { Download, FlashDownload, wordsOf } from "./esp-rom-downloads.ts";
import { EspFlash, FLASH_BYTES, FLASH_ID } from "./esp-rom-flash.ts";
import { slipPacket, SlipReader } from "./slip.ts";

export interface EspFaults {
  /** Hears everything, answers nothing. */
  readonly silent?: boolean;
  /** Falls silent after so many bytes. */
  readonly silentAfterBytes?: number;
  readonly refusesStub?: boolean;
  /** Faster, it understands nothing until it is reset. */
  readonly highestBaudRate?: number;
  /** It has no flash chip, or one that is broken. */
  readonly noFlashChip?: boolean;
  /** Its fuses allow nothing but writing flash by the ROM. */
  readonly secureDownload?: boolean;
}

/** What runs on the chip. */
export type EspState = "program" | "rom" | "stub";

export const ROM_BAUD_RATE = 115_200;

const STATUS_OK = [0, 0] as const;
const ROM_INVALID = [1, 0x05] as const;
const ROM_CHECKSUM = [1, 0x07] as const;
const ROM_INFLATE = [1, 0x0b] as const;
const STUB_CHECKSUM = [0xc1, 0] as const;
const STUB_INVALID = [0xc3, 0] as const;
const STUB_NOT_BEGUN = [0xc6, 0] as const;
const STUB_INFLATE = [0xc7, 0] as const;
const STUB_UNIMPLEMENTED = [0xff, 0] as const;

/** Among the flags of GET_SECURITY_INFO. */
const SECURE_DOWNLOAD = 1 << 2;
const READ_ID = 0x9f;
const SPI_RUNS = 1 << 18;
const SYNC = [0x07, 0x07, 0x12, 0x20, ...new Array<number>(32).fill(0x55)];
/** What the ROM's answers to SYNC hold, other than the stub's. */
const ROM_SYNC_VALUE = 0x20120707;

interface Command {
  readonly operation: number;
  readonly data: Uint8Array;
  readonly words: readonly number[];
  readonly checksum: number;
}

interface Answer {
  readonly value?: number;
  readonly data?: Uint8Array;
  readonly status?: readonly [number, number];
  /** Instead of the command's. */
  readonly operation?: number;
  readonly copies?: number;
  /** What happens once it is sent. */
  readonly next?: () => void;
}

export class EspRom {
  readonly flash = new EspFlash();
  readonly violations: string[] = [];
  readonly faults: EspFaults;
  readonly registers: Map<number, number>;
  state: EspState;
  /** At which the chip listens. */
  baudRate = ROM_BAUD_RATE;
  /** Since the model was made. */
  receivedBytes = 0;
  resets = 0;
  /** Where answers go. */
  send: (bytes: Uint8Array) => void = () => undefined;
  private readonly chip: EspChipModel;
  private reader = new SlipReader();
  private attached = false;
  private deaf = false;
  private upload: Download | null = null;
  private uploaded: { readonly start: number; readonly end: number }[] = [];
  private download: FlashDownload | null = null;

  /** @param state in which it is found: a chip whose reset lines lead nowhere must be in its bootloader already. */
  constructor(chip: EspChip, state: EspState = "rom", faults: EspFaults = {}) {
    this.chip = ESP_MODELS[chip];
    this.registers = new Map(this.chip.registers);
    this.faults = faults;
    this.state = state;
  }

  /** As its reset pin does it. @param bootloader whether the pin that selects it is held meanwhile. */
  reset(bootloader: boolean): void {
    this.resets++;
    this.state = bootloader ? "rom" : "program";
    this.baudRate = ROM_BAUD_RATE;
    this.reader = new SlipReader();
    this.attached = this.deaf = false;
    this.upload = this.download = null;
    this.uploaded = [];
    if (!this.silent) this.send(encode(bootloader ? "boot:0x3 (DOWNLOAD_BOOT)\r\nwaiting for download\r\n" : "boot:0x13\r\n"));
  }

  receive(bytes: Uint8Array): void {
    this.receivedBytes += bytes.length;
    if (this.silent || this.deaf || this.state === "program") return;
    for (const packet of this.reader.push(bytes)) this.receivePacket(packet);
  }

  private get silent(): boolean {
    return this.faults.silent === true || this.receivedBytes > (this.faults.silentAfterBytes ?? Infinity);
  }

  private receivePacket(packet: Uint8Array): void {
    if (packet.length < 8 || packet[0] !== 0) {
      this.accuse(`a packet that is no request: ${Buffer.from(packet).toString("hex")}`);
      return;
    }
    const view = new DataView(packet.buffer);
    const data = packet.subarray(8);
    if (view.getUint16(2, true) !== data.length) this.accuse(`a request of ${data.length} bytes says ${view.getUint16(2, true)}`);
    const command = { operation: packet[1] ?? 0, data, words: wordsOf(data), checksum: view.getUint32(4, true) };
    const state = this.state;
    const { operation = command.operation, copies = 1, next, ...answer } = this.obey(command);
    for (let copy = 0; copy < copies; copy++) this.send(slipPacket(answerPacket(operation, answer, state)));
    next?.();
  }

  private obey(command: Command): Answer {
    switch (command.operation) {
      case 0x02:
        return this.flashBegin(command, false);
      case 0x03:
        return this.flashData(command, false);
      case 0x04:
      case 0x12:
        return this.flashEnd(command);
      case 0x05:
        return this.uploadBegin(command);
      case 0x06:
        return this.uploadEnd(command);
      case 0x07:
        return this.uploadData(command);
      case 0x08:
        return this.sync(command);
      case 0x09:
        return this.writeRegisters(command);
      case 0x0a:
        return this.readRegister(command);
      case 0x0b:
        return this.setParameters(command);
      case 0x0d:
        return this.attach(command);
      case 0x0f:
        return this.changeBaudRate(command);
      case 0x10:
        return this.flashBegin(command, true);
      case 0x11:
        return this.flashData(command, true);
      case 0x13:
        return this.md5(command);
      case 0x14:
        return this.securityInfo(command);
      case 0xd1:
        return this.eraseRegion(command);
      default:
        this.accuse(`command 0x${command.operation.toString(16)}, which is not modelled`);
        return this.unknown(command);
    }
  }

  private sync({ data }: Command): Answer {
    if (data.length !== SYNC.length || SYNC.some((byte, index) => data[index] !== byte)) this.accuse("a wrong SYNC");
    return { value: this.state === "rom" ? ROM_SYNC_VALUE : 0, copies: 8 };
  }

  private readRegister(command: Command): Answer {
    this.requireBytes(command, 4);
    if (this.faults.secureDownload === true) return this.unknown(command);
    const [address = 0] = command.words;
    return { value: address === MAGIC_REGISTER ? this.chip.magic : (this.registers.get(address) ?? 0) };
  }

  /** One or more: address, value, mask, microseconds to wait. */
  private writeRegisters({ data, words }: Command): Answer {
    if (data.length === 0 || data.length % 16 !== 0) this.accuse(`WRITE_REG with ${data.length} bytes`);
    for (let index = 0; index + 3 < words.length; index += 4) {
      const [address = 0, value = 0, mask = 0] = words.slice(index, index + 3);
      const allowed = this.chip.writable.some(([start, end]) => address >= start && address < end);
      if (!allowed) this.accuse(`0x${address.toString(16)} is written to`);
      this.registers.set(address, ((value & mask) | ((this.registers.get(address) ?? 0) & ~mask)) >>> 0);
      if (address === this.chip.spi.base && (value & SPI_RUNS) !== 0) this.runSpi();
    }
    return {};
  }

  /** The SPI controller runs a command of the flash chip's own, of which only the question for its id has an answer here. */
  private runSpi(): void {
    const { base, user2, data } = this.chip.spi;
    const asked = (this.registers.get(base + user2) ?? 0) & 0xff;
    if (!this.attached && this.state === "rom") this.accuse("the flash is used before it is attached");
    this.registers.set(base, 0);
    this.registers.set(base + data, asked === READ_ID ? (this.faults.noFlashChip === true ? 0xff_ffff : FLASH_ID) : 0);
  }

  private securityInfo(command: Command): Answer {
    this.requireBytes(command, 0);
    const { chipId } = this.chip;
    if (chipId === null) return this.unknown(command);
    const data = new Uint8Array(20);
    data[0] = this.faults.secureDownload === true ? SECURE_DOWNLOAD : 0;
    data[12] = chipId;
    return { data };
  }

  private uploadBegin(command: Command): Answer {
    this.requireBytes(command, 16);
    if (this.faults.refusesStub === true) return { status: ROM_INVALID };
    if (this.state !== "rom") this.accuse("a program is loaded over the stub");
    this.requireComplete(this.upload);
    const [size = 0, packets = 0, packetBytes = 0, address = 0] = command.words;
    if (packets !== Math.ceil(size / packetBytes)) this.accuse(`${packets} packets of ${packetBytes} bytes for ${size} bytes`);
    this.upload = new Download({ size, packets, packetBytes, address }, this.accuse);
    this.uploaded.push({ start: address, end: address + size });
    return {};
  }

  private uploadData({ data, checksum }: Command): Answer {
    if (this.upload === null) this.accuse("MEM_DATA without MEM_BEGIN");
    const content = this.upload?.content(data, checksum) ?? null;
    return { status: content === null ? ROM_CHECKSUM : STATUS_OK };
  }

  private uploadEnd(command: Command): Answer {
    this.requireBytes(command, 8);
    this.requireComplete(this.upload);
    this.upload = null;
    const [stays = 1, entry = 0] = command.words;
    if (!this.uploaded.some(({ start, end }) => entry >= start && entry < end)) this.accuse(`0x${entry.toString(16)} was not loaded`);
    const run = (): void => {
      this.state = "stub";
      this.send(slipPacket(encode("OHAI")));
    };
    return stays === 0 ? { next: run } : {};
  }

  private changeBaudRate(command: Command): Answer {
    this.requireBytes(command, 8);
    const [baudRate = 0, before = 0] = command.words;
    if (before !== (this.state === "rom" ? 0 : this.baudRate)) this.accuse(`the rate changes from ${before}, and it is ${this.baudRate}`);
    const change = (): void => {
      this.baudRate = baudRate;
      this.deaf = baudRate > (this.faults.highestBaudRate ?? Infinity);
    };
    return { next: change };
  }

  private attach(command: Command): Answer {
    this.requireBytes(command, this.state === "rom" ? 8 : 4);
    this.attached = true;
    return {};
  }

  private setParameters(command: Command): Answer {
    this.requireBytes(command, 24);
    const [, flashBytes = 0, blockBytes = 0, sectorBytes = 0, pageBytes = 0] = command.words;
    const parameters = [flashBytes, blockBytes, sectorBytes, pageBytes];
    if (String(parameters) !== String([FLASH_BYTES, 65_536, 4096, 256])) this.accuse(`the flash is said to be ${String(parameters)}`);
    return {};
  }

  private flashBegin(command: Command, compressed: boolean): Answer {
    const isRom = this.state === "rom";
    // The stub takes four words, or five.
    if (isRom || command.data.length !== 16) this.requireBytes(command, isRom && !this.chip.longBegin ? 16 : 20);
    if (isRom && !this.attached) this.accuse("the flash is used before it is attached");
    const [size = 0, packets = 0, packetBytes = 0, address = 0] = command.words;
    this.download = new FlashDownload({ size, packets, packetBytes, address }, compressed, this.flash, this.accuse);
    return {};
  }

  private flashData({ data, checksum }: Command, compressed: boolean): Answer {
    const isRom = this.state === "rom";
    if (this.download?.compressed !== compressed) {
      this.accuse("data for a download that was not begun");
      return { status: isRom ? ROM_INVALID : STUB_NOT_BEGUN };
    }
    const content = this.download.content(data, checksum);
    if (content === null) return { status: isRom ? ROM_CHECKSUM : STUB_CHECKSUM };
    return this.download.write(content) ? {} : { status: isRom ? ROM_INFLATE : STUB_INFLATE };
  }

  /** The ROM starts the program, or the chip anew; the stub stays, or hands back to the ROM. */
  private flashEnd(command: Command): Answer {
    this.requireBytes(command, 4);
    if (this.download?.whole !== true) this.accuse("a download is ended that is not whole");
    this.download = null;
    const isRom = this.state === "rom";
    const leave = (): void => {
      this.reset(!isRom);
    };
    return isRom || command.words[0] === 0 ? { next: leave } : {};
  }

  private md5(command: Command): Answer {
    this.requireBytes(command, 16);
    const [address = 0, size = 0] = command.words;
    if (address + size > FLASH_BYTES) this.accuse(`the MD5 of ${size} bytes at ${address}: beyond the flash`);
    const sum = this.flash.md5(address, size);
    return { data: this.state === "rom" ? encode(sum.toString("hex")) : sum };
  }

  private eraseRegion(command: Command): Answer {
    if (this.state === "rom") return this.unknown(command);
    this.requireBytes(command, 8);
    const [address = 0, size = 0] = command.words;
    if (address % 4096 !== 0 || size % 4096 !== 0) this.accuse(`${size} bytes at ${address} are erased, which are no sectors`);
    this.flash.erase(address, size);
    return {};
  }

  /** The ROM names no command in its answer, and gives it eight times (esptool/loader.py, `command`). */
  private unknown({ operation }: Command): Answer {
    if (this.state === "rom") return { operation: 0, status: ROM_INVALID, copies: 8 };
    return { status: operation === 0x14 ? STUB_UNIMPLEMENTED : STUB_INVALID };
  }

  private requireBytes({ operation, data }: Command, expected: number): void {
    if (data.length !== expected) this.accuse(`command 0x${operation.toString(16)} with ${data.length} bytes, not ${expected}`);
  }

  private requireComplete(download: Download | null): void {
    if (download?.complete === false) this.accuse("a download is left before it is complete");
  }

  private readonly accuse = (violation: string): void => {
    this.violations.push(`${violation} (in the ${this.state})`);
  };
}

/** The ROM's status has two bytes more, of no meaning. */
function answerPacket(operation: number, { value = 0, data = new Uint8Array(), status = STATUS_OK }: Answer, state: EspState): Uint8Array {
  const content = [...data, ...status, ...(state === "rom" ? [0, 0] : [])];
  const packet = new Uint8Array(8 + content.length);
  const view = new DataView(packet.buffer);
  packet.set([1, operation]);
  view.setUint16(2, content.length, true);
  view.setUint32(4, value, true);
  packet.set(content, 8);
  return packet;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
