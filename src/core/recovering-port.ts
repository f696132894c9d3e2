// A port that outlives its line: unplugged, renamed, reset, it comes back by itself. The link needs to know when, because
// whatever was under way is lost and the board may be another one than before.

import type { BytePort } from "./io.ts";

export interface RecoveringPort extends BytePort {
  /** False from `onLost` to `onRestored`; `write` rejects meanwhile. `onClose` comes only when it is given up, or closed here. */
  readonly connected: boolean;
  /** Each time that the line is lost, with the reason in a sentence. */
  onLost(listener: (reason: string) => void): void;
  /** Each time that it is back, before its first byte, with the URL where it is now. */
  onRestored(listener: (url: string) => void): void;
}

export function isRecovering(port: BytePort): port is RecoveringPort {
  return "onRestored" in port;
}
