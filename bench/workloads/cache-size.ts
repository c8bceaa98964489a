/** The cache of the workloads that read more than memory holds: a quarter of their values of 1 KB as they were given. */
export function uncachedCacheBytes(entries: number): number {
  return Math.max(1 << 20, Math.floor((entries * 1000) / 4));
}
