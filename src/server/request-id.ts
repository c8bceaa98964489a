/** Request ids as the service gives them: 52 characters of base 32 (0-9, A-V). They are for logs, not for secrets. */
import { randomFillSync } from "node:crypto";

const alphabet = Buffer.from("0123456789ABCDEFGHIJKLMNOPQRSTUV", "latin1");
const idLength = 52;
/** Characters of the next ids. */
const pool = Buffer.alloc(idLength * 256);
let used = pool.length;

export function nextRequestId(): string {
  if (used === pool.length) refill();
  used += idLength;
  return pool.toString("latin1", used - idLength, used);
}

function refill(): void {
  randomFillSync(pool);
  for (let at = 0; at < pool.length; at++) pool[at] = alphabet[(pool[at] as number) & 31] as number;
  used = 0;
}
