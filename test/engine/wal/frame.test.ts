import fc from "fast-check";
import t from "tap";
import { crc32cBytes } from "../../../src/crc32c.js";
import { VarveError } from "../../../src/errors.js";
import {
  checkFrameBody,
  decodeFrameHeader,
  encodeFrame,
  frameHeaderBytes,
  frameKind,
  frameLength,
  lastSequenceOf,
  type FramePlace,
} from "../../../src/engine/wal/frame.js";

const storeId = "0123456789abcdef";
const place: FramePlace = { kind: frameKind.log, storeId, fileNumber: 43, position: 8192 };
const fileBytes = 1 << 20;

/** The example of src/engine/wal/README.md. */
function example(payload = "varve"): Uint8Array {
  const frame = new Uint8Array(frameLength(payload.length)).fill(0xcc);
  frame.set(Buffer.from(payload), frameHeaderBytes);
  const fields = {
    ...place,
    payloadLength: payload.length,
    epoch: 7,
    firstSequence: 1001,
    durableSequence: 1000,
    recordCount: 2,
    previousChecksum: 0xdeadbeef,
  };
  encodeFrame(frame, fields, Buffer.from(storeId, "hex"), crc32cBytes);
  return frame;
}

function dump(bytes: Uint8Array): string[] {
  return Array.from({ length: bytes.length / 16 }, (_, i) => {
    const row = Buffer.from(bytes.subarray(16 * i, 16 * i + 16)).toString("hex");
    return `${(16 * i).toString(16).padStart(4, "0")}  ${row.match(/../g)?.join(" ") ?? ""}`;
  });
}

t.test("the bytes of a frame are these and no others", async (t) => {
  const frame = example();
  t.same(dump(frame.subarray(0, 112)), [
    "0000  56 52 56 46 65 df d8 dd 01 01 00 00 05 00 00 00",
    "0010  01 23 45 67 89 ab cd ef 07 00 00 00 00 00 00 00",
    "0020  2b 00 00 00 00 00 00 00 00 20 00 00 00 00 00 00",
    "0030  e9 03 00 00 00 00 00 00 e8 03 00 00 00 00 00 00",
    "0040  02 00 00 00 50 da 7a 2c ef be ad de 00 00 00 00",
    "0050  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
    "0060  76 61 72 76 65 00 00 00 00 00 00 00 00 00 00 00",
  ]);
  t.equal(frame.length, 4096);
  t.ok(
    frame.subarray(101).every((byte) => byte === 0),
    "zeros behind the payload",
  );
});

t.test("a frame comes back as it was written", async (t) => {
  const frame = example();
  const decoded = decodeFrameHeader(frame, place, fileBytes, crc32cBytes);
  if (decoded.outcome !== "valid") throw new RangeError(decoded.outcome);
  t.match(decoded.header, { ...place, epoch: 7, firstSequence: 1001, durableSequence: 1000, recordCount: 2 });
  t.equal(decoded.header.previousChecksum, 0xdeadbeef);
  t.equal(lastSequenceOf(decoded.header), 1002);
  t.ok(checkFrameBody(frame, decoded.header, crc32cBytes));
});

t.test("no byte of a frame can change unnoticed", async (t) => {
  const frame = example();
  for (let offset = 0; offset < frame.length; offset++) {
    const damaged = frame.slice();
    damaged[offset] = (damaged[offset] ?? 0) ^ 0x10;
    const decoded = decodeFrameHeader(damaged, place, fileBytes, crc32cBytes);
    const isValid = decoded.outcome === "valid" && checkFrameBody(damaged, decoded.header, crc32cBytes);
    if (isValid) t.fail(`byte ${offset}`);
  }
});

t.test("a frame anywhere but in its place is foreign", async (t) => {
  const frame = example();
  const elsewhere: FramePlace[] = [
    { ...place, position: 4096 },
    { ...place, fileNumber: 44 },
    { ...place, storeId: "0123456789abcdee" },
    { ...place, kind: frameKind.manifest },
  ];
  for (const other of elsewhere) {
    t.equal(decodeFrameHeader(frame, other, fileBytes, crc32cBytes).outcome, "foreign");
  }
  t.equal(decodeFrameHeader(frame, place, 8192 + 4095, crc32cBytes).outcome, "foreign", "it would reach over the end");
});

t.test("a frame of a newer format is refused, not skipped", async (t) => {
  const frame = example();
  frame[8] = 2;
  new DataView(frame.buffer).setUint32(4, crc32cBytes(frame.subarray(8, frameHeaderBytes)), true);
  t.throws(() => decodeFrameHeader(frame, place, fileBytes, crc32cBytes), { code: "FORMAT_NEWER" });
});

t.test("any bytes decode to an outcome", async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }).map((changes) => {
      const frame = example();
      for (const [offset, value] of changes) frame[offset] = value;
      return frame;
    }),
  );
  fc.assert(
    fc.property(bytes, (input) => {
      try {
        const decoded = decodeFrameHeader(input, place, fileBytes, crc32cBytes);
        if (decoded.outcome === "valid") checkFrameBody(input, decoded.header, crc32cBytes);
      } catch (error) {
        if (!(error instanceof VarveError)) throw error;
      }
    }),
  );
});
