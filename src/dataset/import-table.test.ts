import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { valueOf, type Diagnostic } from "../core/diagnostic.ts";
import type { Episode } from "../artifacts/episode.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import type { ImportReport } from "./bad-rows.ts";
import { importTable } from "./import-table.ts";
import { ColumnSlots } from "./raw-table.ts";
import { arm, tickValues, wallFollower } from "./testing.ts";

const small = wallFollower(2);

function importText(text: string, skipBad = false, spec: RobotSpec = small, name = "log.csv"): ImportReport {
  return importTable(spec, { name, text }, { skipBad });
}

function episodesOf(report: ImportReport): readonly Episode[] {
  return valueOf(report.outcome);
}

function problems(report: ImportReport): readonly Diagnostic[] {
  return report.outcome.ok ? report.outcome.warnings : report.outcome.diagnostics;
}

function codes(report: ImportReport): string[] {
  return problems(report).map(({ code }) => code);
}

describe("CSV without a header", () => {
  it.each([
    ["comma and CRLF", "1,2,Move-Forward\r\n3,4,sharp_right turn\r\n"],
    ["semicolon", "1;2;move-forward\n3;4;Sharp-Right-Turn"],
    ["tab and blank lines", "\n1\t2\tMOVE FORWARD\n\n   \n3\t4\tsharp-right-turn\n\n"],
    ["a byte order mark and spaces", '\uFEFF 1 , 2 , move-forward \n3,4,"sharp-right-turn"\n'],
    ["mixed line ends", "1,2,move-forward\r\n3,4,sharp-right-turn\n"],
  ])("%s", (_, text) => {
    const [episode, ...others] = episodesOf(importText(text));
    expect(others).toEqual([]);
    expect(episode).toEqual({
      source: "log.csv",
      seconds: Float64Array.of(0, 1 / 9),
      observations: Float32Array.of(1, 2, 3, 4),
      actions: Float32Array.of(0, 2),
      labels: Float32Array.of(0, 2),
      actors: Uint8Array.of(2, 2),
    });
  });

  it("refuses a table of another width at once", () => {
    const report = importText("1,2,3,move-forward\n1,2,3,move-forward\n");
    expect(codes(report)).toEqual(["import-column-count"]);
    expect(problems(report)[0]?.message).toContain("4 columns");
  });

  it("says so when labels are numbers", () => {
    const report = importText("1,2,0\n1,2,3\n");
    expect([...(episodesOf(report)[0]?.actions ?? [])]).toEqual([0, 3]);
    expect(codes(report)).toEqual(["import-label-number"]);
    expect(importText("1,2,4\n").counts.bad["unknown-label"]).toBe(1);
  });
});

describe("CSV with a header", () => {
  it("finds columns by name, takes the time, ignores the rest with a warning", () => {
    const report = importText("Battery,t,Action,range[1],range[0]\n7,10.0,move-forward,2,1\n7,10.1,slight-left-turn,4,3\n");
    expect(codes(report)).toEqual(["import-ignored-column"]);
    const [episode] = episodesOf(report);
    expect(episode?.observations).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(episode?.actions).toEqual(Float32Array.of(0, 3));
    expect(episode?.seconds[1]).toBeCloseTo(0.1, 9);
  });

  it("starts an episode where the episode column changes, where time jumps and where it runs back", () => {
    const rows = ["0,a", "0.1,a", "0.2,b", "5,b", "4.9,b"].map((row) => `1,2,move-forward,${row}`);
    const episodes = episodesOf(importText(["range[0],range[1],action,time,episode", ...rows].join("\n")));
    expect(episodes.map(({ seconds }) => seconds.length)).toEqual([2, 1, 1, 1]);
    expect(episodes[1]?.source).toBe("log.csv: episode 2");
  });

  it("counts time from the earliest row, and takes no time that cannot be seconds", () => {
    const rows = ["range[0],range[1],action,time", "1,2,0,100", "1,2,0,100.1", "1,2,0,90", "1,2,0,1.7e18", "1,2,0,soon"];
    const report = importText(rows.join("\n"), true);
    expect(report.counts.bad).toMatchObject({ "out-of-range": 1, "not-a-number": 1 });
    expect(episodesOf(report).map(({ seconds }) => Math.round(seconds[0] ?? -1))).toEqual([10, 0]);
  });

  it("names what is missing and what is there twice", () => {
    expect(codes(importText("range[0],range[0],action\n1,2,move-forward\n"))).toEqual(["import-missing-column", "import-duplicate-column"]);
    expect(codes(importText("US1,US2,Class\n1,2,move-forward\n"))).toEqual(["import-missing-column"]);
  });

  it("tells an observation from an action of the same name", () => {
    const header = "imu.pitch,joints[0],joints[1],joints[2],imu.gyro[0],imu.gyro[1],grip,drive.speed,action.joints[0],action.joints[1]";
    const [episode] = episodesOf(importText(`${header}\n0,1,1.5,2,3,4,Closed Firmly,-1,0.5,-0.5\n`, false, arm));
    expect(episode?.observations).toEqual(Float32Array.of(0, 1, 1.5, 2, 3, 4, 1));
    expect(episode?.actions).toEqual(Float32Array.of(-1, 0.5, -0.5));
  });

  it("warns when the rows' time is not in seconds", () => {
    expect(codes(importText("range[0],range[1],action,time\n1,2,0,0\n1,2,0,111\n1,2,0,222\n"))).toContain("import-rate");
  });
});

