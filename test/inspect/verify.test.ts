import t from "tap";
import { verifyStore } from "../../src/inspect/verify.js";
import { closedStore, filesOf, openStore, zonePaths } from "./damaged-store.js";

function snapshotOf(world: Awaited<ReturnType<typeof closedStore>>): string {
  const files = zonePaths.flatMap((zone) => world.disk.list(zone).map((name) => `${zone}/${name}`));
  return files.map((path) => `${path} ${Buffer.from(world.disk.readFile(path)).toString("base64")}`).join("\n");
}

t.test("a whole store is clean, and not a byte of it is changed", async (t) => {
  const world = await closedStore(1);
  const before = snapshotOf(world);
  const steps: number[] = [];
  const result = await world.run(verifyStore(world.io, "/data", {}, (done, total) => steps.push(done / total)));
  t.match(result, { verdict: "clean", zones: 3, findings: [] });
  t.ok(result.sstables > 3 && result.ranges > 100 && result.frames > 3);
  t.ok(
    steps.length > 3 && steps.every((step, i) => step > (steps[i - 1] ?? 0) && step <= 1.001),
    "progress rises to 1",
  );
  t.equal(snapshotOf(world), before);
});

t.test("a byte flipped in any kind of file of one zone is found, named and called healable", async (t) => {
  const world = await closedStore(2);
  for (const pattern of [/\.sst$/, /\.log$/, /^manifest/, /^zone\.json$/]) {
    const name = filesOf(world, zonePaths[1], pattern)[0]!;
    const path = `${zonePaths[1]}/${name}`;
    const offsets = pattern.source.includes("sst") ? [1, 2000, world.disk.readFile(path).length - 1] : [40, 100];
    for (const offset of offsets) {
      world.disk.flip(path, offset);
      const { verdict, findings } = await world.run(verifyStore(world.io, "/data"));
      t.equal(verdict, "healable", `${name} at ${offset}`);
      t.ok(
        findings.some((finding) => finding.path === path && finding.severity === "healable"),
        JSON.stringify(findings),
      );
      world.disk.flip(path, offset);
    }
  }
  t.match(await world.run(verifyStore(world.io, "/data")), { verdict: "clean" });
});

t.test("what is bad or missing in every zone is lost, with tree, file and keys", async (t) => {
  const world = await closedStore(3);
  const [first, second] = filesOf(world, zonePaths[0], /\.sst$/);
  for (const zone of zonePaths) world.disk.flip(`${zone}/${first!}`, 5);
  const { verdict, findings } = await world.run(verifyStore(world.io, "/data"));
  t.equal(verdict, "lost");
  t.match(findings, [{ severity: "lost", path: first, offset: 0, message: /tree \w+, SSTable \d+ .*keys "key/ }]);
  for (const zone of zonePaths) world.disk.flip(`${zone}/${first!}`, 5);
  for (const zone of zonePaths) world.disk.remove(`${zone}/${second!}`);
  t.match((await world.run(verifyStore(world.io, "/data"))).verdict, "lost");
});

t.test("references: missing, cut and unreferenced files, a lost zone", async (t) => {
  const world = await closedStore(4);
  const [first, second] = filesOf(world, zonePaths[0], /\.sst$/);
  world.disk.remove(`${zonePaths[0]}/${first!}`);
  world.disk.truncate(`${zonePaths[1]}/${second!}`, 512);
  world.disk.writeFile(`${zonePaths[2]}/000000009999.sst`, new Uint8Array(4096));
  const { verdict, findings } = await world.run(verifyStore(world.io, "/data"));
  t.equal(verdict, "healable");
  t.same(findings.map(({ severity, path }) => `${severity} ${path}`).sort(), [
    `healable ${zonePaths[0]}/${first!}`,
    `healable ${zonePaths[1]}/${second!}`,
    `note ${zonePaths[2]}/000000009999.sst`,
  ]);
  world.disk.removeDirectory(zonePaths[0]);
  t.equal((await world.run(verifyStore(world.io, "/data"))).verdict, "healable");
  world.disk.removeDirectory(zonePaths[1]);
  t.equal((await world.run(verifyStore(world.io, "/data"))).verdict, "lost");
});

t.test("no manifest: lost, with advice; a store that is open, or none: refused", async (t) => {
  const world = await closedStore(5);
  for (const zone of zonePaths)
    for (const name of filesOf(world, zone, /^manifest/)) world.disk.remove(`${zone}/${name}`);
  const { verdict, findings } = await world.run(verifyStore(world.io, "/data"));
  t.equal(verdict, "lost");
  t.match(findings, [{ severity: "lost", message: /varve repair/ }]);
  await t.rejects(world.run(verifyStore(world.io, "/nothing")), { code: "STORE_NOT_FOUND" });
  const other = await closedStore(6);
  const store = await openStore(other);
  await t.rejects(other.run(verifyStore(other.io, "/data")), { code: "STORE_LOCKED" });
  await other.run(store.close());
});
