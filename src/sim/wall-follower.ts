// A simulated wall follower: the robot, room and expert of the "Wall-Following Robot Navigation Data", with the wear and bumps
// that keep a policy honest. Everything random comes from the episode's seed; nothing from the policy that drives.

import { assert, at } from "../core/assert.ts";
import { clamp } from "../core/fixed-point.ts";
import { Random } from "../core/random.ts";
import { NO_ACTION, type RobotSpec } from "../artifacts/robot-spec.ts";
import type { Plant, PlantFactory, PlantStep, Pose } from "../artifacts/plant.ts";
import { Course, LapCounter } from "./course.ts";
import { createSimulation, type Simulation } from "./mujoco.ts";
import { clearance, ROOM } from "./room.ts";
import { nearestRanges, SENSOR_COUNT, wallFollowerRule, type WallFollowerLabel } from "./wall-follower-expert.ts";
import { BODY_GEOM, BODY_RADIUS, SENSOR_RING_RADIUS, TRACK_WIDTH, WHEEL_RADIUS, wallFollowerModel } from "./wall-follower-model.ts";
import { MAXIMUM_RANGE, viewWallFollower, type WallFollowerView } from "./wall-follower-spec.ts";

const NAME = "wall-follower";

/** Physics steps are at most this long, seconds; longer ones let the wheels' contacts go soft. */
const LONGEST_TIMESTEP = 0.0095;

/** What a label means: metres a second ahead, radians a second to the left. */
const SPEEDS: Readonly<Record<WallFollowerLabel, readonly [forward: number, turn: number]>> = {
  "move-forward": [0.5, 0],
  "slight-right-turn": [0.42, -0.8],
  "sharp-right-turn": [0, -1.3],
  "slight-left-turn": [0.42, 0.8],
};

/** What disturbs an episode. */
export interface Disturbances {
  /** Standard deviation of a range reading, metres. */
  readonly rangeNoise: number;
  /** Each wheel runs too fast or slow by up to this share, the same through an episode. */
  readonly wheelWear: number;
  /** Bumps a second, on average; each turns the robot within one tick. */
  readonly bumpRateHz: number;
  /** A bump turns the robot by up to this many radians, either way. */
  readonly bumpTurn: number;
}

export const USUAL_DISTURBANCES: Disturbances = { rangeNoise: 0.01, wheelWear: 0.05, bumpRateHz: 0.1, bumpTurn: 0.35 };
export const NO_DISTURBANCES: Disturbances = { rangeNoise: 0, wheelWear: 0, bumpRateHz: 0, bumpTurn: 0 };

/** Starts: metres aside of the course, radians off its direction, metres of clearance at least. */
const START_OFFSET = 0.15;
const START_TURN = 0.5;
const START_CLEARANCE = BODY_RADIUS + 0.12;

export function wallFollowerFactory(disturbances: Disturbances = USUAL_DISTURBANCES): PlantFactory {
  return {
    name: NAME,
    description: "two wheels, 24 rangefinders, an L-shaped room with two boxes; the expert keeps the wall on its left",
    mismatch(spec) {
      const view = viewWallFollower(spec);
      return typeof view === "string" ? view : null;
    },
    create: (spec) => createWallFollower(spec, disturbances),
  };
}

/** @throws AssertionError when the spec doesn't fit: ask `mismatch` first. */
export async function createWallFollower(spec: RobotSpec, disturbances: Disturbances): Promise<WallFollower> {
  const view = viewWallFollower(spec);
  assert(typeof view !== "string", `${NAME} does not fit ${spec.name}: ${view as string}`);
  const stepsPerTick = Math.ceil(1 / (spec.rateHz * LONGEST_TIMESTEP));
  const simulation = await createSimulation(wallFollowerModel(ROOM.walls, 1 / (spec.rateHz * stepsPerTick)));
  return new WallFollower(simulation, view, disturbances, spec.rateHz, stepsPerTick);
}

export class WallFollower implements Plant {
  readonly name = NAME;
  readonly walls = ROOM.walls;
  private readonly simulation: Simulation;
  private readonly view: WallFollowerView;
  private readonly disturbances: Disturbances;
  private readonly rateHz: number;
  private readonly stepsPerTick: number;
  private readonly bodyGeom: number;
  private readonly course = new Course(ROOM.course);
  private readonly ranges = new Float64Array(SENSOR_COUNT);
  private random = new Random(0);
  private wheelFactors: readonly [left: number, right: number] = [1, 1];
  private lapCounter = new LapCounter(this.course, 0, 0);
  private collided = false;

