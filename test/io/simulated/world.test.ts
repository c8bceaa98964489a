import t from "tap";
import type { Io } from "../../../src/io/io.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { filled, rejectsWith } from "../contract.js";

const jobs = new URL("../jobs.js", import.meta.url).href;

/** A program with a bit of everything in it. */
async function program({ files, timers, threads, random }: Io): Promise<string[]> {
  const log: string[] = [];
  await files.makeDirectory("/store");
  const file = await files.open("/store/a", { access: "create", direct: true });
  const writes = Array.from({ length: 20 }, async (_, i) => {
    await file.write(i * 4096, filled(files, 4096, i));
    log.push(`write ${i}`);
    if (random.nextUint32() % 2 === 0) await timers.sleep(1);
    await file.sync();
    log.push(`sync ${i}`);
  });
  const job = threads.run(jobs, "writeFile", { path: "/store/b", value: 1 }).then(() => log.push("job"));
  timers.set(0.2, () => log.push("timer"));
  timers.defer(() => log.push("defer"));
  await Promise.all([...writes, job]);
  await file.close();
  return log;
}

t.test("the same seed gives the same run, another seed another", async (t) => {
  const run = async (seed: number) => {
    const world = new SimulatedWorld({ seed, trace: true });
    const log = await world.run(program(world.io));
    return { log, trace: world.trace, fingerprint: world.fingerprint, calls: world.calls };
  };
  const [first, again, other] = [await run(42), await run(42), await run(43)];
  t.ok(first.trace.length > 50);
  t.same(first, again);
  t.not(first.fingerprint, other.fingerprint);
  t.notSame(first.log, other.log, "the order of completion belongs to the seed");
});

t.test("a crash clone goes on from the seed: the same again", async (t) => {
  const run = async () => {
    const world = new SimulatedWorld({ seed: 7 });
    world.crashAtCall(30);
    t.same(await world.runToCrash(program(world.io)), { crashed: true });
    const next = world.crash();
    const log = await next.run(program(next.io));
    return { log, fingerprint: next.fingerprint };
  };
  t.same(await run(), await run());
});

t.test("a promise that nothing can settle is a deadlock", async (t) => {
  const world = new SimulatedWorld({ seed: 1 });
  await rejectsWith(t, world.run(new Promise(() => undefined)), "INVARIANT");
});

t.test("a buffer reused before its write completed ends the run", async (t) => {
  const world = new SimulatedWorld({ seed: 1 });
  world.disk.makeDirectory("/store");
  const { files } = world.io;
  const reuse = async () => {
    const file = await files.open("/store/a", { access: "create", direct: true });
    const from = filled(files, 4096, 1);
    const write = file.write(0, from);
    from.fill(2);
    await write;
  };
  await rejectsWith(t, world.run(reuse()), "INVARIANT");
});

t.test("after crashAtCall nothing completes any more", async (t) => {
  const complete = new SimulatedWorld({ seed: 3 });
  await complete.run(program(complete.io));
  for (let calls = 0; calls < complete.calls; calls += 7) {
    const world = new SimulatedWorld({ seed: 3 });
    world.crashAtCall(calls);
    t.same(await world.runToCrash(program(world.io)), { crashed: true });
    t.equal(world.calls, calls);
    await rejectsWith(t, world.run(program(world.io)), "ABORTED");
  }
  const world = new SimulatedWorld({ seed: 3 });
  world.crashAtCall(complete.calls);
  t.equal((await world.runToCrash(program(world.io))).crashed, false);
});

t.test("time passes by events alone; the wall clock may jump", async (t) => {
  const world = new SimulatedWorld({ seed: 1 });
  const { clock, timers } = world.io;
  const [wallMs, startMs] = [clock.nowMs(), clock.monotonicMs()];
  await world.run(timers.sleep(86_400_000));
  t.ok(clock.nowMs() - wallMs >= 86_400_000);
  const beforeMs = clock.monotonicMs();
  world.clock.jump(-3_600_000);
  t.ok(clock.nowMs() - wallMs < 86_400_000);
  t.equal(clock.monotonicMs(), beforeMs);
  t.ok(beforeMs > startMs);
  let fired = 0;
  timers.set(50, () => fired++);
  timers.set(500, () => fired++);
  await world.advance(100);
  t.equal(fired, 1);
  t.ok(clock.monotonicMs() - beforeMs >= 100 && clock.monotonicMs() - beforeMs < 101);
});

t.test("locks are free after a crash", async (t) => {
  const world = new SimulatedWorld({ seed: 1 });
  world.disk.makeDirectory("/store");
  await world.run(world.io.files.lock("/store/LOCK"));
  const next = world.crash({ mode: "kill" });
  await next.run(next.io.files.lock("/store/LOCK"));
  t.pass("locked again");
});
