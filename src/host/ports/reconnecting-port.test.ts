import { describe, expect, it } from "vitest";
import { IoError, type BytePort } from "../../core/io.ts";
import { HandTimer } from "../../link/testing/hand-timer.ts";
import { FaultyDevice } from "./faulty-port.ts";
import { NO_FAULTS } from "./fault-settings.ts";
import { ReconnectingPort, type ReconnectingOptions } from "./reconnecting-port.ts";
import { MemoryPort } from "./testing/memory-port.ts";

/** A machine with ports that a test plugs and unplugs. */
class Machine {
  readonly timer = new HandTimer();
  readonly plugged = new Map<string, MemoryPort>();
  /** When it was tried to open what. */
  readonly attempts: { readonly ms: number; readonly url: string }[] = [];
  /** What happened to the port. */
  readonly events: string[] = [];
  refusal: IoError | null = null;

  plug(url: string): MemoryPort {
    const port = new MemoryPort(url);
    this.plugged.set(url, port);
    port.onClose(() => this.plugged.delete(url));
    return port;
  }

  readonly open = (url: string): Promise<BytePort> => {
    this.attempts.push({ ms: this.timer.now(), url });
    const port = this.plugged.get(url);
    if (this.refusal !== null) return Promise.reject(this.refusal);
    return port === undefined ? Promise.reject(new IoError(`there is no ${url}`, "plug it in")) : Promise.resolve(port);
  };

  async connect(options: Partial<ReconnectingOptions> = {}): Promise<ReconnectingPort> {
    const port = await ReconnectingPort.open("serial:a", { open: this.open, timer: this.timer, ...options });
    port.onData((bytes) => this.events.push(`bytes ${String([...bytes])}`));
    port.onLost((reason) => this.events.push(`lost: ${reason}`));
    port.onRestored((url) => this.events.push(`restored: ${url}`));
    port.onVain(({ message }) => this.events.push(`vain: ${message}`));
    port.onClose((reason) => this.events.push(`closed: ${reason}`));
    return port;
  }

  async pass(ms: number): Promise<void> {
    for (const end = this.timer.now() + ms; this.timer.now() < end;) {
      await this.timer.advance(Math.min(50, end - this.timer.now()));
      await new Promise(setImmediate);
    }
  }
}

