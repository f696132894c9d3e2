// New parameters in the C firmware: however a transfer goes wrong and wherever it is cut, the old ones drive.

import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { at } from "../core/assert.ts";
import { crc32 } from "../core/crc32.ts";
import { encodeFrame } from "./frame.ts";
import {
  encodeMessage,
  MESSAGE_IDS,
  type Message,
  type SwapBeginMessage,
  type SwapMessage,
  type SwapOutcome,
  PROTOCOL_VERSION,
} from "./messages.generated.ts";
import { packParameters } from "./pack-parameters.ts";
import { Bench, buildFirmware, emptyStorage, PERIOD_US, setMode, type Machine } from "./testing/firmware-bench.ts";
import { beginOf, BUILT_IN_HASH, chunksOf, commitOf, NO_BASE, proofsOf, swapOf, swapsIn, updateTo, vector } from "./testing/swap-frames.ts";
import type { SwapUpdate } from "./swap.ts";

/** Steps of erasing and bytes of head and block: what it takes to store the test policy's parameters. */
const STORE_STEPS = 2 + 48 + 100;
const OLD = 0;
const NEW = 7;
const update = updateTo(NEW);

let agent: Machine;
let bench: Bench;
let tick: number;

beforeAll(async () => {
  agent = await buildFirmware("agent");
});

beforeEach(() => {
  boot();
});

function boot(storage?: Uint8Array, setup: ConstructorParameters<typeof Bench>[1] = {}): void {
  bench = new Bench(agent, setup, storage);
  tick = 0;
}

/** What the policy that drives adds to its input, the same for several inputs. */
function drivenBy(): number {
  bench.ask(setMode("auto", "host"));
  const offsets = [0, 1, 2].map((distance) => {
    const { input, output } = bench.observe(++tick, distance);
    return at(output, 0) - at(input, 0);
  });
  expect(new Set(offsets).size).toBe(1);
  return at(offsets, 0);
}

/** Time for proofs, and for what is to be stored. */
function rest(): void {
  bench.pass(20 * PERIOD_US);
}

/** The last answer to a message, those that take a while included. */
function ask(message: Message): SwapMessage {
  const answers = swapsIn(bench.ask(message));
  bench.pass(2 * PERIOD_US);
  return [...answers, ...swapsIn(bench.take())].at(-1) as SwapMessage;
}

const asked = (...messages: readonly Message[]): SwapOutcome[] => messages.map((message) => ask(message).outcome);

function swapTo(next: SwapUpdate): void {
  for (const message of swapOf(next)) expect(ask(message).outcome).toBe("ok");
}

