import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at } from "../core/assert.ts";
import { NO_ACTION, type RobotSpec } from "../artifacts/robot-spec.ts";
import { clearance, ROOM } from "./room.ts";
import { rollOut, summarise, type Rollout } from "./rollout.ts";
import { ARCS_SPEC, RING_SPEC } from "./testing.ts";
import { nearestRanges, WALL_FOLLOWER_LABELS, type WallFollowerLabel } from "./wall-follower-expert.ts";
import { BODY_RADIUS } from "./wall-follower-model.ts";
import { createWallFollower, NO_DISTURBANCES, USUAL_DISTURBANCES, type WallFollower } from "./wall-follower.ts";

const SECOND = RING_SPEC.rateHz;
const FORWARD = Float32Array.of(0);

let usual: WallFollower;
let ideal: WallFollower;

beforeAll(async () => {
  usual = await createWallFollower(RING_SPEC, USUAL_DISTURBANCES);
  ideal = await createWallFollower(RING_SPEC, NO_DISTURBANCES);
});

afterAll(() => {
  usual.dispose();
  ideal.dispose();
});

function driveExpert(plant: WallFollower, seed: number, ticks: number): Promise<Rollout> {
  return rollOut(plant, seed, ticks, (observation) => plant.expert(observation));
}

describe("the expert", () => {
  it.each([RING_SPEC, ARCS_SPEC])("laps without a collision, as $name", async (spec: RobotSpec) => {
    const plant = await createWallFollower(spec, USUAL_DISTURBANCES);
    const rollouts: Rollout[] = [];
    for (let seed = 0; seed < 4; seed++) rollouts.push(await driveExpert(plant, seed, 60 * SECOND));
    plant.dispose();
    expect(summarise(rollouts, SECOND)).toMatchObject({ collisionFree: 1, agreement: 1 });
    expect(Math.min(...rollouts.map((each) => each.laps))).toBeGreaterThan(1);
  });

  it("recovers from a start right beside a wall, facing it", () => {
    let now = ideal.place({ x: BODY_RADIUS + 0.05, y: 1, heading: Math.PI });
    for (let tick = 0; tick < 60 * SECOND; tick++) now = ideal.step(ideal.expert(now.observation));
    expect(now).toMatchObject({ collided: false });
    expect(now.laps).toBeGreaterThan(0.8);
  });
});

describe("an episode", () => {
  it("is the same to the bit for the same seed, even when another plant steps in between", async () => {
    const first = await driveExpert(usual, 7, 20 * SECOND);
    const other = await createWallFollower(RING_SPEC, USUAL_DISTURBANCES);
    other.reset(1);
    const second = await rollOut(usual, 7, 20 * SECOND, (observation) => {
      other.step(FORWARD);
      return usual.expert(observation);
    });
    expect(second).toEqual(first);
    expect(await driveExpert(other, 7, 20 * SECOND)).toEqual(first);
    other.dispose();
  });

  it("starts clear of the walls, at a place of its own for each seed", () => {
    const poses = Array.from({ length: 200 }, (_, seed) => usual.reset(seed).pose);
    for (const { x, y } of poses) expect(clearance(ROOM.walls, x, y)).toBeGreaterThan(BODY_RADIUS);
    expect(new Set(poses.map(({ x }) => x)).size).toBe(200);
  });

  it("ends at a wall, and stays ended until the next reset", () => {
    ideal.place({ x: 1, y: 1, heading: Math.PI });
    const steps = Array.from({ length: 3 * SECOND }, () => ideal.step(FORWARD));
    const end = steps.findIndex((each) => each.collided);
    expect(at(steps, end).pose.x).toBeCloseTo(BODY_RADIUS, 1);
    expect(steps.slice(end).every((each) => each.collided)).toBe(true);
    expect(ideal.reset(1).collided).toBe(false);
  });

  it("is disturbed in ways that depend on the seed only", async () => {
    const standing = (seed: number): Promise<Rollout> => rollOut(usual, seed, 20 * SECOND, () => Float32Array.of(NO_ACTION));
    const headings = (await standing(3)).poses.map((pose) => pose.heading);
    expect(Math.max(...headings) - Math.min(...headings)).toBeGreaterThan(0.02);
    const ranges = usual.reset(3).observation;
    expect(usual.reset(3).observation).toEqual(ranges);
    expect(usual.reset(4).observation).not.toEqual(ranges);
  });
});

