import { describe, expect, it } from "vitest";
import { DiagnosticError } from "../../core/diagnostic.ts";
import { NO_FAULTS, parseFaultSettings } from "./fault-settings.ts";

describe("the settings of --fault", () => {
  it.each([
    ["drop=1%", { shares: { ...NO_FAULTS.shares, drop: 0.01 } }],
    ["flip=0.5%, rename=100%", { shares: { ...NO_FAULTS.shares, flip: 0.005, rename: 1 } }],
    ["baud=9600", { baudRate: 9600 }],
    ["seed=0,baud=2000000", { seed: 0, baudRate: 2_000_000 }],
  ])("%s are understood", (text, expected) => {
    expect(parseFaultSettings(text)).toEqual({ ...NO_FAULTS, ...expected });
  });

  it.each([
    ["", '"" is no setting'],
    ["drop", '"drop" is no setting'],
    ["drop=", '"drop=" is no setting'],
    ["drop=1", "drop takes 0% to 100%"],
    ["drop=101%", "drop takes 0% to 100%"],
    ["drop=-1%", "drop takes 0% to 100%"],
    ["drop=1%,drop=2%", "drop is there twice"],
    ["lose=1%", "lose is no fault"],
    ["baud=1%", "baud takes a whole number, 9600 to 2000000"],
    ["baud=4800", "baud takes a whole number"],
    ["seed=1.5", "seed takes a whole number"],
    ["seed=99999999999", "seed takes a whole number"],
  ])("%j are refused with the forms there are", (text, why) => {
    const parse = (): unknown => parseFaultSettings(text);
    expect(parse).toThrow(DiagnosticError);
    expect(parse).toThrow(why);
    try {
      parse();
    } catch (error) {
      const { exitCode, diagnostics } = error as DiagnosticError;
      expect(exitCode).toBe(2);
      for (const name of ["drop=1%", "stall", "rename", "baud", "seed"]) expect(diagnostics[0]?.hint).toContain(name);
    }
  });
});
