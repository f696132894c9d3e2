import { beforeEach, describe, expect, it } from "vitest";
import { describeLinkEvent } from "./link-events.ts";
import { MESSAGE_IDS, type HelloMessage, type Message } from "./messages.generated.ts";
import { BoardSession } from "./session.ts";
import { HandTimer } from "./testing/hand-timer.ts";
import { HELLO, lockStepTick, modeMessage, pulseBack, RecoveringBoard, tickRecord, ticks } from "./testing/scripted-board.ts";

const PORT = "serial:/dev/ttyACM0?baud=115200";
const OTHER_PORT = "serial:/dev/ttyACM1?baud=115200";

let timer: HandTimer;
let board: RecoveringBoard;
let hello: HelloMessage;
/** When the board booted, by the host's clock. */
let bootMs: number;
let words: string[];

beforeEach(() => {
  timer = new HandTimer();
  board = new RecoveringBoard(PORT);
  hello = HELLO;
  bootMs = 0;
  words = [];
});

function healthy(message: Message): readonly Message[] {
  switch (message.kind) {
    case "hello-request":
      return [hello];
    case "pulse": {
      const boardUs = (timer.now() - bootMs) * 1000;
      return [pulseBack(message, { boardUs, nextTick: Math.floor(boardUs / HELLO.periodUs) })];
    }
    case "set-mode":
      return [modeMessage(message.mode, message.source, "requested")];
    case "observe":
      return [lockStepTick(message.tick)];
    case "stop":
      return [modeMessage("safe", "sensors", "stop")];
    default:
      return [];
  }
}

async function connected(resume = false): Promise<BoardSession> {
  board.answer = healthy;
  const session = await BoardSession.connect(board, { timeoutMs: 1000, timer, resume });
  session.onLink((event) => words.push(describeLinkEvent(event)));
  session.onClose((reason) => words.push(`closed: ${reason}`));
  session.onTick(({ tick }) => words.push(`tick ${tick}`));
  session.onGap(({ tick, count }) => words.push(`gap ${tick}+${count}`));
  await timer.advance(1000);
  return session;
}

/** Lets everything happen that waits for promises only. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** The board boots: its clock and its ticks begin at zero. */
function reset(): void {
  bootMs = timer.now();
  board.say(modeMessage("safe", "sensors", "boot"));
}

describe("a port that is lost and comes back", () => {
  it("under another name: the same session goes on where it was", async () => {
    const session = await connected();
    for (let tick = 0; tick < 10; tick++) board.say(ticks(tickRecord(tick)));
    words.length = 0;
    board.vanish("the device is gone");
    board.heard.length = 0;
    await timer.advance(3000);
    expect(board.heard).toEqual([]);
    board.comeBack(OTHER_PORT);
    await settle();
    expect(words).toEqual(["lost the board: the device is gone; waiting for it", `the board is back on ${OTHER_PORT}; mode safe again`]);
    expect(session.url).toBe(OTHER_PORT);
    board.heard.length = 0;
    await timer.advance(100);
    expect(board.heard[0]).toMatchObject({ kind: "pulse", acknowledged: 10 });
    board.say({ kind: "gone", tick: 10, count: 20 });
    board.say(ticks(tickRecord(30)));
    expect(words.slice(2)).toEqual(["gap 10+20", "tick 30"]);
  });

  it("again and again, and while it is being greeted", async () => {
    await connected();
    for (let time = 0; time < 3; time++) {
      board.vanish("unplugged");
      board.answer = () => [];
      board.comeBack(OTHER_PORT);
      await timer.advance(500);
      board.vanish("unplugged again");
      board.answer = healthy;
      board.comeBack(PORT);
      await settle();
    }
    expect(words.filter((word) => word.startsWith("lost"))).toHaveLength(3);
    expect(words.filter((word) => word.startsWith("the board is back"))).toHaveLength(3);
  });

  it("does no harm with half a frame and garbage on either side", async () => {
    await connected();
    board.sayBytes(Uint8Array.of(9, 9, 9));
    board.vanish("unplugged");
    board.answer = (message) => {
      if (message.kind === "hello-request") board.sayBytes(Uint8Array.of(7, 7, 0, 1, 2, 0));
      return healthy(message);
    };
    board.comeBack(PORT);
    await settle();
    expect(words.at(-1)).toMatch(/is back/);
  });

  it("fails what was asked and would surprise when it is answered late, and all that is asked meanwhile", async () => {
    const session = await connected();
    board.answer = () => [];
    const asked = session.setMode("auto", "sensors");
    board.vanish("unplugged");
    await expect(asked).rejects.toThrow(/is lost: unplugged/);
    await expect(session.setMode("auto", "sensors")).rejects.toThrow(/is lost: unplugged/);
    await session.act(new Uint8Array(4));
    board.heard.length = 0;
    board.answer = healthy;
    board.comeBack(PORT);
    await settle();
    await timer.advance(2000);
    expect(board.heard.filter((message) => message.kind === "set-mode")).toEqual([{ kind: "set-mode", mode: "safe", source: "sensors" }]);
  });

  it("is stopped when it is back, if that was asked for meanwhile", async () => {
    const session = await connected();
    await session.setMode("shadow", "sensors");
    board.vanish("unplugged");
    const stopped = session.stop();
    await timer.advance(500);
    board.heard.length = 0;
    board.comeBack(PORT);
    await settle();
    await stopped;
    expect(board.kinds("pulse")).toEqual(["hello-request", "set-mode", "stop"]);
    expect(board.heard[2]).toMatchObject({ mode: "safe" });
  });

  it("lets those who wait for the board go on", async () => {
    const session = await connected();
    await session.whenHere();
    board.vanish("unplugged");
    const here = session.whenHere().then(() => words.push("here"));
    board.comeBack(PORT);
    await here;
    expect(words).toContain("here");
    board.vanish("unplugged");
    const never = session.whenHere();
    await session.close();
    await expect(never).rejects.toThrow(/is closed/);
  });
});

