import { afterEach, describe, expect, test, vi } from "vitest";
import { SerialPort } from "serialport";
import { withPair, withFolder } from "../ports/testing/pty-pair.ts";
import { systemLine, WebSerialPort } from "./web-serial.ts";

afterEach(() => {
  vi.useRealTimers();
});

async function opened(path: string): Promise<WebSerialPort> {
  const port = new WebSerialPort(path, {});
  await port.open({ baudRate: 115_200 });
  return port;
}

async function write(port: WebSerialPort, bytes: Uint8Array): Promise<void> {
  const writer = port.writable?.getWriter();
  try {
    await writer?.write(bytes);
  } finally {
    writer?.releaseLock();
  }
}

/** At least so many bytes. */
async function read(port: WebSerialPort, count: number): Promise<readonly number[]> {
  const reader = port.readable?.getReader();
  const bytes: number[] = [];
  while (bytes.length < count) bytes.push(...((await reader?.read())?.value ?? []));
  reader?.releaseLock();
  return bytes;
}

describe("a serial line as browsers show it", () => {
  test("carries bytes both ways, also at another rate and after it was opened again", () =>
    withPair(async ([end, other]) => {
      const [left, right] = [await opened(end), await opened(other)];
      await write(left, Uint8Array.of(1, 2, 0xc0));
      expect(await read(right, 3)).toEqual([1, 2, 0xc0]);
      await left.setBaudRate(460_800);
      await write(right, Uint8Array.of(4));
      expect(await read(left, 1)).toEqual([4]);
      await right.close();
      expect(right.readable).toBeNull();
      expect(right.lost).toBeNull();
      await right.open({ baudRate: 115_200 });
      await write(left, Uint8Array.of(5));
      expect(await read(right, 1)).toEqual([5]);
      await left.close();
      await right.close();
    }));

  test("takes no offence at a line without control lines", () =>
    withPair(async ([end]) => {
      const port = await opened(end);
      await port.setSignals({ dataTerminalReady: false, requestToSend: true });
      expect(port.lost).toBeNull();
      await port.close();
      await expect(port.setSignals({ requestToSend: false })).rejects.toThrow("the line is closed");
    }));

  test("sets both control lines each time, those not named as they were", async () => {
    const set = vi.spyOn(SerialPort.prototype, "set").mockImplementation((_signals, done) => done?.(null));
    await withPair(async ([end]) => {
      const port = await opened(end);
      await port.setSignals({ requestToSend: false });
      await port.setSignals({ dataTerminalReady: false });
      expect(set.mock.calls.map(([signals]) => signals)).toEqual([
        { dtr: true, rts: false },
        { dtr: false, rts: false },
      ]);
      await port.close();
    });
    set.mockRestore();
  });

  test("says at once that it is gone: to who reads, and to who writes", () =>
    withPair(async ([end], pair) => {
      const port = await opened(end);
      const waiting = read(port, 1);
      await pair.unplug();
      expect(await waiting).toEqual([0]); // what wakes esptool-js
      expect(port.lost).toBe("the device is gone: was it unplugged or reset?");
      await expect(write(port, Uint8Array.of(1))).rejects.toThrow("the device is gone");
      await port.close();
    }));

  test("gives up a line that takes no bytes", () =>
    withPair(async ([end]) => {
      const port = new WebSerialPort(end, {}, (path, baudRate) => {
        const line = systemLine(path, baudRate);
        line.write = () => false; // nobody ever takes them
        return line;
      });
      await port.open({ baudRate: 115_200 });
      vi.useFakeTimers({ toFake: ["setTimeout"] });
      const writing = expect(write(port, Uint8Array.of(1))).rejects.toThrow("the line takes no more bytes");
      await vi.advanceTimersByTimeAsync(10_000);
      await writing;
      expect(port.lost).toBe("the line takes no more bytes");
      await port.close();
    }));

  test("a line that is not there does not open", () =>
    withFolder(async (folder) => {
      await expect(new WebSerialPort(`${folder}/none`, {}).open({ baudRate: 115_200 })).rejects.toThrow("No such file");
    }));
});
