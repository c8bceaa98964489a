/**
 * A zone's directory removed under an open store: the next log file could not be made there, the zone was being healed when the file was used, and the
 * symptom was a process that did nothing any more, for its lane waited for that file in a loop without an end.
 */
import t from "tap";
import { Oracle, zonePaths } from "../../faults/oracle.js";

t.test("writes go on while a removed zone is rebuilt, whenever the next log file is made", async (t) => {
  for (const zone of zonePaths) {
    for (const before of [0, 20, 60]) {
      const oracle = await Oracle.make(1, { zoneHangMs: 500 });
      await oracle.fill(before);
      await oracle.world.run(oracle.store.flush());
      oracle.world.disk.removeDirectory(zone);
      for (let i = 0; i < 40; i++) t.same(await oracle.fill(1), [], `write ${i}`);
      await oracle.reopen();
      await oracle.healedAndEqual(t);
    }
  }
});
