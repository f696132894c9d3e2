// Waits for something outside that tells nobody when it happens, such as a drive that is mounted; for a bounded time.

const INTERVAL_MS = 50;

/** Looks again and again. @returns what was found; null when the time is over. */
export async function waitFor<Found>(look: () => Promise<Found | null>, patienceMs: number): Promise<Found | null> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== null || performance.now() >= deadline) return found;
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}

/** @returns false when the time is over and it has not happened. */
export async function until(happened: () => Promise<boolean>, patienceMs: number): Promise<boolean> {
  return (await waitFor(async () => (await happened()) || null, patienceMs)) !== null;
}