describe("a swap", () => {
  it("tells how far it is, and drives from the commit on", () => {
    const expected = { kind: "swap", outcome: "ok", policyHash: BUILT_IN_HASH, stored: 1 };
    expect(ask(beginOf(update))).toEqual({ ...expected, phase: "receiving", received: 0, proven: 0 });
    const chunks = chunksOf(update, 60);
    expect(ask(at(chunks, 0))).toEqual({ ...expected, phase: "receiving", received: 60, proven: 0 });
    expect(ask(at(chunks, 1))).toMatchObject({ received: 100, proven: 0 });
    const proofs = proofsOf(update);
    expect(ask(at(proofs, 0))).toEqual({ ...expected, phase: "received", received: 100, proven: 1 });
    expect(ask(at(proofs, 1))).toEqual({ ...expected, phase: "received", received: 100, proven: 2 });
    expect(drivenBy()).toBe(OLD);
    const committed = { ...expected, phase: "committed", received: 100, proven: 2, policyHash: update.policyHash, stored: 0 };
    expect(ask(commitOf(update))).toEqual(committed);
    expect(drivenBy()).toBe(NEW);
    // Asked again, nothing changes.
    expect(ask(commitOf(update))).toEqual(committed);
    expect(ask(beginOf(update))).toEqual(committed);
    expect(bench.ask({ kind: "hello-request", protocolVersion: PROTOCOL_VERSION })).toMatchObject([{ policyHash: update.policyHash }]);
  });

  it("drives from the next tick on, in the middle of driving, and the policy begins afresh", () => {
    bench.ask(setMode("auto", "sensors"));
    bench.pass(5 * PERIOD_US);
    for (const message of swapOf(update).slice(0, -1)) expect(ask(message).outcome).toBe("ok");
    expect(bench.get("motor")).toBeCloseTo(0.6, 6);
    expect(bench.get("remembered")).toBeGreaterThan(5);
    bench.ask(commitOf(update));
    expect(bench.get("remembered")).toBe(0);
    bench.pass(PERIOD_US);
    expect(bench.get("motor")).toBeCloseTo(0.67, 6);
  });

  it("says in the next tick that the policy began afresh, and when it is taken back again", () => {
    bench.ask(setMode("auto", "host"));
    const afresh = (tick: number): boolean => bench.observe(tick).circumstances.includes("afresh");
    expect([afresh(1), afresh(2)]).toEqual([true, false]);
    for (const message of swapOf(update).slice(0, -1)) expect(ask(message).outcome).toBe("ok");
    expect(afresh(3)).toBe(false);
    ask(commitOf(update));
    expect([afresh(4), afresh(5)]).toEqual([true, false]);
    // Asked again, nothing changes.
    ask(commitOf(update));
    expect(afresh(6)).toBe(false);
    ask({ kind: "swap-revert", policyHash: update.policyHash });
    expect([afresh(7), afresh(8)]).toEqual([true, false]);
    // It was carried out already.
    ask({ kind: "swap-revert", policyHash: update.policyHash });
    expect(afresh(9)).toBe(false);
  });

  it("takes chunks of any size, and the parameters of one swap after another", () => {
    for (const offset of [1, 2, 3, 4, 5]) {
      for (const message of swapOf(updateTo(offset), 10 * offset + 1)) expect(ask(message).outcome).toBe("ok");
      expect(drivenBy()).toBe(offset);
    }
  });

  it("begins anew with other parameters, and goes on with the same", () => {
    const [first, second] = chunksOf(update, 60);
    ask(beginOf(updateTo(3)));
    ask(at(chunksOf(updateTo(3), 60), 0));
    expect(ask(beginOf(update)).received).toBe(0);
    ask(first as Message);
    expect(ask(beginOf(update)).received).toBe(60);
    expect(asked(second as Message, ...proofsOf(update), commitOf(update))).toEqual(["ok", "ok", "ok", "ok"]);
    expect(drivenBy()).toBe(NEW);
  });
});

