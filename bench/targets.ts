/**
 * What we aim at, in one table. Each target belongs to a workload and is met or missed by the medians of one run.
 *
 * With `beside` the figure is ours divided by that driver's; else it is ours as it stands.
 */
export interface Target {
  workload: string;
  /** A driver of that workload. */
  beside?: string;
  /** A name in the trials' figures; default their value. */
  figure?: string;
  least?: number;
  most?: number;
}

const thousand = 1000;
const million = thousand * thousand;

export const targets: readonly Target[] = [
  { workload: "fillrandom", beside: "classic-level", least: 6 },
  { workload: "fillrandom", beside: "lmdb", least: 5 },
  { workload: "fillrandom", beside: "db_bench", least: 1 },
  { workload: "fillbatch", beside: "classic-level", least: 4 },
  { workload: "fillbatch", beside: "lmdb", least: 8 },
  { workload: "readrandom", beside: "lmdb", least: 3 },
  { workload: "readrandom", beside: "classic-level", least: 6 },
  { workload: "readrandom", beside: "db_bench", least: 1 },
  { workload: "readmissing", least: 2 * million },
  { workload: "readmissing", beside: "lmdb", least: 1 },
  { workload: "readseq", beside: "lmdb", least: 2 },
  { workload: "readseq", beside: "classic-level", least: 8 },
  { workload: "seekrandom", beside: "classic-level", least: 3 },
  { workload: "seekrandom", beside: "lmdb", least: 1 },
  { workload: "fillsync", beside: "classic-level", least: 15 },
  { workload: "fillsync", beside: "db_bench", least: 5 },
  { workload: "fillsync1", beside: "fio", least: 0.8 },
  { workload: "readrandom-uncached", beside: "fio", least: 0.8 },
  { workload: "readrandom-uncached", beside: "db_bench", least: 2 },
  { workload: "bulkload", beside: "fio", least: 0.6 },
  { workload: "overwrite-large", beside: "db_bench", least: 1 },
  { workload: "overwrite-large", figure: "longest put, ms", most: 100 },
  { workload: "db-get", least: 200 * thousand },
  { workload: "db-put", least: 100 * thousand },
  { workload: "http-get", beside: "dynalite", least: 3 },
  { workload: "http-put", beside: "dynalite", least: 2 },
  { workload: "http-latency", figure: "p99, ms", most: 5 },
  { workload: "http-latency", figure: "p99.9, ms", most: 10 },
  { workload: "open-after-crash", most: 300 },
  { workload: "open-after-crash", figure: "idle server, MB resident", most: 100 },
  { workload: "growth", figure: "readrandom kept for each ten-fold, at worst, x", least: 0.8 },
  { workload: "growth", figure: "fillrandom kept for each ten-fold, at worst, x", least: 0.8 },
];
