/** Which log files the memtables keep. */
import t from "tap";
import { Memtables } from "../../../src/engine/memtable/memtables.js";

t.test(
  "a crash during a drop, after another tree's flush, brought the tree back without its newest entries",
  async (t) => {
    const memtables = new Memtables(1 << 20, () => undefined);
    memtables.add(1).activeFirstLogNumber = 3;
    memtables.add(2).activeFirstLogNumber = 5;
    t.equal(memtables.firstNeededLogNumber(9), 3);
    memtables.beginDrop(1);
    t.equal(memtables.get(1), undefined, "the tree takes nothing more");
    t.equal(memtables.firstNeededLogNumber(9), 3, "its log stays until the manifest says that it is gone");
    memtables.endDrop(1);
    t.equal(memtables.firstNeededLogNumber(9), 5);
    memtables.add(3);
    memtables.beginDrop(3);
    t.equal(memtables.firstNeededLogNumber(9), 5, "a tree without entries keeps nothing");
    memtables.endDrop(3);
    memtables.close();
  },
);