  constructor(simulation: Simulation, view: WallFollowerView, disturbances: Disturbances, rateHz: number, stepsPerTick: number) {
    this.simulation = simulation;
    this.view = view;
    this.disturbances = disturbances;
    this.rateHz = rateHz;
    this.stepsPerTick = stepsPerTick;
    this.bodyGeom = simulation.geomId(BODY_GEOM);
  }

  reset(seed: number): PlantStep {
    this.random = new Random(seed);
    const wear = this.disturbances.wheelWear;
    this.wheelFactors = [1 + this.random.uniform(-wear, wear), 1 + this.random.uniform(-wear, wear)];
    return this.place(this.drawStart());
  }

  /** Puts the robot where the caller wants it, in the episode begun last; for starts that `reset` does not draw. */
  place({ x, y, heading }: Pose): PlantStep {
    this.simulation.reset();
    this.simulation.positions.set([x, y, WHEEL_RADIUS, Math.cos(heading / 2), 0, 0, Math.sin(heading / 2)]);
    this.simulation.refresh();
    this.lapCounter = new LapCounter(this.course, x, y);
    this.collided = false;
    return this.look();
  }

  step(action: Float32Array): PlantStep {
    const index = at(action, 0);
    const [forward, turn] = index === NO_ACTION ? [0, 0] : SPEEDS[at(this.view.labels, index)];
    this.drive(forward, turn + this.drawBump());
    this.simulation.advance(this.stepsPerTick);
    return this.look();
  }

  expert(observation: Float32Array): Float32Array {
    return Float32Array.of(this.view.labels.indexOf(wallFollowerRule(this.view.nearest(observation))));
  }

  dispose(): void {
    this.simulation.dispose();
  }

  /** Bytes of WebAssembly memory in use by all plants; it never shrinks. */
  get memoryBytes(): number {
    return this.simulation.memoryBytes;
  }

  private drawStart(): Pose {
    for (;;) {
      const point = at(this.course.points, this.random.integer(this.course.points.length));
      const pose = {
        x: point.x + this.random.uniform(-START_OFFSET, START_OFFSET),
        y: point.y + this.random.uniform(-START_OFFSET, START_OFFSET),
        heading: point.heading + this.random.uniform(-START_TURN, START_TURN),
      };
      if (clearance(this.walls, pose.x, pose.y) >= START_CLEARANCE) return pose;
    }
  }

  /** Radians a second of this tick's bump, mostly 0. Draws as often whether there is one or not, so that all policies meet
   * the same disturbances. */
  private drawBump(): number {
    const bumped = this.random.next() < this.disturbances.bumpRateHz / this.rateHz;
    const turn = this.random.uniform(-1, 1) * this.disturbances.bumpTurn;
    return bumped ? turn * this.rateHz : 0;
  }

  private drive(forward: number, turn: number): void {
    const [left, right] = this.wheelFactors;
    const difference = (turn * TRACK_WIDTH) / 2;
    this.simulation.controls.set([(left * (forward - difference)) / WHEEL_RADIUS, (right * (forward + difference)) / WHEEL_RADIUS]);
  }

  private look(): PlantStep {
    const [x, y, , w, , , z] = this.simulation.positions as unknown as [number, number, number, number, number, number, number];
    const distance = nearestRanges(this.exactRanges()).left;
    for (let index = 0; index < SENSOR_COUNT; index++) {
      const noisy = at(this.ranges, index) + this.disturbances.rangeNoise * this.random.normal();
      this.ranges[index] = clamp(noisy, SENSOR_RING_RADIUS, MAXIMUM_RANGE);
    }
    this.collided ||= this.simulation.touches(this.bodyGeom);
    return {
      observation: this.view.observe(this.ranges),
      pose: { x, y, heading: 2 * Math.atan2(z, w) },
      collided: this.collided,
      laps: this.lapCounter.update(x, y),
      distance,
    };
  }

  /** Metres from the robot's centre, US1 .. US24, into `ranges`. */
  private exactRanges(): Float64Array {
    const { sensors } = this.simulation;
    for (let index = 0; index < SENSOR_COUNT; index++) {
      const range = at(sensors, index);
      this.ranges[index] = range < 0 ? MAXIMUM_RANGE : range + SENSOR_RING_RADIUS;
    }
    return this.ranges;
  }
}
