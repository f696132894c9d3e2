// A serial line as a voltage over time, for tests: one UART writes a waveform at its rate, another samples it at its own.

/** Levels of the line, one a bit of the sender: start bit low, eight data bits from the lowest, stop bit high; idle is high.
 * @param idleBits how long the line rests ahead of each byte. */
export function waveform(bytes: Uint8Array, idleBits: (index: number) => number): Uint8Array {
  const levels: number[] = [];
  bytes.forEach((byte, index) => {
    for (let idle = idleBits(index); idle > 0; idle--) levels.push(1);
    levels.push(0);
    for (let bit = 0; bit < 8; bit++) levels.push((byte >> bit) & 1);
    levels.push(1);
  });
  return Uint8Array.from(levels);
}

/** How a UART treats a byte whose stop bit is low: it keeps it, drops it, or gives a 0x00 in its place. */
export type FramingErrors = "keep" | "drop" | "zero";

/** What a UART of another rate makes of it: it waits for a falling edge, looks once more at the middle of the start bit, and then at
 * the middle of each further bit. Edges are seen by 16 samples a bit, as in the 16550. */
export function sampled(levels: Uint8Array, senderRate: number, receiverRate: number, framingErrors: FramingErrors): Uint8Array {
  const bitSeconds = 1 / receiverRate;
  const level = (seconds: number): number => levels[Math.floor(seconds * senderRate)] ?? 1;
  const bytes: number[] = [];
  let seconds = 0;
  for (;;) {
    let index = Math.floor(seconds * senderRate);
    while (index < levels.length && (levels[index] as number) === 0) index++;
    while (index < levels.length && (levels[index] as number) === 1) index++;
    if (index >= levels.length) return Uint8Array.from(bytes);
    const edge = (Math.ceil(((index / senderRate) * 16) / bitSeconds) / 16) * bitSeconds;
    seconds = edge + bitSeconds / 2;
    if (level(seconds) === 1) continue;
    let byte = 0;
    for (let bit = 0; bit < 8; bit++) byte |= level(edge + (1.5 + bit) * bitSeconds) << bit;
    seconds = edge + 9.5 * bitSeconds;
    const framed = level(seconds) === 1;
    if (framed || framingErrors === "keep") bytes.push(byte);
    else if (framingErrors === "zero") bytes.push(0);
  }
}
