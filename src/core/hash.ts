// Content hashes. SHA-256 by @noble/hashes, so that the same code runs in a browser.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** 64 bits of a SHA-256, as 16 lower-case hexadecimal digits: the form in which boards and files carry hashes. */
export type Hash64 = string;

export function hash64(content: string | Uint8Array): Hash64 {
  return sha256Hex(content).slice(0, 16);
}

/** The whole SHA-256, 64 hexadecimal digits. */
export function sha256Hex(content: string | Uint8Array): string {
  return bytesToHex(sha256(typeof content === "string" ? utf8ToBytes(content) : content));
}

/** JSON with sorted keys: equal values give equal text, whatever order they were built in. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  );
}
