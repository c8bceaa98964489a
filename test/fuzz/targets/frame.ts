/** Fuzz target: a frame of the log in its place. First the bytes as they are, then with both checksums made right, so that the fields are reached. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { native } from "../../../src/native.js";
import {
  checkFrameBody,
  decodeFrameHeader,
  encodeFrame,
  frameHeaderBytes,
  frameKind,
  frameLength,
  lastSequenceOf,
  type FrameFields,
  type FramePlace,
} from "../../../src/engine/wal/frame.js";
import { decoded, type FuzzTarget } from "../target.js";

const place: FramePlace = { kind: frameKind.log, storeId: "0123456789abcdef", fileNumber: 43, position: 8192 };
const fileBytes = 1 << 20;
const storeIdBytes = Buffer.from(place.storeId, "hex");

const count = fc.maxSafeNat();
const content = fc.record({
  payload: fc.uint8Array({ maxLength: 300 }),
  epoch: fc.integer({ min: 0, max: 2 ** 40 }),
  firstSequence: fc.integer({ min: 1, max: 2 ** 52 }),
  durableSequence: count,
  recordCount: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  previousChecksum: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
});
type Content = typeof content extends fc.Arbitrary<infer Value> ? Value : never;

function frameOf({ payload, ...fields }: Content): { frame: Uint8Array; fields: FrameFields } {
  const all = { ...place, ...fields, payloadLength: payload.length };
  const frame = new Uint8Array(frameLength(payload.length));
  frame.set(payload, frameHeaderBytes);
  encodeFrame(frame, all, storeIdBytes, native.crc32c);
  return { frame, fields: all };
}

/** The same bytes with checksums that fit them. */
export function resealed(frame: Uint8Array): Uint8Array {
  const sealed = frame.slice();
  if (sealed.length < frameHeaderBytes) return sealed;
  const view = new DataView(sealed.buffer);
  const length = Math.min(sealed.length, frameLength(view.getUint32(12, true)));
  view.setUint32(68, native.crc32c(sealed.subarray(frameHeaderBytes, length)), true);
  view.setUint32(4, native.crc32c(sealed.subarray(8, frameHeaderBytes)), true);
  return sealed;
}

function checkOne(bytes: Uint8Array): void {
  const result = decoded(() => decodeFrameHeader(bytes, place, fileBytes, native.crc32c));
  if (result?.outcome !== "valid") return;
  const { header } = result;
  assert.deepEqual(
    [header.kind, header.storeId, header.fileNumber, header.position],
    [place.kind, place.storeId, place.fileNumber, place.position],
  );
  assert.ok(header.position + frameLength(header.payloadLength) <= fileBytes, "within the file");
  assert.ok(header.recordCount > 0 && Number.isSafeInteger(lastSequenceOf(header)), "numbers that are exact");
  if (!checkFrameBody(bytes, header, native.crc32c)) return;
  assert.ok(bytes.length >= frameLength(header.payloadLength), "a good body is there whole");
}

export const frameTarget: FuzzTarget = {
  name: "frame",
  covers: ["engine/wal/frame.js"],
  valid: content.map((fields) => frameOf(fields).frame.slice(0, frameHeaderBytes + 64)),
  roundTrip: fc.property(content, (written) => {
    const { frame, fields } = frameOf(written);
    const result = decodeFrameHeader(frame, place, fileBytes, native.crc32c);
    if (result.outcome !== "valid") throw new RangeError(result.outcome);
    const { headerChecksum, bodyChecksum } = result.header;
    assert.deepEqual(result.header, { ...fields, headerChecksum, bodyChecksum });
    assert.ok(checkFrameBody(frame, result.header, native.crc32c));
    // No byte of it can change unnoticed.
    for (const at of [0, 9, 12, 30, 41, 66, 70, 95, frameHeaderBytes, frame.length - 1]) {
      const broken = frame.slice();
      broken[at]! ^= 1 + (written.recordCount % 255);
      const outcome = decodeFrameHeader(broken, place, fileBytes, native.crc32c);
      assert.ok(outcome.outcome !== "valid" || !checkFrameBody(broken, outcome.header, native.crc32c), `byte ${at}`);
    }
  }),
  check: (input) => {
    // Frames are whole blocks of which inputs hold the beginning.
    const whole = new Uint8Array(Math.max(4096, input.length));
    whole.set(input);
    for (const bytes of [input, whole, resealed(input), resealed(whole)]) checkOne(bytes);
  },
};
