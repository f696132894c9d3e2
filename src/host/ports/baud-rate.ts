// The rates of a serial line that the link works at: what a person wrote in, whether it is one out.

export const LOWEST_BAUD_RATE = 9_600;
export const HIGHEST_BAUD_RATE = 2_000_000;

/** Whether the text is such a rate. */
export function isBaudRate(text: string): boolean {
  return /^\d{1,7}$/.test(text) && Number(text) >= LOWEST_BAUD_RATE && Number(text) <= HIGHEST_BAUD_RATE;
}
