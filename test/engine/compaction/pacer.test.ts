/** The pace of compaction and the delays of writes: bounded, rising with the debt, changed while a job runs. */
import t from "tap";
import { BackOff, firstBackOffMs, longestBackOffMs } from "../../../src/engine/compaction/back-off.js";
import { FileNumbers } from "../../../src/engine/compaction/file-numbers.js";
import { isLoad } from "../../../src/engine/compaction/level-scores.js";
import { allowedBytesPerSecond, Pacer, writeDelayMs } from "../../../src/engine/compaction/pacer.js";
import { PacedJob } from "../../../src/engine/job-pace.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { options as chooseOptions, versionOf } from "./version-model.js";

const options = { levelZeroFiles: 4, compactionBytesPerSecond: 1024 * 1024 };
const nothing = { levelZeroFiles: 0, pendingBytes: 0 };

t.test(
  "the rate is the option's while nothing is urgent, rises with the debt, and has no bound when level 0 is long",
  async (t) => {
    t.equal(allowedBytesPerSecond(nothing, options), 1 << 20);
    t.equal(allowedBytesPerSecond({ levelZeroFiles: 4, pendingBytes: 8 << 20 }, options), 1 << 20);
    t.equal(allowedBytesPerSecond({ levelZeroFiles: 4, pendingBytes: 80 << 20 }, options), 10 << 20);
    t.equal(allowedBytesPerSecond({ levelZeroFiles: 8, pendingBytes: 0 }, options), Infinity);
  },
);

t.test(
  "writes are delayed smoothly, from sixteen files in level 0 where four start a compaction, and never by more than 50 ms",
  async (t) => {
    const delays = Array.from({ length: 100 }, (_, levelZeroFiles) =>
      writeDelayMs({ ...nothing, levelZeroFiles }, options),
    );
    t.ok(delays.slice(0, 16).every((delayMs) => delayMs === 0));
    t.equal(delays[16], 1);
    t.ok(
      delays.every((delayMs, i) => delayMs >= (delays[i - 1] ?? 0)),
      "never less for more",
    );
    t.equal(Math.max(...delays), 50);
  },
);

t.test("compactions that can wait for flushes get an eighth of the rate, however large the debt", async (t) => {
  const world = new SimulatedWorld({ seed: 1 });
  const pacer = new Pacer(options);
  pacer.update({ levelZeroFiles: 4, pendingBytes: 800 << 20 }, 1, true);
  await world.run(spend(new PacedJob(world.io, pacer.shared), 1 << 20, 4096));
  t.ok(world.elapsedMs > 7_800 && world.elapsedMs < 8_200, `${world.elapsedMs} ms`);
});

t.test("a load in key order is told from one that has to be merged", async (t) => {
  const load = (...levels: string[][]): boolean => isLoad(versionOf(...levels), chooseOptions);
  t.ok(load([]));
  t.ok(load(["c-d", "a-b"], ["0-9"]));
  t.notOk(load(["b-d", "a-b"]), "two files of level 0 overlap");
  t.notOk(load(["c-d"], ["a-b", "d-e"]), "one lies over level 1");
  t.notOk(load(["e", "d", "c", "b", "a"]), "level 0 is long");
});

t.test("a job keeps to the rate, whatever the size of its steps", async (t) => {
  for (const step of [1_000, 64 * 1024, 1 << 20]) {
    const world = new SimulatedWorld({ seed: 1 });
    const pacer = new Pacer(options);
    pacer.update(nothing, 1);
    const job = new PacedJob(world.io, pacer.shared);
    const startMs = world.elapsedMs;
    await world.run(spend(job, 4 << 20, step));
    const seconds = (world.elapsedMs - startMs) / 1000;
    t.ok(seconds > 3.9 && seconds < 4.3, `4 MiB at 1 MiB/s in ${seconds} s`);
  }
});

t.test("jobs that run at once share the rate; a job without a bound does not wait", async (t) => {
  const world = new SimulatedWorld({ seed: 1 });
  const pacer = new Pacer(options);
  pacer.update(nothing, 2);
  await world.run(spend(new PacedJob(world.io, pacer.shared), 1 << 20, 4096));
  t.ok(world.elapsedMs > 1_900, "half the rate each");
  const startMs = world.elapsedMs;
  pacer.update({ levelZeroFiles: 100, pendingBytes: 0 }, 2);
  await world.run(spend(new PacedJob(world.io, pacer.shared), 100 << 20, 1 << 20));
  t.equal(world.elapsedMs, startMs);
});

t.test("a job that sleeps feels a new rate at once", async (t) => {
  const world = new SimulatedWorld({ seed: 1 });
  const pacer = new Pacer(options);
  pacer.update(nothing, 1);
  world.io.timers.set(500, () => pacer.update({ levelZeroFiles: 100, pendingBytes: 0 }, 1));
  await world.run(new PacedJob(world.io, pacer.shared).spend(1 << 30));
  t.ok(world.elapsedMs < 600, `${world.elapsedMs} ms instead of 1000 s`);
});

t.test("a cancelled job ends at its next step, also out of its sleep", async (t) => {
  const world = new SimulatedWorld({ seed: 1 });
  const pacer = new Pacer(options);
  pacer.update(nothing, 1);
  world.io.timers.set(500, () => pacer.cancel());
  await t.rejects(world.run(new PacedJob(world.io, pacer.shared).spend(1 << 30)), { code: "ABORTED" });
});

t.test("a file that fails is left alone twice as long each time, up to a bound, until it succeeds", async (t) => {
  const backOff = new BackOff();
  t.equal(backOff.fail([1, 2], 0), firstBackOffMs);
  t.same([...backOff.avoided(0)], [1, 2]);
  t.equal(backOff.nextTryMs(400), firstBackOffMs - 400);
  t.same([...backOff.avoided(firstBackOffMs)], []);
  t.equal(backOff.fail([1], firstBackOffMs), 2 * firstBackOffMs);
  for (let i = 0; i < 40; i++) backOff.fail([1], 0);
  t.equal(backOff.fail([1], 0), longestBackOffMs);
  backOff.forget([1, 2]);
  t.equal(backOff.nextTryMs(0), undefined);
  t.equal(backOff.fail([1], 0), firstBackOffMs);
});

t.test("file numbers that a job left unused serve the next, before new ones", async (t) => {
  let next = 1;
  const numbers = new FileNumbers(() => next++);
  t.same(numbers.take(3), [1, 2, 3]);
  numbers.giveBack([2, 3]);
  t.same(numbers.take(4), [2, 3, 4, 5]);
});

async function spend(job: PacedJob, bytes: number, step: number): Promise<void> {
  for (let spent = 0; spent < bytes; spent += step) await job.spend(step);
}
