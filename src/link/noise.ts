// Bytes that came from a port without a single frame in them: what they tell of their sender. Only what is certain is said.

/** `text`: another program writes to the line, at this very baud rate. `slower`: the sender's baud rate is half of ours or less. */
export type Noise = "text" | "slower" | "unclear";

/** Fewer bytes are no evidence. */
const LEAST_BYTES = 32;
/** Bytes that obey a rule by which the noise is told; the others are glitches, and what was cut at the beginning. */
const SHARE = 0.97;

/** A line that is sampled twice or more in each of its bits gives at least two equal bits in a row, but at the ends of a byte: of
 * 256 bytes 68 are so, and nothing but such bytes comes from no other sender. A sampler that is too slow gives bytes of all kinds. */
export function judgeNoise(bytes: Uint8Array): Noise {
  const count = (rule: (byte: number) => boolean): number => bytes.reduce((sum, byte) => sum + (rule(byte) ? 1 : 0), 0);
  if (bytes.length < LEAST_BYTES) return "unclear";
  if (count(isText) >= SHARE * bytes.length) return "text";
  return count(hasNoLoneBit) >= SHARE * bytes.length ? "slower" : "unclear";
}

function isText(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d || byte === 0x1b;
}

/** Whether each of the six inner bits equals one beside it. */
function hasNoLoneBit(byte: number): boolean {
  const changes = byte ^ (byte >> 1); // bit n: bits n and n + 1 differ
  return (changes & (changes >> 1) & 0x3f) === 0;
}
