// How the board's clock stands to the host's, from pulses and their answers: the host's time in, the board's translated out, and the
// latency of the line. After Cristian 1989, "Probabilistic clock synchronization": the shortest round trips say the most.

import type { PulseBackMessage } from "./messages.generated.ts";

/** Pulses that are remembered. */
const SAMPLES = 16;
/** How far two crystals drift apart at most, as a share of time. */
const DRIFT = 200e-6;
/** A board's clock that stands this much behind, beyond what round trips and drift explain, has begun anew. */
const JUMP_US = 250_000;
/** An answer later than this belongs to a pulse of another session. */
const LONGEST_ROUND_TRIP_US = 60_000_000;
const HALF_RANGE_US = 2 ** 31;

interface Sample {
  /** The host's clock when the pulse went out. */
  readonly sentUs: number;
  /** Half of the round trip, the answer's wait for the line taken off: by so much `offsetUs` can be wrong. */
  readonly latencyUs: number;
  /** The board's clock less the host's, at the middle of the round trip. */
  readonly offsetUs: number;
  readonly nextTick: number;
}

/** The host's clock is any that counts microseconds steadily; the board's wraps at 2^32. */
export class ClockSync {
  private readonly samples: Sample[] = [];
  private paused = false;

  /** The field of the `pulse` that goes out now. */
  pulse(nowUs: number): { readonly hostUs: number } {
    return { hostUs: Math.floor(nowUs) >>> 0 };
  }

  /** Takes an answer that has just arrived, unless a later one is there already. */
  answer(message: PulseBackMessage, nowUs: number): void {
    const sample = this.sampleOf(message, nowUs);
    if (sample === null) return;
    if (this.paused) this.samples.length = 0;
    this.paused = false;
    this.samples.push(sample);
    if (this.samples.length > SAMPLES) this.samples.shift();
  }

  /** Whether this answer, not yet taken, comes from a board that was reset since the last: its ticks or its clock began anew.
   * @param told it said so. Unless its clock shows that this is old news, it is believed. */
  restarted(message: PulseBackMessage, nowUs: number, told = false): boolean {
    const last = this.last;
    if (last === null) return told;
    if (told) {
      const sinceUs = nowUs - last.sentUs;
      return message.boardUs <= sinceUs + this.drift * sinceUs + last.latencyUs;
    }
    const sample = this.sampleOf(message, nowUs);
    if (sample === null) return false;
    if (((message.nextTick - last.nextTick) | 0) < 0) return true;
    if (this.paused) return false;
    const passedUs = sample.sentUs - last.sentUs;
    // What the board's clock has shown in that time too little. A clock that began anew shows no more than has passed.
    const behindUs = last.offsetUs - sample.offsetUs;
    const explainedUs = last.latencyUs + sample.latencyUs + this.drift * passedUs + JUMP_US;
    return passedUs < HALF_RANGE_US && message.boardUs <= passedUs + explainedUs && behindUs > explainedUs;
  }

  /** No pulses go out for a while, though the line stands: what the clock shows then says nothing of a reset. (An emulated board that
   * is slower than this world stays behind meanwhile.) */
  pause(): void {
    this.paused = true;
  }

  /** Forgets the clock of the board that was. */
  restart(): void {
    this.samples.length = 0;
  }

  /** How long a message takes from here to the board; null before the first answer. */
  get latencyUs(): number | null {
    return this.samples.length === 0 ? null : Math.min(...this.samples.map((sample) => sample.latencyUs));
  }

  /** The board's clock less the host's, a multiple of 2^32 aside; null before the first answer. */
  get offsetUs(): number | null {
    return this.best?.offsetUs ?? null;
  }

  /** The host's time of a board's time that is no more than 35 minutes from the last answer; null before the first one. */
  boardToHost(boardUs: number): number | null {
    const { last, best } = this;
    if (last === null || best === null) return null;
    return last.sentUs + wrapped(boardUs - best.offsetUs - last.sentUs);
  }

  private get last(): Sample | null {
    return this.samples.at(-1) ?? null;
  }

  /** What tells most about now: a short round trip, not long ago. */
  private get best(): Sample | null {
    const { last, drift } = this;
    if (last === null) return null;
    const uncertaintyUs = (sample: Sample): number => sample.latencyUs + drift * (last.sentUs - sample.sentUs);
    return this.samples.reduce((best, sample) => (uncertaintyUs(sample) <= uncertaintyUs(best) ? sample : best), last);
  }

  /** How fast the clocks drift apart, where round trips do not explain it more than crystals do: a resonator, or an emulated board that
   * is slower than this world. */
  private get drift(): number {
    const { last } = this;
    const [first] = this.samples;
    if (last === null || first === undefined || first === last) return DRIFT;
    const unexplainedUs = Math.abs(last.offsetUs - first.offsetUs) - last.latencyUs - first.latencyUs;
    return Math.max(DRIFT, unexplainedUs / (last.sentUs - first.sentUs));
  }

  /** Null for what is no answer to a pulse of ours, or older than the last. */
  private sampleOf(message: PulseBackMessage, nowUs: number): Sample | null {
    const elapsedUs = (Math.floor(nowUs) - message.hostUs) >>> 0;
    const roundTripUs = elapsedUs - message.heldUs;
    const sentUs = Math.floor(nowUs) - elapsedUs;
    if (elapsedUs > LONGEST_ROUND_TRIP_US || roundTripUs < 0 || sentUs <= (this.last?.sentUs ?? -Infinity)) return null;
    const latencyUs = roundTripUs / 2;
    const near = this.last?.offsetUs ?? 0;
    return {
      sentUs,
      latencyUs,
      offsetUs: near + wrapped(message.boardUs - sentUs - latencyUs - near),
      nextTick: message.nextTick,
    };
  }
}

/** A difference of clocks that wrap at 2^32, from -2^31 to 2^31. */
function wrapped(differenceUs: number): number {
  const range = 2 * HALF_RANGE_US;
  return differenceUs - range * Math.floor((differenceUs + HALF_RANGE_US) / range);
}
