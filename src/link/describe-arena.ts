// What a board says in its hello about its tensor arena, in words.

import type { HelloMessage } from "./messages.generated.ts";

/** Null where its runtime has none. */
export function describeArena({ arenaBytes, arenaUsed }: Pick<HelloMessage, "arenaBytes" | "arenaUsed">): string | null {
  if (arenaBytes === 0) return null;
  const bytes = (count: number): string => count.toLocaleString("en");
  if (arenaUsed === 0) return `tensor arena: ${bytes(arenaBytes)} bytes, and the policy did not start in it`;
  return `tensor arena: ${bytes(arenaUsed)} of ${bytes(arenaBytes)} bytes used`;
}
