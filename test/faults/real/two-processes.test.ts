/**
 * Two processes on one store: the second is refused by the lock of the file system, whichever way it comes, and told who has it; when the first is killed
 * the store opens at once; of many that start together on nothing exactly one wins.
 */
import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { Store } from "../../../src/engine/store.js";
import { mainScript } from "../../support/server-process.js";
import { zoneNames } from "../../support/zone-files.js";
import { Load } from "./load.js";
import { temporaryDirectory } from "./mounts.js";
import { Refused, Server } from "./server.js";

t.test("the second process is refused, by any path; after kill -9 of the first the store opens at once", async (t) => {
  const place = temporaryDirectory(t, "two");
  const directory = join(place, "store");
  const first = await Server.start({ directory });
  t.teardown(() => first.kill());
  const load = new Load();
  await load.createTable(first.url);
  await load.putAll(first.url);
  symlinkSync(directory, join(place, "link"));
  const holder = new RegExp(`process ${first.pid}`);
  for (const path of [directory, join(place, "link"), `${place}/./store`]) {
    await t.rejects(Store.open(path), { code: "STORE_LOCKED", message: holder }, path);
  }
  const others = zoneNames.map((name) => join(place, `other-${name}`));
  const oneShared = [others[0], join(place, "link", "zone-b"), others[2]] as string[];
  await t.rejects(Store.open(join(place, "elsewhere"), { zones: oneShared }), "one zone in common is enough");
  const serve = [mainScript, "serve", "--port", "0", "--data", join(place, "link")];
  const second = spawnSync(process.execPath, serve, { encoding: "utf8" });
  t.equal(second.status, 2);
  t.match(second.stderr, /STORE_LOCKED/);
  t.same(await load.check(first.url), [], "the first has not noticed");

  await first.kill();
  const next = await Server.start({ directory: join(place, "link") });
  t.teardown(() => next.kill());
  t.same(await load.check(next.url), [], "everything is there");
  await t.rejects(Store.open(directory), { code: "STORE_LOCKED", message: new RegExp(`process ${next.pid}`) });
  await next.stop();
  await (await Store.open(directory)).close();
});

t.test("five processes start at once on an empty directory: one wins, four are refused", async (t) => {
  const directory = join(temporaryDirectory(t, "five"), "store");
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => Server.start({ directory })));
  const winners = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  t.teardown(() => Promise.all(winners.map((winner) => winner.kill())));
  t.equal(winners.length, 1, "one wins");
  for (const outcome of outcomes) {
    if (outcome.status === "fulfilled") continue;
    const refusal: unknown = outcome.reason;
    t.ok(refusal instanceof Refused && refusal.code === "STORE_LOCKED", String(refusal));
  }
  const load = new Load();
  await load.createTable(winners[0]?.url as string);
  await load.putAll(winners[0]?.url as string);
  t.same(await load.check(winners[0]?.url as string), [], "and works");
  await winners[0]?.stop();
});
