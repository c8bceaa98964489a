/** Every workload on ours and every driver that is there in some, very small, so that neither can rot; each target has a workload that measures it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { contestants, programs } from "../../bench/drivers/index.js";
import { targets } from "../../bench/targets.js";
import { workloadNames, workloads } from "../../bench/workloads/index.js";
import type { TrialResult } from "../../bench/workloads/workload.js";

const entriesOf = (name: string): number => (workloads[name]?.durable === true ? 100 : 500);
/** These ask for all that the interface of an engine has. */
const ofPeers = new Set(["fillrandom", "fillbatch", "readmissing", "readseq", "seekrandom", "fillsync1", "ycsb-d"]);
/** These start processes and wait for a time: http.test.ts has them. */
const elsewhere = new Set(["growth", "http-get", "http-put", "http-latency", "open-after-crash"]);

async function smallTrial(name: string, driver: string): Promise<TrialResult> {
  const directory = await mkdtemp(join(tmpdir(), "varve-bench-test-"));
  try {
    const request = { driver, directory, entries: entriesOf(name), quick: true };
    return await workloads[name]!.trial(request);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

for (const name of workloadNames.filter((name) => !elsewhere.has(name))) {
  const engines = workloads[name]!.drivers.filter((driver) => programs[driver] === undefined);
  for (const driver of ofPeers.has(name) ? engines : engines.slice(0, 1)) {
    const install = contestants[driver]!.missing();
    const skip = install === undefined ? false : `${driver} is not installed: ${install}`;
    // Skipped where a peer's package is not installed: each names the command that installs it.
    t.test(`${name} on ${driver}`, { skip }, async (t) => {
      const result = await smallTrial(name, driver);
      t.ok(result.value > 0 && Number.isFinite(result.value), `${result.value}`);
      t.ok(result.operations > 0 && result.seconds > 0);
      for (const [curve, points] of Object.entries(result.curves ?? {})) {
        t.ok(points.length > 1 && points.every(([x, y]) => x > 0 && y > 0), curve);
      }
    });
  }
}

t.test("db_bench's names and YCSB's are there", async (t) => {
  const known = "fillseq fillrandom overwrite readrandom readseq readmissing seekrandom readwhilewriting fillsync";
  for (const name of known.split(" ")) t.ok(workloads[name], name);
  for (const letter of "abcdef") t.ok(workloads[`ycsb-${letter}`], letter);
});

t.test("every workload names drivers that exist, programs one that knows it", async (t) => {
  for (const [name, { drivers }] of Object.entries(workloads)) {
    t.equal(drivers[0], "varve", name);
    for (const driver of drivers) {
      t.ok(contestants[driver], `${name}: ${driver}`);
      if (name !== "growth-at" && programs[driver] !== undefined)
        t.ok(programs[driver].workloads.includes(name), `${driver} knows ${name}`);
    }
  }
});

t.test("every target is measured: its workload exists and has the driver that it is set beside", async (t) => {
  for (const target of targets) {
    const workload = workloads[target.workload];
    t.ok(workload !== undefined && workload.hidden !== true, target.workload);
    if (target.beside !== undefined) t.ok(workload?.drivers.includes(target.beside), JSON.stringify(target));
    t.ok(target.least !== undefined || target.most !== undefined);
  }
});
