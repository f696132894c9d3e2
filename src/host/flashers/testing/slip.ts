// SLIP (RFC 1055): packets on a line of bytes. In: packets, or bytes as they come. Out: bytes, or the packets in them. Espressif's
// bootloaders begin each packet with an END, too.

const END = 0xc0;
const ESCAPE = 0xdb;
const ESCAPED_END = 0xdc;
const ESCAPED_ESCAPE = 0xdd;

export function slipPacket(content: Uint8Array): Uint8Array {
  const escaped = [...content].flatMap((byte) =>
    byte === END ? [ESCAPE, ESCAPED_END] : byte === ESCAPE ? [ESCAPE, ESCAPED_ESCAPE] : [byte],
  );
  return Uint8Array.from([END, ...escaped, END]);
}

export class SlipReader {
  /** Of the packet that has begun; null: none has. */
  private content: number[] | null = null;
  private escaping = false;

  /** The packets that the bytes complete. What stands between packets is passed over, as the ROM does. */
  push(bytes: Uint8Array): readonly Uint8Array[] {
    const packets: Uint8Array[] = [];
    for (const byte of bytes) {
      if (byte === END) {
        if (this.content !== null && this.content.length > 0) {
          packets.push(Uint8Array.from(this.content));
          this.content = null;
        } else this.content = [];
        this.escaping = false;
      } else if (this.content === null) continue;
      else if (byte === ESCAPE) this.escaping = true;
      else {
        this.content.push(this.escaping && byte === ESCAPED_END ? END : this.escaping && byte === ESCAPED_ESCAPE ? ESCAPE : byte);
        this.escaping = false;
      }
    }
    return packets;
  }
}