describe("a port that reconnects", () => {
  it("is a port like any other while the line stands", async () => {
    const machine = new Machine();
    const line = machine.plug("serial:a");
    const port = await machine.connect();
    expect([port.url, port.connected]).toEqual(["serial:a", true]);
    await port.write(Uint8Array.of(1));
    line.say(Uint8Array.of(2));
    expect(line.written).toEqual([Uint8Array.of(1)]);
    await port.close();
    expect(line.open).toBe(false);
    expect(machine.events).toEqual(["bytes 2", "closed: closed from this side"]);
    await expect(port.write(Uint8Array.of(1))).rejects.toThrow("closed from this side");
    expect(machine.timer.waiting).toBe(0);
  });

  it("does not wait for what is not there at first", async () => {
    await expect(new Machine().connect()).rejects.toThrow("there is no serial:a");
  });

  it("comes back, and says so before the first byte", async () => {
    const machine = new Machine();
    const port = await (machine.plug("serial:a"), machine.connect());
    machine.plugged.get("serial:a")?.unplug("the device is gone");
    expect(port.connected).toBe(false);
    await expect(port.write(Uint8Array.of(1))).rejects.toThrow("serial:a is lost: the device is gone");
    const again = machine.plug("serial:a");
    again.say(Uint8Array.of(7));
    await machine.pass(100);
    expect(port.connected).toBe(true);
    await port.write(Uint8Array.of(3));
    expect(again.written).toEqual([Uint8Array.of(3)]);
    expect(machine.events).toEqual(["lost: the device is gone", "restored: serial:a", "bytes 7"]);
  });

  it("tries after 100 ms, and then ever more rarely, up to every two seconds", async () => {
    const machine = new Machine();
    await (machine.plug("serial:a"), machine.connect());
    machine.plugged.get("serial:a")?.unplug();
    await machine.pass(10_000);
    expect(machine.attempts.slice(1).map(({ ms }) => ms)).toEqual([100, 300, 700, 1500, 3100, 5100, 7100, 9100]);
  });

  it("does not take a port that opens and falls silent at once for a success", async () => {
    const machine = new Machine();
    await (machine.plug("serial:a"), machine.connect());
    for (let round = 0; round < 3; round++) {
      machine.plugged.get("serial:a")?.unplug();
      machine.plug("serial:a");
      await machine.pass(400);
    }
    expect(machine.attempts.map(({ ms }) => ms)).toEqual([0, 100, 600, 1200]);
    machine.plugged.get("serial:a")?.say(Uint8Array.of(1));
    machine.plugged.get("serial:a")?.unplug();
    await machine.pass(100);
    expect(machine.attempts.at(-1)?.ms).toBe(1300);
  });

  it("says why it does not come back, each reason once", async () => {
    const machine = new Machine();
    await (machine.plug("serial:a"), machine.connect());
    machine.plugged.get("serial:a")?.unplug();
    await machine.pass(2000);
    machine.refusal = new IoError("you may not open serial:a", "join the group");
    await machine.pass(8000);
    machine.refusal = new IoError("serial:a is in use by another program", "close it");
    await machine.pass(8000);
    expect(machine.events).toEqual([
      "lost: the device is gone",
      "vain: there is no serial:a",
      "vain: you may not open serial:a",
      "vain: serial:a is in use by another program",
    ]);
  });

  it("finds the device under another name", async () => {
    const machine = new Machine();
    let place: string | null = "serial:a";
    const port = await (machine.plug("serial:a"), machine.connect({ locate: () => Promise.resolve(place) }));
    place = null;
    machine.plugged.get("serial:a")?.unplug();
    machine.plug("serial:a"); // another device has got the name
    await machine.pass(500);
    place = "serial:b";
    machine.plug("serial:b");
    await machine.pass(500);
    expect(port.url).toBe("serial:b");
    expect(machine.events).toEqual(["lost: the device is gone", "vain: serial:a is not there", "restored: serial:b"]);
    expect(machine.attempts.map(({ url }) => url)).toEqual(["serial:a", "serial:b"]);
  });

  it("gives up when it was told to", async () => {
    const machine = new Machine();
    await (machine.plug("serial:a"), machine.connect({ patienceMs: 3000 }));
    machine.plugged.get("serial:a")?.unplug();
    await machine.pass(20_000);
    expect(machine.events.at(-1)).toBe("closed: there is no serial:a");
    expect(machine.attempts.at(-1)?.ms).toBe(3100);
    expect(machine.timer.waiting).toBe(0);
  });

  it("can be closed while it is lost, and while it is being opened", async () => {
    const machine = new Machine();
    const port = await (machine.plug("serial:a"), machine.connect());
    machine.plugged.get("serial:a")?.unplug();
    await port.close();
    await machine.pass(5000);
    expect(machine.attempts.length).toBe(1);

    const late = new MemoryPort("serial:a");
    let opened: (port: BytePort) => void = () => undefined;
    const first = machine.plug("serial:a");
    let count = 0;
    const slow = await machine.connect({
      open: () => (count++ === 0 ? Promise.resolve(first) : new Promise((resolve) => (opened = resolve))),
    });
    first.unplug();
    await machine.pass(100);
    await slow.close();
    opened(late);
    await machine.pass(100);
    expect([count, late.open]).toEqual([2, false]);
    expect(machine.events.at(-1)).toBe("closed: closed from this side");
  });

  it("goes on over a device that changes its name all the time", async () => {
    const timer = new HandTimer();
    const inner = new MemoryPort("emu:test");
    const device = new FaultyDevice(inner, { ...NO_FAULTS, shares: { ...NO_FAULTS.shares, rename: 0.1 } }, { timer });
    const port = await ReconnectingPort.open(inner.url, {
      open: (url) => device.open(url),
      locate: () => Promise.resolve(device.url),
      timer,
    });
    let restored = 0;
    port.onRestored(() => restored++);
    for (let written = 0; written < 200;) {
      if (port.connected) written += await port.write(Uint8Array.of(1, 0)).then(() => 1);
      await timer.advance(50);
      await new Promise(setImmediate);
    }
    expect(restored).toBeGreaterThan(5);
    expect(inner.written.length).toBeGreaterThan(150);
    expect(port.url).toMatch(/^emu:test#\d+$/);
  });
});
