// The clock that ports and sessions wait by. Handed in, so that a test can turn it by hand.

export interface Timer {
  /** Milliseconds since some moment; never goes back. */
  now(): number;
  /** Calls back once, after so many milliseconds. @returns what takes it back; harmless when it is too late. */
  after(milliseconds: number, callback: () => void): () => void;
}

export const systemTimer: Timer = {
  now: () => performance.now(),
  after(milliseconds, callback) {
    const handle = setTimeout(callback, milliseconds);
    return () => {
      clearTimeout(handle);
    };
  },
};
