import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PROTOCOL_PATH, protocolFiles } from "./files.ts";
import { parseProtocol } from "./parse.ts";

const root = new URL("../../../", import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), "utf8");
const markdown = text(PROTOCOL_PATH);

describe("PROTOCOL.md", () => {
  it.each([...protocolFiles(markdown)])(
    "has %s generated from it as it stands (else: npm run build && npm run protocol)",
    (path, content) => {
      expect(text(path)).toBe(content);
    },
  );

  it("gives answers their requests' ids plus 0x80", () => {
    const ids = new Map(parseProtocol(markdown).messages.map(({ name, id }) => [name, id]));
    for (const [request, answer] of [
      ["hello_request", "hello"],
      ["set_mode", "mode"],
      ["observe", "ticks"],
      ["infer", "inferred"],
      ["measure", "measured"],
      ["pulse", "pulse_back"],
      ["refill", "gone"],
      ["swap_begin", "swap"],
    ] as const) {
      expect(ids.get(answer)).toBe((ids.get(request) ?? 0) + 0x80);
    }
  });

  it.each([
    ["a value out of order", "| 1 | teleop |", "| 5 | teleop |", /mode.teleop is out of order/],
    ["an id twice", "### act (0x04", "### act (0x03", /uses a message id twice/],
    ["an unknown type", "| mode | mode | Who shall act |", "| mode | mood | Who shall act |", /unknown type mood/],
    ["a board's message with a host's id", "### problem (0x8f", "### problem (0x0f", /highest bit/],
    ["a transition to no mode", "| stop | safe |", "| stop | still |", /stop ends in no known mode/],
    ["a transition without a reason", "safe | safe | stop |", "safe | safe | fear |", /stop has no known reason/],
    ["a missing chapter", "## Bits", "## Pieces", /no chapter Bits/],
  ])("is refused with %s", (_what, good, wrong, reason) => {
    expect(markdown).toContain(good);
    expect(() => parseProtocol(markdown.replace(good, wrong))).toThrow(reason);
  });
});