describe("what is wrong", () => {
  const begin = beginOf(update);

  it.each([
    [{ ...begin, schemaHash: "fedcba9876543211" }, "other-schema"],
    [{ ...begin, layoutHash: "00000000000000ab" }, "other-layout"],
    [{ ...begin, bytes: 99 }, "wrong-size"],
    [{ ...begin, bytes: 101 }, "wrong-size"],
  ] as const)("is refused at once: %o", (message, outcome) => {
    expect(ask(message)).toMatchObject({ outcome, phase: "idle", received: 0 });
    expect(asked(...chunksOf(update, 60), ...proofsOf(update), commitOf(update))).toEqual(Array(5).fill("not-ready"));
    expect(drivenBy()).toBe(OLD);
  });

  it("is a byte that differs, wherever it is", () => {
    for (let index = 0; index < update.parameters.length; index++) {
      const garbled = update.parameters.slice();
      garbled[index] = at(garbled, index) ^ 0x10;
      ask(begin);
      const chunks = chunksOf({ ...update, parameters: garbled }, 60);
      expect(asked(...chunks)).toEqual(["ok", "wrong-crc"]);
      expect(ask(begin)).toMatchObject({ phase: "receiving", received: 0 });
    }
    expect(asked(...proofsOf(update), commitOf(update))).toEqual(["not-ready", "not-ready", "not-ready"]);
    expect(drivenBy()).toBe(OLD);
  });

  it("is a block that was made for other code, its CRC right", () => {
    const foreign = update.parameters.slice();
    foreign[4] = 0xab;
    const wrong = { ...update, parameters: foreign };
    ask(beginOf(wrong));
    expect(asked(...chunksOf(wrong, 60))).toEqual(["ok", "other-layout"]);
    expect(ask(commitOf(wrong)).outcome).toBe("not-ready");
    expect(drivenBy()).toBe(OLD);
  });

  it("is a chunk out of order; one that is there already is not", () => {
    const [first, second, third] = chunksOf(update, 40) as [Message, Message, Message];
    ask(begin);
    expect(ask(second)).toMatchObject({ outcome: "wrong-place", received: 0 });
    expect(ask(first)).toMatchObject({ outcome: "ok", received: 40 });
    expect(ask(third)).toMatchObject({ outcome: "wrong-place", received: 40 });
    expect(ask(first)).toMatchObject({ outcome: "ok", received: 40 });
    // Half of it is new.
    expect(ask({ kind: "swap-chunk", offset: 20, bytes: update.parameters.slice(20, 60) })).toMatchObject({ received: 60 });
    expect(ask({ kind: "swap-chunk", offset: 60, bytes: new Uint8Array(41) })).toMatchObject({ outcome: "wrong-size", received: 60 });
    expect(asked(second, third, ...proofsOf(update), commitOf(update))).toEqual(Array(5).fill("ok"));
    expect(drivenBy()).toBe(NEW);
  });

  it("is a golden vector with another output, and one of another size", () => {
    ask(begin);
    asked(...chunksOf(update, 60));
    const { input, output } = vector(5, NEW);
    expect(ask({ kind: "swap-prove", index: 0, input: Int8Array.of(1), output }).outcome).toBe("wrong-size");
    expect(ask({ kind: "swap-prove", index: 1, input, output }).outcome).toBe("wrong-place");
    expect(ask({ kind: "swap-prove", index: 0, input, output }).outcome).toBe("ok");
    const wrong = vector(5, NEW + 1);
    expect(ask({ kind: "swap-prove", index: 0, ...wrong })).toMatchObject({ outcome: "ok", proven: 1 });
    expect(ask({ kind: "swap-prove", index: 1, ...wrong })).toMatchObject({ outcome: "wrong-output", phase: "idle", proven: 0 });
    expect(ask(commitOf(update)).outcome).toBe("not-ready");
    expect(drivenBy()).toBe(OLD);
  });

  it("is a policy that fails on a vector, or that won't start", () => {
    ask(begin);
    asked(...chunksOf(update, 60));
    bench.set({ policyWorks: 0 });
    expect(ask(at(proofsOf(update), 0)).outcome).toBe("wrong-output");
    bench.set({ policyWorks: 1 });
    ask(begin);
    asked(...chunksOf(update, 60), ...proofsOf(update));
    bench.set({ policyStarts: 0 });
    expect(ask(commitOf(update))).toMatchObject({ outcome: "wrong-output", phase: "idle", policyHash: BUILT_IN_HASH });
    bench.set({ policyStarts: 1 });
    expect(drivenBy()).toBe(OLD);
  });

  it("is a commit without proof, before all is there, or of something else", () => {
    ask(begin);
    const [first, second] = chunksOf(update, 60) as [Message, Message];
    expect(asked(commitOf(update), first, commitOf(update), second, commitOf(update))).toEqual(
      ["not-ready", "ok", "not-ready", "ok", "not-ready"], // prettier-ignore
    );
    expect(asked(at(proofsOf(update), 0), commitOf(updateTo(3)))).toEqual(["ok", "not-ready"]);
    expect(drivenBy()).toBe(OLD);
    expect(asked(commitOf(update))).toEqual(["ok"]);
    expect(drivenBy()).toBe(NEW);
  });

  it("is any swap where the firmware has no slots", async () => {
    const without = await buildFirmware("agent", ["ROBOT_PARAMETER_SLOTS=0u"]);
    bench = new Bench(without);
    const requests = [beginOf(update), ...chunksOf(update, 10), ...proofsOf(update), commitOf(update)];
    expect(new Set(asked(...requests, { kind: "swap-revert", policyHash: BUILT_IN_HASH }))).toEqual(new Set(["no-slot"]));
    expect(bench.ask({ kind: "hello-request", protocolVersion: PROTOCOL_VERSION })).toMatchObject([{ layoutHash: "0000000000000000" }]);
    expect(drivenBy()).toBe(OLD);
  });
});

