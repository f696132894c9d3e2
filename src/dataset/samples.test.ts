import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { observationFault } from "../artifacts/encoding.ts";
import { NO_ACTION, observationWidth } from "../artifacts/robot-spec.ts";
import { actionChannels, firstFault, observationChannels } from "./channels.ts";
import { samplesOf } from "./samples.ts";
import { arm, countingEpisode, wallFollower } from "./testing.ts";

describe("samplesOf", () => {
  it("keeps labelled ticks with possible observations, in order and normalised", () => {
    const spec = wallFollower(1);
    const episode = countingEpisode(spec, 6);
    episode.observations.set([0, 5.1, 2.55, NaN, 6, 2.55]);
    episode.labels.set([0, NaN, NO_ACTION, 1, 2, 3]);
    const samples = samplesOf(spec, [episode, countingEpisode(spec, 1)]);
    expect(samples.rows).toBe(3);
    expect(samples.inputs.length).toBe(3);
    expect(samples.inputs[1]).toBeCloseTo(0.5, 6);
    expect([...samples.targets]).toEqual([0, 3, 0]);
  });

  it("spreads choices and scales continuous actions", () => {
    const episode = countingEpisode(arm, 1);
    episode.observations.set([-4, 2, 0, -2, 100, -100, 1]);
    episode.labels.set([0.5, -2, 1]);
    const samples = samplesOf(arm, [episode]);
    expect([...samples.inputs]).toEqual([0, 1, 0.5, 0, 1, 0, 0, 1]);
    expect([...samples.targets]).toEqual([0.5, -1, 0.5]);
    expect([samples.inputWidth, samples.targetWidth]).toEqual([8, 3]);
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
