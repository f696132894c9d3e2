// Which of a row of requests to send next, when the board takes them in order and tells how far it is: go-back-N, with no more bytes
// unanswered than the board keeps. No I/O: swap.ts sends.

import { at } from "../core/assert.ts";
import type { Message } from "./messages.generated.ts";

export interface SwapItem {
  readonly message: Message;
  /** The board's position once it has taken this. */
  readonly end: number;
  readonly payloadBytes: number;
}

/** Id, counter, CRC, the zero at the end and the first byte of stuffing; one more byte for each 254. */
const FRAME_BYTES = 6;
const STUFFED_BYTES = 254;

export class SwapWindow {
  private readonly items: readonly SwapItem[];
  private readonly windowBytes: number;
  /** Items that the board has taken, and items that were sent. */
  private taken = 0;
  private sent = 0;
  /** Where it went back to last: what is refused from then on was on its way already. */
  private wentBackTo = -1;
  /** Something was refused that nothing was done about. */
  private owes = false;
  private stalled = false;

  constructor(items: readonly SwapItem[], windowBytes: number) {
    this.items = items;
    this.windowBytes = windowBytes;
  }

  /** What a payload takes on the line. */
  static frameBytes(payloadBytes: number): number {
    return payloadBytes + FRAME_BYTES + Math.floor(payloadBytes / STUFFED_BYTES);
  }

  get done(): boolean {
    return this.taken === this.items.length;
  }

  /** The board is at this position, or was. @returns whether it moved on. */
  reach(position: number): boolean {
    const before = this.taken;
    while (this.taken < this.items.length && at(this.items, this.taken).end <= position) this.taken++;
    this.sent = Math.max(this.sent, this.taken);
    return this.taken > before;
  }

  /** An answer. @param refused because something before it is missing. @returns whether the board moved on. */
  answer(position: number, refused: boolean): boolean {
    const moved = this.reach(position);
    if (refused && this.wentBackTo === this.taken && !this.stalled) this.owes = true;
    else if (refused || this.stalled || (moved && this.owes)) this.goBack();
    return moved;
  }

  /** No answer came: the next one tells where to go on. */
  stall(): void {
    this.stalled = true;
  }

  /** What to send now. */
  take(): SwapItem[] {
    const batch: SwapItem[] = [];
    let bytes = this.items.slice(this.taken, this.sent).reduce((sum, each) => sum + SwapWindow.frameBytes(each.payloadBytes), 0);
    while (this.sent < this.items.length && !this.stalled) {
      const item = at(this.items, this.sent);
      bytes += SwapWindow.frameBytes(item.payloadBytes);
      if (bytes > this.windowBytes && this.sent > this.taken) break;
      batch.push(item);
      this.sent++;
    }
    return batch;
  }

  private goBack(): void {
    this.sent = this.taken;
    this.wentBackTo = this.taken;
    this.owes = false;
    this.stalled = false;
  }
}
