import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { observationFault } from "../artifacts/encoding.ts";
import { ACTORS, type Actor, type Episode } from "../artifacts/episode.ts";
import { NO_ACTION, observationWidth } from "../artifacts/robot-spec.ts";
import { actionChannels, firstFault, observationChannels } from "./channels.ts";
import { samplesOf } from "./samples.ts";
import { arm, countingEpisode, recordedEpisode, wallFollower } from "./testing.ts";

const spec = wallFollower(1);

/** Ticks of which each says who acted, what was done, and what is right. */
function driven(...ticks: readonly (readonly [Actor, number, number])[]): Episode {
  return {
    ...countingEpisode(spec, ticks.length),
    actors: Uint8Array.from(ticks, ([actor]) => ACTORS.indexOf(actor)),
    actions: Float32Array.from(ticks, ([, action]) => action),
    labels: Float32Array.from(ticks, ([, , label]) => label),
  };
}

describe("samplesOf", () => {
  it("keeps ticks with possible observations, in order and normalised; unlabelled ones count nothing", () => {
    const episode = countingEpisode(spec, 6);
    episode.observations.set([0, 5.1, 2.55, NaN, 6, 2.55]);
    episode.labels.set([0, NaN, NO_ACTION, 1, 2, 3]);
    const samples = samplesOf(spec, [episode, countingEpisode(spec, 1)]);
    expect(samples.rows).toBe(5);
    const inputs = [-256, 254, -1, -1, -256].map((halfSteps) => halfSteps / 255);
    samples.inputs.forEach((input, row) => {
      expect(input).toBeCloseTo(inputs[row] as number, 6);
    });
    expect([...samples.weights]).toEqual([1, 0, 0, 1, 1]);
    expect([samples.targets[0], samples.targets[3], samples.targets[4]]).toEqual([0, 3, 0]);
  });

  it("spreads choices and scales continuous actions", () => {
    const episode = countingEpisode(arm, 1);
    episode.observations.set([-4, 2, 0, -2, 100, -100, 1]);
    episode.labels.set([0.5, -2, 1]);
    const samples = samplesOf(arm, [episode]);
    const [low, middle, high] = [-256 / 255, -1 / 255, 254 / 255].map(Math.fround);
    expect([...samples.inputs]).toEqual([low, high, middle, low, high, low, low, high]);
    expect([...samples.targets]).toEqual([0.5, -1, 0.5]);
    expect([samples.inputWidth, samples.targetWidth]).toEqual([8, 3]);
  });

  it("starts a stretch with each episode and after standing idle, not after a faulty reading", () => {
    const idle = driven(["policy", 0, 0], ["neutral", NO_ACTION, NaN], ["neutral", NO_ACTION, NaN], ["policy", 0, 0], ["policy", 0, NaN]);
    const faulty = countingEpisode(spec, 3);
    faulty.observations[1] = 9;
    faulty.actors[1] = ACTORS.indexOf("neutral");
    faulty.labels[1] = NaN;
    const samples = samplesOf(spec, [idle, faulty, countingEpisode(spec, 0), countingEpisode(spec, 2)]);
    expect(samples.rows).toBe(3 + 2 + 2);
    expect([...samples.starts]).toEqual([0, 1, 3, 5]);
    expect([...samples.weights]).toEqual([1, 1, 0, 1, 1, 1, 1]);
  });

  it("keeps what somebody labelled while the robot stood", () => {
    const samples = samplesOf(spec, [driven(["expert", 1, 1], ["neutral", NO_ACTION, 1], ["expert", 1, 1])]);
    expect([samples.rows, [...samples.starts]]).toEqual([3, [0]]);
  });

  it("weighs corrections: other labels than the policy's action, and an expert who took over", () => {
    const takenOver = driven(["policy", 1, 1], ["policy", 1, 2], ["policy", 1, NaN], ["expert", 2, 2], ["policy", NO_ACTION, 0]);
    const demonstrated = driven(["expert", 2, 2], ["expert", 2, 2]);
    expect([...samplesOf(spec, [takenOver, demonstrated], { correctionWeight: 4 }).weights]).toEqual([1, 4, 0, 4, 4, 1, 1]);
    expect([...samplesOf(spec, [takenOver, demonstrated]).weights]).toEqual([1, 1, 0, 1, 1, 1, 1]);
  });

  it("takes a continuous label for a correction beyond a tenth of its range", () => {
    const episode = countingEpisode(arm, 2);
    episode.observations.fill(0);
    episode.actors.fill(ACTORS.indexOf("policy"));
    episode.actions.set([0, 0, 0, 0, 0, 0]);
    episode.labels.set([0.19, 0.39, 0, 0, 0.41, 0]);
    expect([...samplesOf(arm, [episode], { correctionWeight: 3 }).weights]).toEqual([1, 3]);
  });

  it.each([spec, arm])("keeps the law of Samples for whatever was recorded: $name", (robot) => {
    fc.assert(
      fc.property(fc.array(recordedEpisode(robot), { maxLength: 4 }), (episodes) => {
        const { rows, inputWidth, inputs, targetWidth, targets, weights, starts } = samplesOf(robot, episodes);
        expect([inputs.length, targets.length, weights.length]).toEqual([rows * inputWidth, rows * targetWidth, rows]);
        expect(starts[0]).toBe(rows > 0 ? 0 : undefined);
        starts.forEach((start, index) => {
          expect(start).toBeGreaterThan(index === 0 ? -1 : (starts[index - 1] as number));
          expect(start).toBeLessThan(rows);
        });
        expect(inputs.every((input) => Math.abs(input) <= Math.fround(256 / 255))).toBe(true);
        expect(targets.every(Number.isFinite)).toBe(true);
      }),
    );
  });
});

describe("faults of a channel", () => {
  it("are those of observationFault", () => {
    const channels = observationChannels(arm);
    const value = fc.oneof(fc.float({ min: -5, max: 5 }), fc.integer({ min: -3, max: 120 }), fc.constant(NaN));
    const width = observationWidth(arm);
    fc.assert(
      fc.property(
        fc.array(value, { minLength: width, maxLength: width }).map((each) => Float32Array.from(each)),
        (observation) => {
          expect(firstFault(channels, observation, 0)).toBe(observationFault(arm, observation)?.channel ?? -1);
        },
      ),
    );
    expect(actionChannels(wallFollower(1)).map(({ name, highest }) => [name, highest])).toEqual([["action", 3]]);
  });
});