describe("JSON lines", () => {
  it.each([
    ["arrays", '{"range": [1, 2], "action": "Move-Forward"}'],
    ["indexed keys", '{"range[0]": 1, "range[1]": 2, "action": 0}'],
    ["our messages", '{"observation": {"range": [1, 2]}, "action": {"label": "move-forward"}}'],
  ])("%s", (_, line) => {
    const [episode] = episodesOf(importText(`${line}\r\n\r\n${line}`, false, small, "log.jsonl"));
    expect(episode?.observations).toEqual(Float32Array.of(1, 2, 1, 2));
    expect(episode?.actions).toEqual(Float32Array.of(0, 0));
  });

  it.each([
    [
      '{"imu": {"pitch": 1, "gyro": [5, 6]}, "observation": {"joints": [0, 1, 2]}, "grip": "open", "action": {"drive": {"speed": 0.5}, "joints": [1, 2]}}',
    ],
    ['{"imu.pitch": 1, "imu": {"gyro[0]": 5, "gyro[1]": 6}, "joints": [0, 1, 2], "grip": "open", "action": [0.5, 1, 2]}'],
  ])("nested, dotted and continuous: %s", (line) => {
    const [episode] = episodesOf(importText(line, false, arm));
    expect(episode?.observations).toEqual(Float32Array.of(1, 0, 1, 2, 5, 6, 0));
    expect(episode?.actions).toEqual(Float32Array.of(0.5, 1, 2));
  });

  it("reports each kind of bad line by its number", () => {
    const lines = [
      '{"range": [1, 2], "action": "move-forward"}',
      '{"range": [1, 2], "action": ',
      '{"range": [1, 2, 3], "action": "move-forward"}',
      '{"range": [1], "action": "move-forward"}',
      '{"range": [1, null], "action": "move-forward"}',
      '{"range": [1, 5.2], "action": "move-forward"}',
      '{"range": [1, 2], "action": "fly"}',
      "[1, 2, 3]",
      '{"range": [1, true], "action": "move-forward"}',
    ];
    const report = importText(lines.join("\n"), true);
    expect(report.counts).toEqual({
      rows: 9,
      used: 1,
      bad: { unreadable: 2, ragged: 2, "not-a-number": 2, "unknown-label": 1, "out-of-range": 1 },
    });
    const places = problems(report).flatMap(({ code, where }) => (where?.line === undefined ? [] : [`${code}:${where.line}`]));
    expect(places.sort()).toEqual([
      "import-not-a-number:5",
      "import-not-a-number:9",
      "import-out-of-range:6",
      "import-ragged:3",
      "import-ragged:4",
      "import-unknown-label:7",
      "import-unreadable:2",
      "import-unreadable:8",
    ]);
  });

  it("says what to do with a JSON array", () => {
    expect(codes(importText('[{"range": [1, 2]}]'))).toEqual(["import-json-array"]);
  });
});

