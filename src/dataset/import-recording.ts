// In: an MCAP recording from elsewhere. Out: its episodes with every tick judged as importTable judges rows.

import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { BadRows, type ImportOptions, type ImportReport } from "./bad-rows.ts";
import { judgeTicks } from "./judge-ticks.ts";
import { readRecording } from "./recording-reader.ts";

/** Ticks of an MCAP recording, ours or another with the same topics. */
export function importRecording(spec: RobotSpec, file: { name: string; bytes: Uint8Array }, options: ImportOptions): ImportReport {
  const recording = readRecording(spec, file.bytes, file.name);
  if (!recording.ok) return { ...new BadRows(file.name).report(0, 0, options.skipBad, [], []), outcome: recording };
  return judgeTicks(spec, file.name, recording.value.episodes, options.skipBad, recording.warnings);
}