describe("driving", () => {
  /** One second of a label from the middle of the room; the second after, to be at speed. */
  function moveOneSecond(label: WallFollowerLabel): { metres: number; turn: number } {
    const action = Float32Array.of(WALL_FOLLOWER_LABELS.indexOf(label));
    let now = ideal.place({ x: 2, y: 1, heading: 1 });
    for (let tick = 0; tick < SECOND; tick++) now = ideal.step(action);
    const before = now.pose;
    for (let tick = 0; tick < SECOND; tick++) now = ideal.step(action);
    return { metres: Math.hypot(now.pose.x - before.x, now.pose.y - before.y), turn: now.pose.heading - before.heading };
  }

  it("goes ahead at half a metre a second, turning as the label says", () => {
    const forward = moveOneSecond("move-forward");
    expect(forward.metres).toBeCloseTo(0.5, 1);
    expect(forward.turn).toBeCloseTo(0, 3);
    expect(moveOneSecond("slight-left-turn").turn).toBeCloseTo(0.8, 1);
    expect(moveOneSecond("slight-right-turn").turn).toBeCloseTo(-0.8, 1);
    const sharp = moveOneSecond("sharp-right-turn");
    expect(sharp.turn).toBeCloseTo(-1.3, 1);
    expect(sharp.metres).toBeCloseTo(0, 2);
  });

  it("comes to rest without an action", () => {
    ideal.place({ x: 2, y: 1, heading: 1 });
    for (let tick = 0; tick < SECOND; tick++) ideal.step(FORWARD);
    const stop = Float32Array.of(NO_ACTION);
    for (let tick = 0; tick < SECOND; tick++) ideal.step(stop);
    const before = ideal.step(stop).pose;
    const after = ideal.step(stop).pose;
    expect(Math.hypot(after.x - before.x, after.y - before.y)).toBeLessThan(1e-4);
  });

  it("understands labels and minima in the order of the spec", async () => {
    const arcs = await createWallFollower(ARCS_SPEC, NO_DISTURBANCES);
    const pose = { x: 0.8, y: 1, heading: Math.PI / 2 };
    const { front, left, right, back } = nearestRanges(ideal.place(pose).observation);
    expect([...arcs.place(pose).observation]).toEqual([left, front, back, right]);
    const turn = Float32Array.of(at(arcs.expert(arcs.place(pose).observation), 0));
    expect(ARCS_SPEC.action.kind === "discrete" && ARCS_SPEC.action.labels[at(turn, 0)]).toBe("sharp-right-turn");
    expect(arcs.step(turn).pose.heading).toBeLessThan(pose.heading);
    arcs.dispose();
  });
});

describe("the rangefinders", () => {
  it("measure from the robot's centre", () => {
    const { observation, distance } = ideal.place({ x: 1.5, y: 1.1, heading: Math.PI / 2 });
    const sensor = (number: number): number => at(observation, number - 1);
    expect(sensor(13)).toBeCloseTo(3.1, 5);
    expect(sensor(19)).toBeCloseTo(1.5, 5);
    expect(sensor(7)).toBeCloseTo(3.7, 5);
    expect(sensor(1)).toBeCloseTo(1.1, 5);
    expect(distance).toBeCloseTo(1.5, 5);
  });

  it("see no farther than 5 m", () => {
    expect(Math.max(...ideal.place({ x: 0.4, y: 1, heading: 0 }).observation)).toBeLessThanOrEqual(5);
    expect(at(ideal.place({ x: 0.02, y: 1.2, heading: 0 }).observation, 12)).toBe(5);
  });

  it("are noisy by about a centimetre", () => {
    const pose = { x: 1.5, y: 1, heading: 0.3 };
    const exact = ideal.place(pose).observation;
    const errors = Array.from({ length: 20 }, () => usual.place(pose).observation).flatMap((noisy) =>
      Array.from(noisy, (range, index) => range - at(exact, index)),
    );
    expect(Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length)).toBeCloseTo(0.01, 2);
  });
});

it("frees its memory", async () => {
  const createAndDispose = async (): Promise<number> => {
    const plant = await createWallFollower(RING_SPEC, USUAL_DISTURBANCES);
    plant.reset(1);
    plant.step(FORWARD);
    const bytes = plant.memoryBytes;
    plant.dispose();
    return bytes;
  };
  const before = await createAndDispose();
  for (let round = 0; round < 200; round++) await createAndDispose();
  expect(await createAndDispose()).toBe(before);
});
