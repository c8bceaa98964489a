/** Fuzz target: the payload of a manifest's frame, decoded and applied as recovery does. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeEdit, encodeEdit } from "../../../src/engine/manifest/edit-codec.js";
import { versionOf } from "../../../src/engine/manifest/manifest-recovery.js";
import { placedFiles, type VersionEdit } from "../../../src/engine/manifest/version.js";
import { decoded, type FuzzTarget } from "../target.js";

const count = fc.maxSafeNat();
const key = fc.uint8Array({ maxLength: 12 });
const file = fc.record({
  ...{ number: count, sizeBytes: count, smallestKey: key, largestKey: key, smallestSequence: count },
  ...{ largestSequence: count, entryCount: count, tombstoneCount: count, footerChecksum: count },
});
const treeId = fc.nat(3);
const level = fc.nat(6);
const list = <Item>(item: fc.Arbitrary<Item>) => fc.array(item, { maxLength: 3 });
const anyEdit = fc.record(
  {
    ...{ epoch: count, nextFileNumber: count, nextTreeId: count, firstLogNumber: count, scrubbedMs: count },
    ...{ lastSequence: count, logNumbers: list(count), failedZones: list(fc.nat(2)), dropTrees: list(treeId) },
    createTrees: list(fc.record({ id: treeId, name: fc.string({ unit: "grapheme", maxLength: 10 }) })),
    removeFiles: list(fc.record({ treeId, level, number: count })),
    addFiles: list(fc.record({ treeId, level, file })),
    flushedSequences: list(fc.record({ treeId, sequence: count })),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<VersionEdit>;

/** The first edit of a manifest: trees, and files that fit. */
const anySnapshot: fc.Arbitrary<VersionEdit> = fc
  .tuple(anyEdit, fc.array(file, { maxLength: 3 }))
  .map(([edit, files]) => ({
    epoch: edit.epoch ?? 1,
    createTrees: [{ id: 1, name: "one" }],
    addFiles: files.map((each) => ({ treeId: 1, level: 0, file: each })),
    flushedSequences: [{ treeId: 1, sequence: 5 }],
  }));

export const manifestRecordTarget: FuzzTarget = {
  name: "manifest-record",
  covers: ["engine/manifest/edit-codec.js", "engine/manifest/version.js"],
  valid: fc.oneof(anyEdit, anySnapshot).map(encodeEdit),
  roundTrip: fc.property(anyEdit, (edit) => {
    assert.equal(
      JSON.stringify(decodeEdit(encodeEdit(edit))),
      JSON.stringify(decodeEdit(encodeEdit(decodeEdit(encodeEdit(edit))))),
    );
    const again = decodeEdit(encodeEdit(edit));
    assert.deepEqual(Object.keys(again).sort(), Object.keys(edit).sort());
    assert.deepEqual(encodeEdit(again).length, encodeEdit(edit).length);
  }),
  check: (input) => {
    const edit = decoded(() => decodeEdit(input));
    const version = decoded(() => versionOf([input], "manifest-00000001"));
    if (edit === undefined) {
      assert.equal(version, undefined);
      return;
    }
    assert.equal(JSON.stringify(decodeEdit(encodeEdit(edit))), JSON.stringify(edit), "what is taken can be written");
    if (version === undefined) return;
    assert.equal([...placedFiles(version)].length, edit.addFiles?.length ?? 0, "every file has its place");
  },
};