describe("a proof", () => {
  beforeEach(() => {
    ask(beginOf(update));
    asked(...chunksOf(update, 60));
  });

  it("leaves what the policy that drives remembers", () => {
    bench.ask(setMode("auto", "sensors"));
    bench.pass(7 * PERIOD_US);
    const before = bench.get("remembered");
    bench.send(at(proofsOf(update), 0));
    bench.pass(PERIOD_US / 2);
    expect(swapsIn(bench.take())).toMatchObject([{ proven: 1 }]);
    expect(bench.get("remembered")).toBe(before);
  });

  it("waits until a tick leaves the time, and costs none", () => {
    boot(undefined, { policyUs: 60_000 });
    const pulse: Message = { kind: "pulse", hostUs: 0, acknowledged: 0, window: 0 };
    ask(beginOf(update));
    asked(...chunksOf(update, 60));
    bench.ask(setMode("auto", "sensors"));
    // A tick has just run.
    bench.pass(PERIOD_US);
    bench.send(at(proofsOf(update), 0));
    for (let period = 0; period < 10; period++) {
      bench.pass(PERIOD_US);
      bench.send(pulse);
    }
    const heard = bench.take();
    expect(swapsIn(heard)).toEqual([]);
    expect(heard.at(-1)).toMatchObject({ kind: "pulse-back", missed: 0 });
    bench.ask(setMode("safe", "host"));
    rest();
    expect(swapsIn(bench.take())).toMatchObject([{ outcome: "ok", proven: 1 }]);
  });
});

describe("going back", () => {
  const back = (policyHash: string): Message => ({ kind: "swap-revert", policyHash });

  it("leads to the parameters before the last commit, once", () => {
    swapTo(updateTo(3));
    swapTo(update);
    expect(ask(back(update.policyHash))).toMatchObject({ outcome: "ok", policyHash: updateTo(3).policyHash, phase: "idle" });
    expect(drivenBy()).toBe(3);
    expect(ask(back(update.policyHash))).toMatchObject({ outcome: "ok", policyHash: updateTo(3).policyHash });
    expect(ask(back(updateTo(3).policyHash)).outcome).toBe("no-slot");
    expect(drivenBy()).toBe(3);
    swapTo(update);
    expect(drivenBy()).toBe(NEW);
  });

  it("leads to those that the firmware was built with when others are on their way into the block before", () => {
    swapTo(updateTo(3));
    swapTo(update);
    ask(beginOf(updateTo(4)));
    expect(ask(back(update.policyHash))).toMatchObject({ outcome: "ok", policyHash: BUILT_IN_HASH, stored: 1 });
    expect(drivenBy()).toBe(OLD);
    expect(ask(at(chunksOf(updateTo(4), 60), 0)).outcome).toBe("not-ready");
  });

  it("is not possible where nothing was committed", () => {
    expect(ask(back(BUILT_IN_HASH)).outcome).toBe("no-slot");
  });

  it("does nothing when the policy before won't start", () => {
    swapTo(update);
    bench.set({ policyStarts: 0 });
    expect(ask(back(update.policyHash))).toMatchObject({ outcome: "wrong-output", policyHash: update.policyHash });
    bench.set({ policyStarts: 1 });
    expect(drivenBy()).toBe(NEW);
  });
});

