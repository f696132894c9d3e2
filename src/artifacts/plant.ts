// A simulated robot in its world, behind one interface. src/sim/ implements it.

import type { RobotSpec } from "./robot-spec.ts";

/** Where things are, for a top view. Metres and radians; heading 0 is along +x, counter-clockwise. */
export interface Pose {
  readonly x: number;
  readonly y: number;
  readonly heading: number;
}

export interface PlantStep {
  /** Flat observation after the tick. */
  readonly observation: Float32Array;
  readonly pose: Pose;
  /** The episode is over because the robot hit something. */
  readonly collided: boolean;
  /** Rounds of the course since reset, fractions included. */
  readonly laps: number;
  /** Metres to what the robot should keep its distance from. */
  readonly distance: number;
}

export interface Plant {
  readonly name: string;
  /** Wall segments for a top view, metres: [x1, y1, x2, y2]. */
  readonly walls: readonly (readonly [number, number, number, number])[];
  /** Puts the robot at a start that the seed decides. */
  reset(seed: number): PlantStep;
  /** One control tick. @param action flat action, or NO_ACTION / neutral for actuators off. */
  step(action: Float32Array): PlantStep;
  /** The scripted expert's action for a flat observation. */
  expert(observation: Float32Array): Float32Array;
  dispose(): void;
}

/** A kind of plant, before it is loaded. */
export interface PlantFactory {
  readonly name: string;
  readonly description: string;
  /** Why this plant can't stand in for the robot, in a sentence; null when it can. */
  mismatch(spec: RobotSpec): string | null;
  create(spec: RobotSpec): Promise<Plant>;
}
