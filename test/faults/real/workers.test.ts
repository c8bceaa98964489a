/**
 * Worker threads that end in the middle of a flush, a compaction or a scrub, at one I/O call after another: the job is told of as failed and done again,
 * requests go on, nothing is acknowledged falsely, and a flush or a scrub that somebody waits for rejects or is whole.
 */
import t from "tap";
import { Load } from "./load.js";
import { temporaryDirectory } from "./mounts.js";
import { Server, smallStore } from "./server.js";
import { pause, zonesAreEqual } from "./zone-attack.js";

const jobs = ["flush", "compact", "scrub"] as const;
/** At which of its calls on the zone's files the thread ends. */
const deaths = [0, 2, 7];

for (const job of jobs) {
  t.test(`worker threads end during a ${job}: it is done again, nothing is lost, no request fails`, async (t) => {
    const directory = temporaryDirectory(t, "workers");
    // Jobs run when they are asked for only, so that the thread that ends is that of this job.
    const store = { ...smallStore, memtableBytes: 4 << 20, levelZeroFiles: 1000, scrubIntervalMs: 0 };
    let server = await Server.start({ directory, store });
    t.teardown(() => server.kill());
    const load = new Load({ pauseMs: 15 });
    await load.createTable(server.url);
    for (let files = 0; files < 2; files++) {
      await load.putAll(server.url);
      await server.carryOut("flush");
    }
    await load.start(server.url);
    t.teardown(() => load.stop());
    let rejected = 0;
    for (const after of deaths) {
      await pause(50);
      await server.rule(after % 3, "die", { after });
      await server.carryOut(job).catch((error: unknown) => {
        t.match(error, { code: "WORKER_FAILED" }, `death at call ${after}: ${String(error)}`);
        rejected++;
      });
      await server.rule(after % 3, "none");
      await server.carryOut(job);
    }
    t.ok(rejected > 0, `${rejected} of ${deaths.length} were rejected`);
    await load.stop();
    t.same(load.failures, [], "no request fails");
    t.same(load.wrong, [], "no answer is wrong");
    const { counters, zones } = await server.stats();
    t.ok(job === "scrub" || counters.jobFailures > 0, `${counters.jobFailures} failed jobs are counted`);
    t.ok(
      zones.every(({ state }) => state === "healthy"),
      "no zone is blamed for it",
    );
    t.same(await load.check(server.url), [], `nothing of ${load.acknowledgedCount} writes is lost`);
    await server.kill();
    server = await Server.start({ directory, store });
    t.same(await load.check(server.url), [], "nor after a kill");
    await server.carryOut("settled");
    await server.stop();
    zonesAreEqual(t, server);
  });
}
