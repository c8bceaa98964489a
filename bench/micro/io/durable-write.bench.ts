/**
 * The latency of a durable write of 4 KiB to three files on one device, in every way there is:
 *
 *   node dist/bench/micro/io/durable-write.bench.js [directory] [rounds]
 *   VARVE_IO_ENGINE=threads node dist/bench/micro/io/durable-write.bench.js [directory] [rounds]
 *
 * The ways take turns, round by round, so that drift of the machine hits all alike. Prints the median of each and its ratio to
 * three node:fs writes, each with its fdatasync.
 */
import { fdatasyncSync } from "node:fs";
import { open as openHandle, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nativeEngine } from "../../../src/io/real/native-engine.js";
import { realIo } from "../../../src/io/real/index.js";

const sizeBytes = 4 * 1024 * 1024;
const blockBytes = 4096;
const rounds = Number(process.argv[3] ?? 2000);
const directory = await mkdtemp(join(process.argv[2] ?? tmpdir(), "varve-durable-write-"));
const { files } = realIo();
const paths = [0, 1, 2].map((zone) => join(directory, `zone-${zone}`));

for (const path of paths) {
  const file = await files.open(path, { access: "create", direct: true });
  await file.write(0, files.allocate(sizeBytes));
  await file.sync();
  await file.close();
}
const zones = await Promise.all(paths.map((path) => files.open(path, { access: "write", direct: true })));
const handles = await Promise.all(paths.map((path) => openHandle(path, "r+")));
const from = files.allocate(blockBytes).fill(1);
// The first flush of each file tells it what it may share.
await Promise.all(zones.map((file) => file.sync()));

const ways: Record<string, (position: number) => Promise<unknown>> = {
  "node:fs, write then fdatasync": (position) =>
    Promise.all(
      handles.map(async (handle) => {
        await handle.write(from, 0, blockBytes, position);
        await handle.datasync();
      }),
    ),
  "direct, write then sync": (position) =>
    Promise.all(
      zones.map(async (file) => {
        await file.write(position, from);
        await file.sync();
      }),
    ),
  "writeAndSync, flush shared": (position) =>
    Promise.all(files.writeAndSync(zones.map((file) => ({ file, position, from })))),
  "blocking, one file": async (position) => {
    zones[0]!.writeSync(position, from);
    fdatasyncSync(handles[0]!.fd);
  },
  "writeAndSync, one file": (position) => Promise.all(files.writeAndSync([{ file: zones[0]!, position, from }])),
};

const timesUs = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
for (let round = 0; round < rounds; round++) {
  const position = (round * blockBytes) % sizeBytes;
  for (const [name, run] of Object.entries(ways)) {
    const startMs = performance.now();
    await run(position);
    timesUs.get(name)?.push((performance.now() - startMs) * 1000);
  }
}
const medians = [...timesUs].map(([name, times]) => {
  times.sort((left, right) => left - right);
  return { name, medianUs: times[times.length >> 1] ?? 0, p99Us: times[Math.floor(times.length * 0.99)] ?? 0 };
});
const baseUs = medians[0]?.medianUs ?? 1;
console.log(`engine ${nativeEngine().name}, ${rounds} rounds`);
for (const { name, medianUs, p99Us } of medians) {
  const ratio = (baseUs / medianUs).toFixed(2);
  console.log(`${name.padEnd(32)} median ${medianUs.toFixed(0)} us, p99 ${p99Us.toFixed(0)} us, ${ratio}x`);
}
await Promise.all([...zones, ...handles].map((file) => file.close()));
await rm(directory, { recursive: true });
