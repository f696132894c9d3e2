// Points into groups: k-means (Lloyd 1982) from seeds drawn by k-means++ (Arthur & Vassilvitskii 2007). Portable and seeded, so that what is
// learnt from the groups repeats.

import { assert, at } from "../core/assert.ts";
import { Random } from "../core/random.ts";

export interface Points {
  readonly count: number;
  readonly width: number;
  /** count x width. */
  readonly values: Float32Array;
  /** What each counts for, above 0. */
  readonly weights: Float32Array;
}

const MOST_ROUNDS = 100;

/** Centres of `groups` groups, groups x width. Where there are fewer different points than groups, several centres are the same.
 * @param start groups x width: where to begin, so that groups keep their numbers; null: drawn with the seed. */
export function clusterCentres(points: Points, groups: number, seed: number, start: Float32Array | null = null): Float32Array {
  assert(points.count > 0, "no points to group");
  const centres = start === null ? drawCentres(points, groups, new Random(seed)) : start.slice();
  const group = new Int32Array(points.count).fill(-1);
  for (let round = 0; round < MOST_ROUNDS && assign(points, centres, group); round++) moveCentres(points, centres, group);
  return centres;
}

/** Each centre is a point, drawn by its weight and its squared distance from the nearest centre so far. */
function drawCentres(points: Points, groups: number, random: Random): Float32Array {
  const { count, width, values, weights } = points;
  const centres = new Float32Array(groups * width);
  const odds = Float64Array.from(weights);
  const nearest = new Float64Array(count).fill(Infinity);
  for (let group = 0; group < groups; group++) {
    const point = draw(odds, random);
    centres.set(values.subarray(point * width, (point + 1) * width), group * width);
    for (let index = 0; index < count; index++) {
      nearest[index] = Math.min(nearest[index] as number, squaredDistance(points, index, centres, group));
      odds[index] = (nearest[index] as number) * (weights[index] as number);
    }
  }
  return centres;
}

/** An index, drawn by odds; the first when all are 0. */
function draw(odds: Float64Array, random: Random): number {
  let rest = random.next() * odds.reduce((sum, each) => sum + each, 0);
  const index = odds.findIndex((each) => (rest -= each) < 0);
  return Math.max(0, index);
}

/** Puts each point into the group of the nearest centre. @returns whether any changed. */
function assign(points: Points, centres: Float32Array, group: Int32Array): boolean {
  let changed = false;
  for (let index = 0; index < points.count; index++) {
    const nearest = nearestCentre(points, index, centres);
    if (nearest !== group[index]) changed = true;
    group[index] = nearest;
  }
  return changed;
}

/** Each centre becomes the mean of its group; that of an empty one the point that is worst off. */
function moveCentres(points: Points, centres: Float32Array, group: Int32Array): void {
  const { count, width, values, weights } = points;
  const groups = centres.length / width;
  const sums = new Float64Array(centres.length);
  const totals = new Float64Array(groups);
  for (let index = 0; index < count; index++) {
    const weight = weights[index] as number;
    const own = group[index] as number;
    totals[own] = at(totals, own) + weight;
    for (let channel = 0; channel < width; channel++) {
      sums[own * width + channel] = at(sums, own * width + channel) + weight * (values[index * width + channel] as number);
    }
  }
  for (let own = 0; own < groups; own++) {
    const total = at(totals, own);
    if (total === 0) centres.set(farthestPoint(points, centres, group), own * width);
    else for (let channel = own * width; channel < (own + 1) * width; channel++) centres[channel] = at(sums, channel) / total;
  }
}

function farthestPoint(points: Points, centres: Float32Array, group: Int32Array): Float32Array {
  let farthest = 0;
  let largest = -1;
  for (let index = 0; index < points.count; index++) {
    const distance = squaredDistance(points, index, centres, group[index] as number);
    if (distance > largest) [farthest, largest] = [index, distance];
  }
  return points.values.subarray(farthest * points.width, (farthest + 1) * points.width);
}

function nearestCentre(points: Points, index: number, centres: Float32Array): number {
  let nearest = 0;
  let smallest = Infinity;
  for (let group = 0; group < centres.length / points.width; group++) {
    const distance = squaredDistance(points, index, centres, group);
    if (distance < smallest) [nearest, smallest] = [group, distance];
  }
  return nearest;
}

function squaredDistance({ width, values }: Points, index: number, centres: Float32Array, group: number): number {
  let sum = 0;
  for (let channel = 0; channel < width; channel++) {
    const difference = (values[index * width + channel] as number) - (centres[group * width + channel] as number);
    sum += difference * difference;
  }
  return sum;
}