describe("modes after a loss", () => {
  it.each([
    ["safe", "safe"],
    ["shadow", "shadow"],
    ["teleop", null],
    ["auto", null],
    ["assist", null],
  ] as const)("%s: the board is put into %s", async (mode, restored) => {
    const session = await connected();
    await session.setMode(mode, "sensors");
    board.heard.length = 0;
    board.vanish("unplugged");
    board.comeBack(PORT);
    await settle();
    const asked = board.heard.filter((message) => message.kind === "set-mode").map((message) => message.mode);
    expect(asked).toEqual(restored === null ? [] : [restored]);
  });

  it("any: it is restored where the caller said so", async () => {
    const session = await connected(true);
    await session.setMode("auto", "sensors");
    reset();
    await settle();
    expect(words.slice(-2)).toEqual(["the board was reset", `the board is back on ${PORT}; mode auto again`]);
    board.say(modeMessage("safe", "sensors", "link-lost"));
    await settle();
    expect(board.heard.at(-1)).toEqual({ kind: "set-mode", mode: "auto", source: "sensors" });
    board.heard.length = 0;
    board.say(modeMessage("safe", "sensors", "deadline-missed"));
    board.say(modeMessage("safe", "sensors", "link-lost"));
    await settle();
    expect(board.heard).toEqual([]);
  });
});

describe("a board that is reset", () => {
  it("is noticed by its own word: what it had not told is lost, its ticks begin anew", async () => {
    const session = await connected();
    await session.setMode("auto", "sensors");
    for (let tick = 0; tick < 10; tick++) board.say(ticks(tickRecord(tick)));
    words.length = 0;
    await timer.advance(500);
    reset();
    await settle();
    board.say(ticks(tickRecord(0), tickRecord(1)));
    expect(words).toEqual([
      "gap 10+5",
      "the board was reset",
      `the board is back on ${PORT}; it stands in safe until you ask for a mode`,
      "tick 0",
      "tick 1",
    ]);
  });

  it("is noticed by its clock when the line swallowed its word", async () => {
    await connected();
    await timer.advance(5000);
    bootMs = timer.now();
    await timer.advance(500);
    await settle();
    expect(words.filter((word) => word.includes("was reset"))).toHaveLength(1);
  });

  it("is noticed when it comes back on another port", async () => {
    await connected();
    board.vanish("unplugged");
    await timer.advance(2000);
    bootMs = timer.now() - 500;
    board.comeBack(OTHER_PORT);
    await settle();
    expect(words.at(-2)).toBe("the board was reset");
  });

  it("goes on in lock-step, with the very observation that was not answered", async () => {
    const session = await connected();
    await session.setMode("auto", "host");
    board.answer = () => [];
    const tick = session.observe(7, new Uint8Array(5));
    board.answer = healthy;
    reset();
    await settle();
    expect((await tick).tick).toBe(7);
    expect(board.kinds("pulse").slice(-3)).toEqual(["hello-request", "set-mode", "observe"]);
  });

  it("goes on in lock-step also when it only says that it was not told to be", async () => {
    const session = await connected();
    await session.setMode("auto", "host");
    let knows = false;
    board.answer = (message) => {
      if (message.kind === "set-mode") knows = true;
      if (message.kind === "observe" && !knows) return [{ kind: "problem", code: "unexpected-message", detail: MESSAGE_IDS.observe }];
      return healthy(message);
    };
    expect((await session.observe(7, new Uint8Array(5))).tick).toBe(7);
  });
});

describe("a board that falls silent on an open line", () => {
  it("is lost until it answers again", async () => {
    await connected();
    board.answer = () => [];
    await timer.advance(2500);
    expect(words).toEqual(["lost the board: it is silent; waiting for it"]);
    board.answer = healthy;
    await timer.advance(500);
    await settle();
    expect(words.at(-1)).toMatch(/is back/);
  });
});

describe("another board on the port", () => {
  it.each([
    [{ name: "vacuum-cleaner" }, /vacuum-cleaner, instead of test-robot/],
    [{ schemaHash: "0000000000000001" }, /test-robot, made from another robot.ts/],
  ])("ends the session: %o", async (other, expected) => {
    const session = await connected();
    board.vanish("unplugged");
    hello = { ...HELLO, ...other };
    board.comeBack(PORT);
    await settle();
    expect(words.at(-1)).toMatch(expected);
    expect(words.at(-1)).toMatch(/^closed: /);
    expect(board.closed).toBe(true);
    await expect(session.setMode("safe", "sensors")).rejects.toThrow(/is closed/);
    expect(timer.waiting).toBe(0);
  });

  it("may be the same robot with another policy, which is said", async () => {
    await connected();
    board.vanish("unplugged");
    hello = { ...HELLO, policyHash: "1111111111111111" };
    board.comeBack(PORT);
    await settle();
    expect(words.at(-1)).toMatch(/it runs another policy than before/);
  });
});
