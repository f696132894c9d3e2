// What befalls the link to a board while a session lasts, as values and in words.

import type { Mode } from "./messages.generated.ts";

export type LinkEvent =
  /** The line is gone, or the board is silent. The session waits for it. */
  | { readonly kind: "lost"; readonly reason: string }
  /** The board begins anew: what it did before and had not told is lost, its next tick is tick 0. */
  | { readonly kind: "reset" }
  /** It is the same robot, and the session goes on. */
  | {
      readonly kind: "back";
      readonly url: string;
      readonly reset: boolean;
      /** The mode that it was put into again; null: whatever mode it is in by itself, safe after a reset. */
      readonly mode: Mode | null;
      /** It runs another policy than before. */
      readonly otherPolicy: boolean;
    };

/** A sentence for the person who watches. */
export function describeLinkEvent(event: LinkEvent): string {
  switch (event.kind) {
    case "lost":
      return `lost the board: ${event.reason}; waiting for it`;
    case "reset":
      return "the board was reset";
    case "back": {
      const parts = [`the board is back on ${event.url}`];
      if (event.otherPolicy) parts.push("it runs another policy than before");
      if (event.mode !== null) parts.push(`mode ${event.mode} again`);
      else if (event.reset) parts.push("it stands in safe until you ask for a mode");
      return parts.join("; ");
    }
  }
}
