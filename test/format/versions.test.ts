/** Every decoder refuses a version that it does not know: a higher one as newer, naming both; 0, which no program wrote, as damage. */
import t from "tap";
import { crc32cBytes } from "../../src/crc32c.js";
import { decodeEdit, encodeEdit } from "../../src/engine/manifest/edit-codec.js";
import { decodeFooter, encodeFooter, footerChecksum, footerBytes } from "../../src/engine/sstable/footer.js";
import { decodeFrameHeader, encodeFrame, frameKind, frameLength } from "../../src/engine/wal/frame.js";
import { decodeIdentity } from "../../src/engine/zones/zone-identity.js";
import { decodeTableDescriptor } from "../../src/tables/table-descriptor.js";
import { decodeItem, encodeItem } from "../../src/tables/values/item-encoding.js";

const storeId = "0011223344556677";

function frameOf(version: number): ReturnType<typeof decodeFrameHeader> {
  const place = { kind: frameKind.log, storeId, fileNumber: 1, position: 0 };
  const frame = Buffer.alloc(frameLength(3));
  const numbers = { payloadLength: 3, epoch: 1, firstSequence: 1, durableSequence: 0, recordCount: 1 };
  encodeFrame(frame, { ...place, ...numbers, previousChecksum: 0 }, Buffer.from(storeId, "hex"), crc32cBytes);
  frame[8] = version;
  frame.writeUInt32LE(crc32cBytes(frame.subarray(8, 96)), 4);
  return decodeFrameHeader(frame, place, 4096, crc32cBytes);
}

function footerOf(version: number): unknown {
  const place = { storeId, fileNumber: 1, sizeBytes: 4096 };
  const section = (offset: number): { offset: number; storedLength: number; checksum: number } => {
    return { offset, storedLength: 10, checksum: 1 };
  };
  const { bytes } = encodeFooter({ filter: section(10), index: section(20), properties: section(30) }, place);
  const footer = Buffer.from(bytes);
  footer.writeUInt32LE(version, 8);
  footer.writeUInt32LE(footerChecksum(footer, place), footerBytes - 4);
  return decodeFooter(footer, place);
}

function identityOf(format: number): unknown {
  const zone = { format, storeId, zoneIndex: 0, zoneCount: 3, createdAt: "now", origin: "create" };
  const checksum = crc32cBytes(Buffer.from(JSON.stringify(zone)))
    .toString(16)
    .padStart(8, "0");
  return decodeIdentity(Buffer.from(`${JSON.stringify({ zone, checksum }, undefined, 2)}\n`), "/zone/zone.json");
}

function editOf(format: number): unknown {
  const text = Buffer.from(encodeEdit({ epoch: 1 })).toString("utf8");
  return decodeEdit(Buffer.from(text.replace('"format":1', `"format":${format}`)));
}

function itemOf(version: number): unknown {
  const bytes = encodeItem({ a: { N: "1" } }, 3);
  bytes[0] = version;
  return decodeItem(bytes);
}

function tableOf(formatVersion: number): unknown {
  const rest = {
    tableName: "T",
    tableId: "id",
    creationMs: 0,
    attributeDefinitions: [],
    keySchema: [],
    partitions: [],
    tags: [],
    throughput: {},
  };
  return decodeTableDescriptor(Buffer.from(JSON.stringify({ formatVersion, ...rest })));
}

const decoders = { frameOf, footerOf, identityOf, editOf, itemOf, tableOf };

for (const [name, decode] of Object.entries(decoders)) {
  t.test(`${name}: version 1 is taken, 2 and more are refused as newer`, async (t) => {
    t.doesNotThrow(() => decode(1));
    t.not(decode(1), undefined);
    for (const version of [2, 255]) {
      t.throws(() => decode(version), { code: "FORMAT_NEWER", message: new RegExp(`${version}.*1`), got: version });
    }
  });
}

t.test("version 0 is damage", async (t) => {
  t.equal(frameOf(0).outcome, "none");
  t.equal(identityOf(0), undefined);
  for (const decode of [footerOf, editOf, itemOf, tableOf]) t.throws(() => decode(0), { code: "CORRUPTION" });
});
