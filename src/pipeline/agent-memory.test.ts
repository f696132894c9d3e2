// How RAM is shared out; tests/conformance/memory.test.ts holds the figures to measured builds.

import { describe, expect, test } from "vitest";
import { testRobot } from "../../tests/conformance/robot.ts";
import type { Board } from "../artifacts/board.ts";
import { loadBoard } from "../host/boards.ts";
import { boardsFolder } from "../host/package-files.ts";
import { agentRamBytes, leastMemory, recordBytes, shareMemory, type AgentOnBoard, type PolicyMemory } from "./agent-memory.ts";

const pico = await loadBoard(boardsFolder, "pico");
const uno = await loadBoard(boardsFolder, "uno");

function agentOn(board: Board, policy: Partial<PolicyMemory> = {}, rateHz = 50): AgentOnBoard {
  const usual = { ramBytes: 5000, stackBytes: 100, parameterBytes: 4000, inputBytes: 8, outputBytes: 5 };
  return { board, framework: board.framework, spec: { ...testRobot("discrete").spec, rateHz }, policy: { ...usual, ...policy } };
}

/** The board with so much RAM that `spare` bytes are left beside an agent's least. */
function withSpare(spare: number, policy: Partial<PolicyMemory> = {}): AgentOnBoard {
  const agent = agentOn(pico, policy);
  return { ...agent, board: { ...pico, ramBytes: agentRamBytes(agent, leastMemory(agent)) + spare } };
}

test("a record is its head and its vectors", () => {
  expect(recordBytes(agentOn(pico))).toBe(20 + 8 + 5 + 21 + 1);
});

describe("the ring", () => {
  test("is as long as spare RAM allows, an eighth of it left free", () => {
    const record = recordBytes(agentOn(pico));
    const { ringTicks } = shareMemory(withSpare(80 * record, { parameterBytes: null }));
    expect(ringTicks).toBe(1 + 70);
  });

  test("never is longer than a minute, nor larger than 32 KB, nor empty", () => {
    expect(shareMemory(agentOn(pico, {}, 2)).ringTicks).toBe(120);
    const { ringTicks } = shareMemory(agentOn(pico));
    expect(ringTicks).toBe(Math.floor(32768 / recordBytes(agentOn(pico))));
    expect(shareMemory(withSpare(-500)).ringTicks).toBe(1);
    expect(shareMemory(withSpare(0)).ringTicks).toBe(1);
  });
});

test("a ring of large records holds a few of them where there is room", () => {
  const record = recordBytes(agentOn(pico, { inputBytes: 16_000 }));
  expect(shareMemory(withSpare(20 * record, { inputBytes: 16_000, parameterBytes: null })).ringTicks).toBe(8);
  expect(shareMemory(withSpare(4 * record, { inputBytes: 16_000, parameterBytes: null })).ringTicks).toBe(4);
});

describe("parameters", () => {
  test("are exchanged where two blocks take at most half of what is spare", () => {
    const needed = (8000 + 5000 + 500) * 2;
    expect(shareMemory(withSpare(needed * 1.3)).parameterSlots).toBe(2);
    expect(shareMemory(withSpare(needed)).parameterSlots).toBe(0);
  });

  test("leave the ring what they do not take", () => {
    const agent = withSpare(48_000);
    const memory = shareMemory(agent);
    expect(memory.parameterSlots).toBe(2);
    expect(agentRamBytes(agent, memory)).toBeLessThanOrEqual(agent.board.ramBytes - 48_000 / 8);
    expect(agentRamBytes(agent, { ...memory, ringTicks: memory.ringTicks + 1 })).toBeGreaterThan(agent.board.ramBytes - 48_000 / 8);
  });

  test("are not exchanged where a runtime or an AVR can't", () => {
    expect(shareMemory(agentOn(pico)).parameterSlots).toBe(2);
    expect(shareMemory(agentOn(pico, { parameterBytes: null })).parameterSlots).toBe(0);
    expect(shareMemory(agentOn({ ...uno, ramBytes: 200_000 })).parameterSlots).toBe(0);
  });
});

test("a batch is 240 bytes, on a small board 64, and always holds a record", () => {
  expect(shareMemory(agentOn(pico)).batchBytes).toBe(240);
  expect(shareMemory(agentOn(uno)).batchBytes).toBe(64);
  expect(shareMemory(agentOn(pico, { inputBytes: 300 })).batchBytes).toBe(20 + 300 + 5 + 21 + 1);
  expect(shareMemory(agentOn(uno, { inputBytes: 60 })).batchBytes).toBe(20 + 60 + 5 + 21 + 1);
});
