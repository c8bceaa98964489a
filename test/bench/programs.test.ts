/** db_bench and fio: what they print is understood; small runs where they are installed. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { readReports, readStatistics } from "../../bench/drivers/db-bench-output.js";
import { programs } from "../../bench/drivers/index.js";
import { growthSizes } from "../../bench/workloads/growth-sizes.js";

const output = `
fillseq      :       8.262 micros/op 120182 ops/sec 0.416 seconds 50000 operations;  116.4 MB/s
** Compaction Stats [default] **
** Compaction Stats [default] **
Interval compaction: 9.00 GB write, 24.89 MB/s write, 0.13 GB read, 23.06 MB/s read, 0.7 seconds
Interval writes: 0 writes, 0 keys, 0 commit groups, 0.0 writes per commit group, ingest: 0.00 MB, 0.00 MB/s
Interval stall: 00:00:0.000 H:M:S, 0.0 percent
overwrite    :      12.352 micros/op 75091 ops/sec 0.666 seconds 50000 operations;   72.8 MB/s
Microseconds per write:
Count: 50000 Average: 13.3171  StdDev: 64.43
Min: 3  Median: 5.3024  Max: 8249
Percentiles: P50: 5.30 P75: 7.01 P99: 55.25 P99.9: 790.00 P99.99: 2900.00
** Compaction Stats [default] **
** Compaction Stats [default] **
Interval compaction: 0.15 GB write, 24.89 MB/s write, 0.13 GB read, 23.06 MB/s read, 0.7 seconds
Interval writes: 50K writes, 50K keys, 50K commit groups, 1.0 writes per commit group, ingest: 51.20 MB, 8.68 MB/s
Interval stall: 00:01:2.500 H:M:S, 0.0 percent
`;

t.test("db_bench's lines, histogram and statistics", async (t) => {
  const [fill, overwrite, ...none] = readReports(output);
  t.same(none, []);
  t.same(fill, { name: "fillseq", rate: 120182, seconds: 0.416, operations: 50000 });
  t.match(overwrite, { name: "overwrite", rate: 75091, operations: 50000 });
  t.same(overwrite?.latency, { p50Us: 5.3, p99Us: 55.25, p999Us: 790, mostUs: 8249 });
  const statistics = readStatistics(output);
  t.equal(statistics["stalled, ms"], 62_500);
  t.equal(statistics["write amplification without the log, x"]?.toFixed(2), "3.00");
});

t.test("the sizes of growth", async (t) => {
  t.same(growthSizes(10_000_000), [100_000, 1_000_000, 10_000_000]);
  t.same(growthSizes(300_000), [100_000, 300_000]);
  t.same(growthSizes(1000), [100, 1000]);
});

/** Of each a few that go different ways: single and many threads, direct reads, several processes; overwrite-large waits for seconds. */
const chosen: Record<string, readonly string[]> = {
  db_bench: ["seekrandom", "fillsync", "readrandom-uncached", "growth"],
  fio: ["fillsync1", "readrandom-uncached", "bulkload"],
};

for (const [name, program] of Object.entries(programs)) {
  const install = program.missing();
  const skip = install === undefined ? false : `${name} is not installed: ${install}`;
  for (const workload of chosen[name] ?? []) {
    // Skipped where the program is not installed: each names the command that installs it.
    t.test(`${workload} by ${name}`, { skip }, async (t) => {
      const directory = await mkdtemp(join(tmpdir(), "varve-bench-test-"));
      t.teardown(() => rm(directory, { recursive: true, force: true }));
      const result = await program.trial(workload, { driver: name, directory, entries: 640, quick: true });
      t.ok(result.value > 0 && Number.isFinite(result.value), `${result.value}`);
      t.ok(result.operations > 0);
    });
  }
}
