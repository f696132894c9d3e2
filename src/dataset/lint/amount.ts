// Too little to learn from, and what of it is left out because a sensor gave an impossible value.

import { listNames } from "../raw-table.ts";
import type { Finding, Material } from "./finding.ts";

/** Fewer rows than this seldom teach even a small network. */
const FEW_ROWS = 200;

export function lintAmount({ statistics, samples }: Material): Finding[] {
  if (samples.rows >= FEW_ROWS) return [];
  return [
    {
      code: "dataset-few-rows",
      severity: "warning",
      message: `only ${samples.rows} rows to learn from (${statistics.durationSeconds.toFixed(1)} s)`,
      meaning: "situations that the robot will meet are not in the data",
      remedy: `record more: at least ${FEW_ROWS} rows`,
      measures: [{ rows: samples.rows, durationSeconds: statistics.durationSeconds }],
    },
  ];
}

export function lintFaults({ statistics, samples }: Material): Finding[] {
  const faulty = statistics.labelledTicks - samples.rows;
  if (faulty === 0) return [];
  const channels = statistics.channels.filter(({ faults }) => faults > 0);
  return [
    {
      code: "dataset-faults",
      severity: "warning",
      message: `${faulty} ticks are left out, because a sensor gave an impossible value: ${listNames(channels.map(({ name, faults }) => `${name} (${faults})`))}`,
      meaning: "the sensor drops out, or its range is another than robot.ts says; on the board, each such tick gets the neutral action",
      remedy: "check the sensor, or its @range in robot.ts",
      measures: channels.map(({ name, faults }) => ({ channel: name, faults })),
    },
  ];
}