/** A whole swap as bytes on the line. */
const frames = (messages: readonly Message[]): Uint8Array =>
  Uint8Array.from(messages.flatMap((message, counter) => [...encodeFrame(MESSAGE_IDS[message.kind], counter, encodeMessage(message))]));

/** The frames of a swap one by one, with time to prove in between, so that a byte counts where it stands. */
function feed(bytes: Uint8Array): void {
  let begun = 0;
  for (let end = 1; end <= bytes.length; end++) {
    if (bytes[end - 1] !== 0 && end < bytes.length) continue;
    bench.sendBytes(bytes.subarray(begun, end));
    bench.pass(3000);
    begun = end;
  }
}

describe("cut at every byte of a transfer", () => {
  const whole = frames(swapOf(update));

  it("power: the policy of the firmware drives after it, or the new one where it was stored", () => {
    for (let count = 0; count <= whole.length; count++) {
      boot(emptyStorage());
      feed(whole.subarray(0, count));
      rest();
      const left = bench.storage().slice();
      boot(left);
      expect(drivenBy(), `cut behind byte ${count}`).toBe(count < whole.length ? OLD : NEW);
    }
  });

  it("link: the old parameters drive on, and it goes on where it was", () => {
    // The zero that begins what comes next would end the last frame.
    for (let count = 0; count < whole.length - 1; count++) {
      boot();
      feed(whole.subarray(0, count));
      bench.sendBytes(Uint8Array.of(0));
      expect(drivenBy(), `cut behind byte ${count}`).toBe(OLD);
      const { received, proven } = ask(beginOf(update));
      const chunks = chunksOf(update, 30).filter((chunk) => chunk.kind === "swap-chunk" && chunk.offset >= received);
      expect(received % 30 === 0 || received === 100).toBe(true);
      for (const message of [...chunks, ...proofsOf(update).slice(proven), commitOf(update)]) expect(ask(message).outcome).toBe("ok");
      expect(drivenBy()).toBe(NEW);
    }
  });

  it("power, while it drives with what was stored before: that drives after it", () => {
    boot(emptyStorage());
    swapTo(updateTo(3));
    rest();
    const before = bench.storage().slice();
    for (let count = 0; count <= whole.length; count++) {
      boot(before);
      feed(whole.subarray(0, count));
      rest();
      boot(bench.storage().slice());
      expect(drivenBy(), `cut behind byte ${count}`).toBe(count < whole.length ? 3 : NEW);
    }
  });
});

