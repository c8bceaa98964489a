/** Fuzz target: zone.json. As it is, and with a checksum that fits what the text says. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeIdentity, encodeIdentity, type ZoneIdentity } from "../../../src/engine/zones/zone-identity.js";
import { native } from "../../../src/native.js";
import { decoded, sameBytes, type FuzzTarget } from "../target.js";

const anyIdentity: fc.Arbitrary<ZoneIdentity> = fc
  .record({
    format: fc.constant(1),
    storeId: fc.stringMatching(/^[0-9a-f]{16}$/),
    zoneIndex: fc.nat(2),
    zoneCount: fc.constantFrom(1, 3),
    createdAt: fc.oneof(fc.constant("2026-11-27T00:00:00.000Z"), fc.string({ maxLength: 30 })),
    origin: fc.constantFrom("create" as const, "heal" as const),
  })
  .filter(({ zoneIndex, zoneCount }) => zoneIndex < zoneCount);

/** The input with its checksum made right, if it is JSON of that shape. */
function resealed(input: Uint8Array): Uint8Array | undefined {
  try {
    const { zone } = JSON.parse(Buffer.from(input).toString("utf8")) as { zone: unknown };
    const checksum = native
      .crc32c(Buffer.from(JSON.stringify(zone)))
      .toString(16)
      .padStart(8, "0");
    return Buffer.from(`${JSON.stringify({ zone, checksum }, undefined, 2)}\n`);
  } catch {
    return undefined;
  }
}

function checkOne(bytes: Uint8Array): void {
  const identity = decoded(() => decodeIdentity(bytes, "zone.json"));
  if (identity === undefined) return;
  sameBytes(encodeIdentity(identity), bytes, "every byte counts");
  assert.ok(identity.zoneIndex < identity.zoneCount && /^[0-9a-f]{16}$/.test(identity.storeId));
}

export const zoneIdentityTarget: FuzzTarget = {
  name: "zone-identity",
  covers: ["engine/zones/zone-identity.js"],
  valid: anyIdentity.map(encodeIdentity),
  roundTrip: fc.property(anyIdentity, fc.nat(), fc.nat(7), (identity, at, bit) => {
    const bytes = encodeIdentity(identity);
    assert.deepEqual(decodeIdentity(bytes, "zone.json"), { ...identity });
    const broken = bytes.slice();
    broken[at % broken.length]! ^= 1 << bit;
    assert.equal(
      decoded(() => decodeIdentity(broken, "zone.json")),
      undefined,
      "no byte can change",
    );
  }),
  check: (input) => {
    checkOne(input);
    const sealed = resealed(input);
    if (sealed !== undefined) checkOne(sealed);
  },
};