describe("bad rows", () => {
  const text = [
    "1,2,move-forward",
    "1,2",
    "1,,move-forward",
    "1,2,fly",
    "1,9,move-forward",
    "nan,2,move-forward",
    "3,4,move-forward",
    "5,5,move-forward",
  ].join("\n");

  it("refuse the file, by line, and name the way out", () => {
    const report = importText(text);
    expect(report.counts).toEqual({
      rows: 8,
      used: 3,
      bad: { unreadable: 0, ragged: 1, "not-a-number": 2, "unknown-label": 1, "out-of-range": 1 },
    });
    expect(report.outcome.ok).toBe(false);
    expect(problems(report).map(({ where }) => where?.line)).toEqual([2, 3, 4, 5, 6, undefined]);
    expect(problems(report).every(({ hint, severity }) => hint.includes("--skip-bad") && severity === "error")).toBe(true);
    expect(problems(report)[5]?.message).toBe("5 of 8 rows cannot be used: 1 ragged, 2 not a number, 1 unknown label, 1 out of range");
  });

  it("are left out with skipBad, and end their episode", () => {
    const episodes = episodesOf(importText(text, true));
    expect(episodes.map(({ observations }) => [...observations])).toEqual([
      [1, 2],
      [3, 4, 5, 5],
    ]);
    expect([...(episodes[1]?.seconds ?? [])]).toEqual([6 / 9, 7 / 9]);
  });

  it.each(["1,2", "1,x,move-forward", "1,9,move-forward", "1,2,fly"])("of each kind end it: %s", (bad) => {
    const good = "1,2,move-forward";
    expect(episodesOf(importText([good, good, bad, good].join("\n"), true)).map(({ seconds }) => seconds.length)).toEqual([2, 1]);
  });

  it("are counted beyond the ten that are shown", () => {
    const report = importText("1,9,move-forward\n".repeat(30) + "1,2,move-forward\n");
    expect(report.counts.bad["out-of-range"]).toBe(30);
    expect(problems(report)).toHaveLength(11);
  });

  it("leave nothing: a failure even with skipBad; as is an empty file and a broken one", () => {
    expect(codes(importText("1,9,move-forward\n", true))).toContain("import-empty");
    expect(codes(importText("", true))).toEqual(["import-empty"]);
    expect(codes(importText('1,2,"move-forward\n1,2,move-forward\n', true))).toEqual(["import-unreadable"]);
  });
});

describe("a table printed from random ticks", () => {
  const table = (spec: RobotSpec, style: "csv" | "header" | "jsonl", ticks: { observation: number[]; action: number[] }[]): string => {
    const names = new ColumnSlots(spec).channelNames;
    const action = spec.action;
    const cells = ({ observation, action: values }: { observation: number[]; action: number[] }): (string | number)[] => [
      ...(spec === arm ? [...observation.slice(0, -1), observation.at(-1) === 0 ? "open" : "closed-firmly"] : observation),
      ...(action.kind === "discrete" ? values.map((index) => action.labels[index] ?? "") : values),
    ];
    if (style === "jsonl")
      return ticks.map((tick) => JSON.stringify(Object.fromEntries(cells(tick).map((cell, index) => [names[index], cell])))).join("\n");
    return [...(style === "header" ? [names] : []), ...ticks.map(cells)].map((row) => row.join(",")).join("\r\n");
  };

  it.each([small, arm])("gives them back: $name", (spec) => {
    const ticks = fc.array(tickValues(spec), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(ticks, fc.constantFrom("csv", "header", "jsonl" as const), (expected, style) => {
        const episodes = episodesOf(importText(table(spec, style, expected), false, spec));
        expect(episodes).toHaveLength(1);
        expect(episodes[0]?.observations).toEqual(Float32Array.from(expected.flatMap(({ observation }) => observation)));
        expect(episodes[0]?.labels).toEqual(Float32Array.from(expected.flatMap(({ action }) => action)));
      }),
    );
  });
});

const data = new URL("../../../shared/data/wall_following/", import.meta.url);

describe.skipIf(!existsSync(data) && process.env["CI"] !== "true")("the wall-following robot's log", () => {
  it.each([24, 4])("is imported whole: %i ranges", (ranges) => {
    const text = readFileSync(new URL(`sensor_readings_${ranges}.data`, data), "utf8");
    const report = importText(text, false, wallFollower(ranges), "sensor_readings.data");
    const [episode, ...others] = episodesOf(report);
    expect(others).toEqual([]);
    expect(problems(report)).toEqual([]);
    expect(report.counts.used).toBe(5456);
    const counts = [0, 1, 2, 3].map((label) => episode?.labels.filter((each) => each === label).length);
    expect(counts).toEqual([2205, 826, 2097, 328]);
    expect(episode?.seconds[5455]).toBeCloseTo(5455 / 9, 9);
  });
});