describe("packed parameters", () => {
  /** What the test policy was built with. */
  const builtIn = updateTo(OLD).parameters.fill(0, 12);
  const similar = fc
    .array(fc.oneof(fc.constant(0), fc.integer({ min: -2, max: 2 })), { minLength: 87, maxLength: 87 })
    .map((rest) => Uint8Array.from([...builtIn.subarray(0, 12), NEW, ...rest]));

  function shipmentTo(parameters: Uint8Array, base: Uint8Array | null, baseHash: string): { begin: SwapBeginMessage; bytes: Uint8Array } {
    const bytes = packParameters(parameters, base) ?? parameters;
    const raw = bytes === parameters;
    const policyHash = `${crc32(parameters).toString(16).padStart(8, "0")}${crc32(bytes).toString(16).padStart(8, "0")}`;
    const begin = beginOf({ ...update, policyHash, parameters });
    return { begin: { ...begin, packed: bytes.length, baseHash: raw ? NO_BASE : baseHash }, bytes };
  }

  it("become the block, whatever the chunks, from nothing, the built-in parameters and those before", () => {
    fc.assert(
      fc.property(similar, similar, fc.integer({ min: 1, max: 60 }), fc.boolean(), (first, second, size, fromNothing) => {
        boot();
        let [base, baseHash] = [builtIn, BUILT_IN_HASH];
        for (const parameters of [first, second]) {
          const { begin, bytes } = fromNothing ? shipmentTo(parameters, null, NO_BASE) : shipmentTo(parameters, base, baseHash);
          const chunks = chunksOf({ ...update, parameters: bytes }, size);
          expect(new Set(asked(begin, ...chunks, ...proofsOf(update), { ...begin, kind: "swap-commit" }))).toEqual(new Set(["ok"]));
          expect(drivenBy()).toBe(NEW);
          [base, baseHash] = [parameters, begin.policyHash];
        }
      }),
      { numRuns: 40 },
    );
  });

  it("are cut at any byte of their transfer, and the old ones drive", () => {
    const parameters = Uint8Array.from(builtIn, (byte, index) => (index === 12 ? NEW : byte + (index % 5 === 4 && index > 12 ? 1 : 0)));
    const { begin, bytes } = shipmentTo(parameters, builtIn, BUILT_IN_HASH);
    expect(bytes.length).toBeLessThan(60);
    const whole = frames([begin, ...chunksOf({ ...update, parameters: bytes }, 9), ...proofsOf(update), { ...begin, kind: "swap-commit" }]);
    for (let count = 0; count <= whole.length; count++) {
      boot(emptyStorage());
      feed(whole.subarray(0, count));
      rest();
      boot(bench.storage().slice());
      expect(drivenBy(), `cut behind byte ${count}`).toBe(count < whole.length ? OLD : NEW);
    }
  });

  it("are refused as the difference to a policy that does not drive", () => {
    const { begin } = shipmentTo(
      update.parameters.map((byte, index) => (index < 50 ? byte : 0)),
      builtIn,
      "00000000deadbeef",
    );
    expect(ask(begin)).toMatchObject({ outcome: "other-base", phase: "idle", policyHash: BUILT_IN_HASH });
    expect(ask(at(chunksOf(update, 60), 0)).outcome).toBe("not-ready");
  });

  it("are nothing at all where nothing differs", () => {
    const { begin, bytes } = shipmentTo(builtIn, builtIn, BUILT_IN_HASH);
    expect(bytes.length).toBe(0);
    expect(asked(begin, { kind: "swap-prove", index: 0, ...vector(3, OLD) }, { ...begin, kind: "swap-commit" })).toEqual([
      "ok",
      "ok",
      "ok",
    ]);
    expect(drivenBy()).toBe(OLD);
  });

  it("that are no such thing, of any length, are dropped", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 99 }), fc.boolean(), (bytes, based) => {
        boot();
        ask({ ...beginOf(update), packed: bytes.length, baseHash: based ? BUILT_IN_HASH : NO_BASE });
        asked(...chunksOf({ ...update, parameters: bytes }, 40));
        expect(new Set(asked(...proofsOf(update), commitOf(update)))).toEqual(new Set(["not-ready"]));
        expect(drivenBy()).toBe(OLD);
      }),
      { numRuns: 200 },
    );
  });
});

