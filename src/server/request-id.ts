/** Request ids as the service gives them: 52 characters of base 32 (0-9, A-V). They are for logs, not for secrets. */
import { randomFillSync } from "node:crypto";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
const idLength = 52;
const pool = new Uint8Array(idLength * 256);
let used = pool.length;

export function nextRequestId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  let id = "";
  for (const end = used + idLength; used < end; used++) id += alphabet.charAt((pool[used] as number) & 31);
  return id;
}
