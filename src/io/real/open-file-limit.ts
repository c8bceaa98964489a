/** How many files this process may have open: the soft limit, as the kernel tells it (node raises it to the hard one when it starts). */
import { readFileSync } from "node:fs";

/** What every system grants. */
const fallback = 1024;
const unlimited = 2 ** 20;

export function openFileLimit(): number {
  let limits: string;
  try {
    limits = readFileSync("/proc/self/limits", "latin1");
  } catch {
    return fallback;
  }
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  if (soft === "unlimited") return unlimited;
  const limit = Number(soft);
  return Number.isSafeInteger(limit) ? limit : fallback;
}