describe("what is stored", () => {
  /** What storage holds after this, when the power goes after so many steps of it. */
  function storedAfter(storage: Uint8Array, storeSteps: number, act: () => void): Uint8Array {
    boot(storage, { storeSteps });
    act();
    rest();
    expect(bench.get("overwritten")).toBe(0);
    return bench.storage().slice();
  }

  it("survives a reboot, and says so only then", () => {
    boot(emptyStorage());
    for (const message of swapOf(update).slice(0, -1)) ask(message);
    expect(swapsIn(bench.ask(commitOf(update)))).toMatchObject([{ phase: "committed", stored: 0 }]);
    rest();
    expect(ask(beginOf(update))).toMatchObject({ phase: "committed", stored: 1 });
    boot(bench.storage().slice());
    expect(bench.ask({ kind: "hello-request", protocolVersion: PROTOCOL_VERSION })).toMatchObject([{ policyHash: update.policyHash }]);
    expect(drivenBy()).toBe(NEW);
  });

  it("is the one before, at whatever step of writing the power goes", () => {
    const none = emptyStorage();
    const first = storedAfter(none, 0x7fffffff, () => {
      swapTo(updateTo(3));
    });
    const second = storedAfter(first, 0x7fffffff, () => {
      swapTo(updateTo(4));
    });
    for (const [before, driver] of [
      [none, OLD],
      [first, 3],
      [second, 4],
    ] as const) {
      // prettier-ignore
      for (let steps = 0; steps <= STORE_STEPS; steps++) {
        const left = storedAfter(before, steps, () => {
          swapTo(update);
        });
        boot(left);
        expect(drivenBy(), `cut behind step ${steps}`).toBe(steps < STORE_STEPS ? driver : NEW);
      }
    }
  });

  it("is the built-in policy after going back to it, or the new one where the power went before", () => {
    const before = storedAfter(emptyStorage(), 0x7fffffff, () => {
      swapTo(update);
    });
    const steps = STORE_STEPS - 100;
    for (let cut = 0; cut <= steps; cut++) {
      const left = storedAfter(before, cut, () => {
        expect(ask({ kind: "swap-revert", policyHash: update.policyHash })).toMatchObject({ outcome: "ok", policyHash: BUILT_IN_HASH });
      });
      boot(left);
      expect(drivenBy(), `cut behind step ${cut}`).toBe(cut < steps ? NEW : OLD);
    }
  });

  it("is not used when any byte of it changes", () => {
    const stored = storedAfter(emptyStorage(), 0x7fffffff, () => {
      swapTo(update);
    });
    const used = Array.from(stored).findLastIndex((byte) => byte !== 0xff) + 1;
    expect(used).toBe(148);
    for (let index = 0; index < used; index++) {
      const garbled = stored.slice();
      garbled[index] = at(garbled, index) ^ 1;
      boot(garbled);
      expect(drivenBy(), `byte ${index}`).toBe(OLD);
    }
  });

  it("is not used when it was written for another robot, code or built-in policy", () => {
    const stored = storedAfter(emptyStorage(), 0x7fffffff, () => {
      swapTo(update);
    });
    const [schema, layout, image, policy] = [8, 16, 24, 32];
    for (const [place, driver] of [
      [schema, OLD],
      [layout, OLD],
      [image, OLD],
      [policy, NEW],
    ] as const) {
      // prettier-ignore
      const foreign = stored.slice();
      foreign[place] = at(foreign, place) ^ 1;
      const crc = crc32(Uint8Array.from([...foreign.subarray(0, 44), ...foreign.subarray(48, 148)]));
      new DataView(foreign.buffer).setUint32(44, crc, true);
      boot(foreign);
      expect(drivenBy(), `byte ${place}`).toBe(driver);
    }
  });

  it("may be gone back from after a reboot, to what the firmware was built with", () => {
    const stored = storedAfter(emptyStorage(), 0x7fffffff, () => {
      swapTo(update);
    });
    boot(stored);
    expect(ask({ kind: "swap-revert", policyHash: update.policyHash })).toMatchObject({ outcome: "ok", policyHash: BUILT_IN_HASH });
    expect(drivenBy()).toBe(OLD);
  });

  it("is written only when ticks leave the time", () => {
    boot(emptyStorage());
    for (const message of swapOf(update).slice(0, -1)) ask(message);
    bench.ask(setMode("auto", "sensors"));
    bench.set({ readUs: 98_000 });
    // Less than the link's timeout goes by between two requests, ticks included.
    const stored = (): (number | undefined)[] =>
      Array.from({ length: 120 }, () => {
        bench.pass(1000);
        bench.send(beginOf(update));
        return swapsIn(bench.take()).at(-1)?.stored;
      });
    stored();
    bench.send(commitOf(update));
    expect(new Set(stored())).toEqual(new Set([0]));
    expect(bench.storage()).toEqual(emptyStorage());
    bench.set({ readUs: 0 });
    expect(stored().at(-1)).toBe(1);
    boot(bench.storage().slice());
    expect(drivenBy()).toBe(NEW);
  });
});
