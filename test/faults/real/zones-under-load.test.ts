/**
 * Each zone in turn is deleted, corrupted, hung, slow, full, read-only and failing under a steady load: no request fails, none is slow, the store tells, and
 * in the end the three copies are byte-equal. Two zones lost: refused with what is missing, and the read-only rescue reads what is there.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { Store } from "../../../src/engine/store.js";
import { realIo } from "../../../src/io/real/index.js";
import { startServer } from "../../../src/server/server.js";
import { Database } from "../../../src/tables/database.js";
import { segmentFiles, zoneNames } from "../../support/zone-files.js";
import { Load } from "./load.js";
import { temporaryDirectory } from "./mounts.js";
import { Server } from "./server.js";
import { attack, checkLoad, pause, zoneFaults, zonesAreEqual } from "./zone-attack.js";

for (const fault of zoneFaults) {
  t.test(`each zone in turn ${fault.name} under load: no request fails, it is told, it heals`, async (t) => {
    const directory = temporaryDirectory(t, "zone-fault");
    const server = await Server.start({ directory });
    t.teardown(() => server.kill());
    const load = new Load();
    await load.createTable(server.url);
    await load.putAll(server.url);
    await server.carryOut("flush");
    await load.start(server.url);
    t.teardown(() => load.stop());
    await pause(200);
    checkLoad(t, load, "no fault");
    for (let zone = 0; zone < server.zones.length; zone++) await attack(t, server, load, zone, fault);
    await load.stop();
    t.same(await load.check(server.url), [], `nothing of ${load.acknowledgedCount} writes is lost`);
    await server.carryOut("settled");
    t.equal(await server.stop(), 0, "it stops cleanly");
    zonesAreEqual(t, server);
  });
}

t.test("two zones lost: refused with what is missing; the rescue reads everything and writes nothing", async (t) => {
  const directory = temporaryDirectory(t, "two-zones");
  const load = new Load();
  const server = await Server.start({ directory });
  t.teardown(() => server.kill());
  await load.createTable(server.url);
  await load.putAll(server.url);
  await server.carryOut("flush");
  await load.putAll(server.url);
  await server.stop();
  const [a, b, c] = zoneNames.map((name) => join(directory, name)) as [string, string, string];
  rmSync(a, { recursive: true });
  rmSync(c, { recursive: true });
  await t.rejects(Server.start({ directory }), { code: "ZONES_LOST", message: /zone-a[\s\S]*zone-c[\s\S]*rescue/ });
  const kept = segmentFiles(b);

  const io = realIo();
  t.teardown(() => io.threads.close());
  const store = await Store.open(directory, { rescue: true, io });
  const database = await Database.on(store, io);
  const rescue = await startServer({ database, port: 0 });
  t.same(await load.check(rescue.url), [], "everything is there");
  await t.rejects(load.putAll(rescue.url), { name: "InternalServerError" }, "a write is refused");
  await rescue.close();
  await database.close();
  await store.close();
  t.same(segmentFiles(b), kept, "the rescue has written nothing");
});
