/** The scrub on the real machine: its jobs run in worker threads, and heal real files. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import t from "tap";
import { Store } from "../../../src/engine/store.js";
import { realIo } from "../../../src/io/real/index.js";
import type { Io } from "../../../src/io/io.js";
import { segmentFiles, zoneNames } from "../../support/zone-files.js";

/** The real machine, with every job written down; in a thread other than this one. */
function watchedIo(jobs: string[]): Io {
  const io = realIo({ maxThreads: 2 });
  const run = io.threads.run.bind(io.threads);
  io.threads.run = (moduleUrl, exportName, spec) => {
    jobs.push(exportName);
    return run(moduleUrl, exportName, spec);
  };
  return io;
}

t.test("a damaged store on disk is scrubbed in a worker thread", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "varve-scrub-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const jobs: string[] = [];
  const io = watchedIo(jobs);
  t.teardown(() => io.threads.close());
  const options = { memtableBytes: 1 << 20, sstableBytes: 1 << 20, blockCacheBytes: 0, io };
  const first = await Store.open(directory, options);
  const tree = await first.tree("tree");
  for (let from = 0; from < 20_000; from += 1000) {
    const writes = Array.from({ length: 1000 }, (_, i) => tree.put(`key ${from + i}`, `value ${i} `.repeat(10)));
    await Promise.all(writes);
  }
  await first.compact();
  // Only what the version names is there afterwards.
  await first.close();
  const store = await Store.open(directory, options);
  const good = segmentFiles(join(directory, "zone-b"));
  const names = readdirSync(join(directory, "zone-b")).filter((name) => name.endsWith(".sst"));
  for (const name of names) {
    const path = join(directory, "zone-b", name);
    const bytes = readFileSync(path);
    for (let at = 10; at < bytes.length; at += 50_000) bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  }
  jobs.length = 0;
  const report = await store.scrub({ bytesPerSecond: Infinity });
  t.ok(jobs.length >= 3 * names.length && jobs.every((job) => job === "runScrub"), `${jobs.length} jobs`);
  t.equal(threadId, 0, "this is the main thread");
  t.ok(report.badRanges >= names.length, `${report.badRanges} bad ranges`);
  t.equal(report.healedRanges, report.badRanges);
  t.same(report.lost, []);
  t.match(await store.scrub({ bytesPerSecond: Infinity }), { badRanges: 0 });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  await t.rejects(store.scrub({ bytesPerSecond: 4096, signal: controller.signal }), { code: "ABORTED" });
  await store.close();
  for (const zone of zoneNames) {
    const files = segmentFiles(join(directory, zone));
    for (const name of names) t.equal(files[name], good[name], `${zone}/${name}`);
  }
});
