// Lines to a model of an Espressif chip. In: the model. Out: what `serialport` opens in this process, with reset lines and baud rate
// as a board has them; or a pseudo-terminal, which has neither, for programs other than this one.

import { SerialPort } from "serialport";
import type { UsbSerialDevice } from "../../ports/usb-identity.ts";
import type { EspSystem } from "../esp-connect.ts";
import type { EspRom } from "./esp-rom.ts";

export interface EspCable {
  /** How the board is connected: by a converter with two transistors at its control lines, or by the chip's own USB, which then leaves
   * at each reset and comes back under the next name. */
  readonly kind: "converter" | "usb";
  /** Pulled out after so many bytes to the chip. */
  readonly cutAfterBytes?: number;
  /** It can't be opened. */
  readonly refuses?: "missing" | "forbidden" | "busy";
}

/** What `serialport` asks of the system, as far as it is used (@serialport/bindings-interface, whose types do not resolve). */
interface OpenOptions {
  readonly path: string;
  readonly baudRate: number;
}

const REFUSALS = { missing: "No such file or directory", forbidden: "Permission denied", busy: "Cannot lock port" };

/** A cable between a computer and the model. */
export class EspLine implements EspSystem {
  readonly rom: EspRom;
  private readonly cable: EspCable;
  private number = 0;
  private plugged = true;
  /** Looks at the list of devices until it is there again. */
  private absence = 0;
  private open: ModelPort | null = null;
  private readonly start: number;

  constructor(rom: EspRom, cable: EspCable = { kind: "converter" }) {
    this.rom = rom;
    this.cable = cable;
    this.start = rom.receivedBytes;
  }

  get path(): string {
    return this.cable.kind === "usb" ? `/dev/ttyACM${this.number}` : "/dev/ttyUSB0";
  }

  readonly makeLine = (path: string, baudRate: number): SerialPort =>
    new SerialPort({ path, baudRate, autoOpen: false, ...{ binding: this.binding } });

  readonly listDevices = (): Promise<readonly UsbSerialDevice[]> => {
    if (!this.plugged) return Promise.resolve([]);
    if (this.absence > 0) {
      this.absence--;
      return Promise.resolve([]);
    }
    const [vendorId, productId] = this.cable.kind === "usb" ? ["303a", "1001"] : ["10c4", "ea60"];
    return Promise.resolve([{ path: this.path, vendorId, productId, serialNumber: null, interfaceNumber: "00", socket: "1-1" }]);
  };

  unplug(): void {
    this.plugged = false;
    this.open?.vanish();
  }

  /** The chip's own USB goes away while the chip is reset. */
  reset(bootloader: boolean): void {
    this.rom.reset(bootloader);
    if (this.cable.kind !== "usb") return;
    this.number++;
    this.absence = 2;
    this.open?.vanish();
  }

  /** What arrives at the chip: nothing, when the two sides run at different speeds. */
  deliver(bytes: Uint8Array, baudRate: number): void {
    const left = (this.cable.cutAfterBytes ?? Infinity) - (this.rom.receivedBytes - this.start);
    if (this.rom.state === "rom" || this.rom.baudRate === baudRate) this.rom.receive(bytes.subarray(0, left));
    if (bytes.length >= left) this.unplug();
  }

  private readonly binding = {
    list: () => Promise.resolve([]),
    open: (options: OpenOptions) => {
      const refusal = this.cable.refuses ?? (this.plugged && this.absence === 0 && options.path === this.path ? null : "missing");
      if (refusal !== null) return Promise.reject(new Error(`Error: ${REFUSALS[refusal]}, cannot open ${options.path}`));
      this.open = new ModelPort(this, this.cable.kind, options);
      return Promise.resolve(this.open);
    },
  };
}

class ModelPort {
  readonly openOptions: { baudRate: number };
  isOpen = true;
  private readonly line: EspLine;
  private readonly kind: EspCable["kind"];
  private arrived = Buffer.alloc(0);
  private wake: () => void = () => undefined;
  private gone = false;
  private dtr = true;
  private rts = true;
  private selectsBootloader = false;

  constructor(line: EspLine, kind: EspCable["kind"], options: OpenOptions) {
    this.line = line;
    this.kind = kind;
    this.openOptions = { ...options };
    line.rom.send = (bytes) => {
      this.arrived = Buffer.concat([this.arrived, bytes]);
      this.wake();
    };
  }

  vanish(): void {
    this.gone = true;
    this.wake();
  }

  async read(buffer: Buffer, offset: number, length: number): Promise<{ buffer: Buffer; bytesRead: number }> {
    while (this.arrived.length === 0) {
      if (!this.isOpen) throw Object.assign(new Error("closed"), { canceled: true });
      if (this.gone) throw new Error("the device has gone");
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    const bytesRead = this.arrived.copy(buffer, offset, 0, Math.min(length, this.arrived.length));
    this.arrived = this.arrived.subarray(bytesRead);
    return { buffer, bytesRead };
  }

  write(bytes: Buffer): Promise<void> {
    if (this.gone) return Promise.reject(new Error("the device has gone"));
    this.line.deliver(bytes, this.openOptions.baudRate);
    return Promise.resolve();
  }

  update({ baudRate }: { readonly baudRate: number }): Promise<void> {
    this.openOptions.baudRate = baudRate;
    return Promise.resolve();
  }

  /** A converter's two transistors: RTS alone holds the reset pin, DTR alone the pin that selects the bootloader; both or none leave the
   * chip alone. The chip's own USB decodes the same signs, and remembers the selection until it resets (esp_pylib/serial_reset.py). */
  set({ dtr, rts }: { readonly dtr: boolean; readonly rts: boolean }): Promise<void> {
    if (this.gone) return Promise.reject(new Error("the device has gone"));
    const [wasHeld, isHeld] = [this.rts && !this.dtr, rts && !dtr];
    [this.dtr, this.rts] = [dtr, rts];
    if (this.kind === "usb") {
      if (dtr !== rts && !isHeld) this.selectsBootloader = true;
      if (!dtr && !rts) this.selectsBootloader = false;
      if (isHeld && !wasHeld) this.line.reset(this.selectsBootloader);
    } else if (wasHeld && !isHeld) this.line.reset(dtr && !rts);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.isOpen = false;
    this.wake();
    return Promise.resolve();
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  drain(): Promise<void> {
    return Promise.resolve();
  }
}

/** Puts the model at one end of a pair of pseudo-terminals. @returns what takes it off again. */
export async function plugIntoPty(rom: EspRom, path: string): Promise<() => Promise<void>> {
  const port = new SerialPort({ path, baudRate: 115_200, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    port.open((error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
  rom.send = (bytes) => {
    port.write(bytes);
  };
  port.on("data", (bytes: Buffer) => {
    rom.receive(bytes);
  });
  return () =>
    new Promise((resolve) => {
      port.close(() => {
        resolve();
      });
    });
}
