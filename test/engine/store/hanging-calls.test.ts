/** A zone that falls silent at any one of its calls, in an opening, in work, in a closing: nothing waits for it for longer than a few hangs. */
import t from "tap";
import { Store } from "../../../src/engine/store.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { smallStore } from "../../sim/option-sets.js";

const options = { ...smallStore, levelZeroFiles: 2, zoneHangMs: 500, zoneRetryMs: 50 };
/** Of one step: several calls one after the other may each be waited for. */
const mostHangs = 20;

async function life(world: SimulatedWorld, copy: string, timed: <T>(work: Promise<T>) => Promise<T>): Promise<void> {
  const store = await timed(Store.open("/data", { ...options, io: world.io }));
  const tree = await timed(store.tree("tree"));
  for (let round = 0; round < 2; round++) {
    await timed(Promise.all(Array.from({ length: 40 }, (_, i) => tree.put(`key ${i}`, `value ${round}`))));
    await timed(store.flush());
  }
  await timed(store.compact());
  await timed(store.scrub());
  await timed(store.checkpoint(copy));
  await timed(store.close());
}

async function usedWorld(): Promise<SimulatedWorld> {
  const world = new SimulatedWorld({ seed: 11 });
  for (const copy of ["/copies/1", "/copies/2"]) await life(world, copy, (work) => world.run(work));
  return world;
}

t.test("a zone that hung from one call on, somewhere in a life: the call was waited for without an end", async (t) => {
  const base = await usedWorld();
  let hits = 1;
  let lives = 0;
  for (let nth = 1; hits > 0; nth += 1 + Math.floor(nth / 40)) {
    const world = base.crash({ mode: "kill" });
    const path = /^\/data\/zone-b/;
    const fault = world.faults.add({ on: "any", path, nth, times: Infinity, effect: { kind: "hang" } });
    const timed = async <T>(work: Promise<T>): Promise<T> => {
      const startMs = world.elapsedMs;
      const result = await world.run(work);
      const tookMs = world.elapsedMs - startMs;
      if (tookMs > mostHangs * options.zoneHangMs) t.fail(`from call ${nth} on: a step took ${tookMs} ms`);
      return result;
    };
    await t.resolves(life(world, "/copies/3", timed), `from call ${nth} on`);
    hits = fault.hits;
    lives++;
  }
  t.ok(lives > 50, `${lives} lives`);
});

t.test("a checkpoint to a place that hung never ended, and the store kept its log for it", async (t) => {
  const base = await usedWorld();
  let hits = 1;
  for (let nth = 1; hits > 0; nth++) {
    const world = base.crash({ mode: "kill" });
    const path = /^\/copies\/3/;
    const fault = world.faults.add({ on: "any", path, nth, times: Infinity, effect: { kind: "hang" } });
    const store = await world.run(Store.open("/data", { ...options, io: world.io }));
    const error = await world.run(store.checkpoint("/copies/3")).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    hits = fault.hits;
    // The last calls, a look at the zones of the copy and the giving back of its locks, are not needed.
    if (error === undefined) continue;
    t.match(error, { code: /IO_ERROR|ZONES_LOST/ }, `from call ${nth} on`);
    fault.release();
    await world.run(store.close());
  }
});
