/**
 * Which zone of the store each path is, decided from what was found there. Pure: no I/O.
 *
 * A zone is known by its identity, not by the place of its path in the options, so paths may change places. What is empty is a
 * replaced zone; it takes a place that nobody else has. Fewer usable zones than a quorum can not tell what was acknowledged.
 */
import { VarveError } from "../../errors.js";
import type { ZoneFinding } from "./zone-inspection.js";

export interface FoundZone {
  path: string;
  finding: ZoneFinding;
}

export interface ZoneRole {
  path: string;
  index: number;
  /** usable: open it. unnamed: open it and write its identity again. replaced, unreachable: failed, to be healed. */
  state: "usable" | "unnamed" | "replaced" | "unreachable";
  error?: unknown;
}

export interface StoreRoles {
  storeId: string;
  createdAt: string;
  /** In order of index. */
  zones: ZoneRole[];
  /** The making of the store did not get as far as its first log file. */
  unfinished: boolean;
}

export function quorumOf(zoneCount: number): number {
  return Math.floor(zoneCount / 2) + 1;
}

/** Undefined when no path holds anything of a store. */
export function chooseRoles(found: readonly FoundZone[], rescue: boolean): StoreRoles | undefined {
  const named = found.flatMap(({ path, finding }) => (finding.kind === "store" ? [{ path, ...finding }] : []));
  const [first] = named;
  if (first === undefined) {
    refuseNameless(found);
    return undefined;
  }
  for (const zone of named) refuseMisfits(zone, first, named, found.length);
  const unfinished = isUnfinished(found, named);
  const roles = found.map((zone) => roleOf(zone, unfinished));
  assignFreePlaces(roles);
  if (!unfinished && !rescue) refuseLostZones(roles);
  const { storeId, createdAt } = first.identity;
  return { storeId, createdAt, zones: roles.sort((a, b) => a.index - b.index), unfinished };
}

/** Nothing was ever acknowledged: the making of the store got no further, and no quorum that could hold more is out of sight. */
function isUnfinished(found: readonly FoundZone[], named: readonly NamedZone[]): boolean {
  if (named.some(({ isBegun, identity }) => isBegun || identity.origin === "heal")) return false;
  if (found.some(({ finding }) => finding.kind === "damaged")) return false;
  const unreachable = found.filter(({ finding }) => finding.kind === "unreachable").length;
  return unreachable === 0 || named.length >= quorumOf(found.length);
}

function refuseNameless(found: readonly FoundZone[]): void {
  for (const { path, finding } of found) {
    if (finding.kind !== "damaged") continue;
    const message = `${path} holds files of a store, but no zone has a readable identity (zone.json)`;
    throw new VarveError("CORRUPTION", message, { path });
  }
}

type NamedZone = Extract<ZoneFinding, { kind: "store" }> & { path: string };

function refuseMisfits(zone: NamedZone, first: NamedZone, named: readonly NamedZone[], zoneCount: number): void {
  const { path, identity } = zone;
  if (identity.storeId !== first.identity.storeId) {
    const message = `${path} is a zone of another store (${identity.storeId}) than ${first.path} (${first.identity.storeId})`;
    throw new VarveError("NOT_A_STORE", message, { path, expected: first.identity.storeId, got: identity.storeId });
  }
  if (identity.zoneCount !== zoneCount) {
    const message = `the store at ${path} has ${identity.zoneCount} zones, and ${zoneCount} are named`;
    throw new VarveError("INVALID_ARGUMENT", message, { path, expected: identity.zoneCount, got: zoneCount });
  }
  const twin = named.find((other) => other.path !== path && other.identity.zoneIndex === identity.zoneIndex);
  if (twin !== undefined) {
    const message = `${path} and ${twin.path} both say that they are zone ${identity.zoneIndex}: one is a copy; empty it and it will be rebuilt`;
    throw new VarveError("NOT_A_STORE", message, { path });
  }
}

function roleOf({ path, finding }: FoundZone, unfinished: boolean): ZoneRole {
  switch (finding.kind) {
    case "store":
      // A zone that lost everything but its name is as good as an empty one.
      return { path, index: finding.identity.zoneIndex, state: finding.hasFiles || unfinished ? "usable" : "replaced" };
    case "damaged":
      return { path, index: -1, state: "unnamed" };
    case "empty":
      return { path, index: -1, state: "replaced" };
    case "unreachable":
      return { path, index: -1, state: "unreachable", error: finding.error };
  }
}

/** Its own place in the options if that is free, else the lowest free one. */
function assignFreePlaces(roles: ZoneRole[]): void {
  const taken = new Set(roles.map(({ index }) => index));
  roles.forEach((role, place) => {
    if (role.index !== -1) return;
    const free = taken.has(place) ? roles.findIndex((_, index) => !taken.has(index)) : place;
    role.index = free;
    taken.add(free);
  });
}

function refuseLostZones(roles: readonly ZoneRole[]): void {
  const usable = roles.filter(({ state }) => state === "usable" || state === "unnamed").length;
  if (usable >= quorumOf(roles.length)) return;
  const missing = roles.filter(({ state }) => state === "replaced" || state === "unreachable");
  const list = missing.map(({ path, state }) => `${path} is ${state === "replaced" ? "empty" : "unreachable"}`);
  const message =
    `only ${usable} of ${roles.length} zones is left (${list.join(", ")}), too few to tell what was acknowledged; ` +
    "bring a zone back, or open with `rescue: true` to read what is there";
  const path = missing[0]?.path;
  throw new VarveError("ZONES_LOST", message, path === undefined ? {} : { path });
}
