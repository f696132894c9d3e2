// A serial line as browsers show it (Web Serial, https://wicg.github.io/serial/), as far as esptool-js uses it. In: the path of a
// device. Out: streams of its bytes, and its control lines. Unlike in a browser, a line that is gone says so at once.

import { SerialPort } from "serialport";
import { watchDevice } from "../ports/serial.ts";

/** Makes a line that is not open yet. */
export type MakeLine = (path: string, baudRate: number) => SerialPort;

export const systemLine: MakeLine = (path, baudRate) => new SerialPort({ path, baudRate, autoOpen: false });

/** Of the USB device behind the line; nothing where there is none, or none is known. */
export interface LineInfo {
  readonly usbVendorId?: number;
  readonly usbProductId?: number;
}

/** Control lines to change; those left out stay as they are. */
export interface Signals {
  readonly dataTerminalReady?: boolean | undefined;
  readonly requestToSend?: boolean | undefined;
}

const DEVICE_GONE = "the device is gone: was it unplugged or reset?";
const TAKES_NOTHING = "the line takes no more bytes";

/** A block of 16 KiB with every byte escaped takes 2.9 s at 115,200 baud. */
const WRITE_LIMIT_MS = 10_000;

export class WebSerialPort {
  readable: ReadableStream<Uint8Array> | null = null;
  writable: WritableStream<Uint8Array> | null = null;
  readonly path: string;
  private readonly info: LineInfo;
  private readonly makeLine: MakeLine;
  private line: SerialPort | null = null;
  private reason: string | null = null;
  private hangUp: (reason: string) => void = () => undefined;
  /** As the system sets them when it opens a line. */
  private signals = { dtr: true, rts: true };

  constructor(path: string, info: LineInfo, makeLine: MakeLine = systemLine) {
    this.path = path;
    this.info = info;
    this.makeLine = makeLine;
  }

  /** Why the line is gone; null while it is not, and when it was closed from here. */
  get lost(): string | null {
    return this.reason;
  }

  getInfo(): LineInfo {
    return this.info;
  }

  /** Opening an open line does nothing. @throws Error in the system's words when it can't be opened. */
  async open({ baudRate }: { readonly baudRate: number }): Promise<void> {
    if (this.line !== null) return;
    const line = this.makeLine(this.path, baudRate);
    await new Promise<void>((resolve, reject) => {
      line.open((error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
    this.line = line;
    this.reason = null;
    this.signals = { dtr: true, rts: true };
    const gone = new Promise<string>((resolve) => {
      this.hangUp = (reason) => {
        if (this.line === line) this.reason ??= reason;
        resolve(reason);
      };
    });
    line.once("close", () => {
      this.hangUp(DEVICE_GONE);
    });
    line.on("error", (error) => {
      this.hangUp(`the line failed: ${error.message}`);
    });
    watchDevice(this.path, line, () => {
      this.hangUp(DEVICE_GONE);
    });
    this.readable = this.reading(line, gone);
    this.writable = new WritableStream({ write: (bytes) => this.write(line, bytes, gone) });
  }

  async close(): Promise<void> {
    const line = this.line;
    this.line = null;
    this.readable = null;
    this.writable = null;
    this.hangUp("closed");
    if (line?.isOpen !== true) return;
    await new Promise<void>((resolve) => {
      line.close(() => {
        resolve();
      });
    });
  }

  /** Both lines change in one call: between two calls, the circuit that resets a board would see a third state. Lines without them,
   * such as pseudo-terminals, are left alone. */
  async setSignals(signals: Signals): Promise<void> {
    this.signals = { dtr: signals.dataTerminalReady ?? this.signals.dtr, rts: signals.requestToSend ?? this.signals.rts };
    await this.ask((line, done) => {
      line.set(this.signals, (error) => {
        const fails = error !== null && !/ENOTTY|EINVAL|inappropriate ioctl|invalid argument/i.test(error.message);
        if (fails) this.hangUp(DEVICE_GONE);
        done(fails ? error : null);
      });
    });
  }

  /** @throws Error when the driver has no such rate. */
  async setBaudRate(baudRate: number): Promise<void> {
    await this.ask((line, done) => {
      line.update({ baudRate }, done);
    });
  }

  private ask(question: (line: SerialPort, done: (error: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.line === null) reject(new Error("the line is closed"));
      else
        question(this.line, (error) => {
          if (error === null) resolve();
          else reject(error);
        });
    });
  }

  private reading(line: SerialPort, gone: Promise<string>): ReadableStream<Uint8Array> {
    let wanted = true;
    return new ReadableStream({
      start: (controller) => {
        line.on("data", (bytes: Buffer) => {
          if (wanted) controller.enqueue(bytes);
        });
        void gone.then((reason) => {
          if (!wanted) return;
          wanted = false;
          // esptool-js looks for bytes until its time is up, and never at the stream's end. A byte that begins no packet wakes it.
          controller.enqueue(Uint8Array.of(0));
          controller.error(new Error(reason));
        });
      },
      cancel: () => {
        wanted = false;
      },
    });
  }

  private async write(line: SerialPort, bytes: Uint8Array, gone: Promise<string>): Promise<void> {
    const limit = setTimeout(() => {
      this.hangUp(TAKES_NOTHING);
    }, WRITE_LIMIT_MS);
    const written = new Promise<void>((resolve, reject) => {
      line.write(bytes, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(error);
      });
    });
    const failed = gone.then((reason) => {
      throw new Error(reason);
    });
    try {
      await Promise.race([failed, written]);
    } finally {
      clearTimeout(limit);
    }
  }
}
