/**
 * One store that is killed over and over: opened by a server process, compared with the expected state, written to, killed at a random
 * moment (some while it opens), and so on; in the end it is closed cleanly and its files are verified.
 *
 * All choices come from the seed, but for the moments, which the machine decides too.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import type { StoreOptions } from "../../src/engine/options.js";
import { realIo } from "../../src/io/real/index.js";
import { SeededRandom } from "../../src/io/simulated/index.js";
import { KillableServer } from "../support/killable-server.js";
import { createTable, Refused, scanAll, WireClient } from "../support/wire-client.js";
import { faultOfFiles } from "./closed-store.js";
import { ExpectedState, type WireItem } from "./expected-state.js";
import { Load, TableName } from "./load.js";

export interface CrashTotals {
  kills: number;
  /** Of them, before the server listened. */
  killsWhileOpening: number;
  writes: number;
  reads: number;
  itemsCompared: number;
  faults: string[];
}

export const noKills = (): CrashTotals => ({
  kills: 0,
  killsWhileOpening: 0,
  writes: 0,
  reads: 0,
  itemsCompared: 0,
  faults: [],
});

const writers = 8;
const keysPerWriter = 40;
const connections = 12;
/** A load is killed when it has done up to this many writes, a power of two, few as often as many. */
const mostWritesInPowers = 10;

/** A load that takes so long is stuck, however busy the machine is. */
const loadLimitMs = 120_000;

/** What a seed's store is like. */
export function optionsOf(seed: number): StoreOptions {
  const random = new SeededRandom(seed);
  const zones = random.pick([1, 3, 3, 3] as const);
  return { zones, durability: random.pick(["quorum", "quorum", "all"] as const) };
}

export class CrashRun {
  private readonly random: SeededRandom;
  private readonly expected: ExpectedState;
  private readonly store: string;
  readonly totals = noKills();
  /** How long the last opening took. */
  private openingMs = 50;

  constructor(
    directory: string,
    seed: number,
    private readonly storeOptions: StoreOptions = optionsOf(seed),
  ) {
    this.random = new SeededRandom(seed);
    this.store = join(directory, "store");
    this.expected = new ExpectedState(join(directory, "expected"));
  }

  /** Kills until `isOver`, then closes the server cleanly and compares once more. Ends early at the first fault. */
  async run(isOver: (totals: CrashTotals) => boolean): Promise<CrashTotals> {
    try {
      while (!isOver(this.totals) && this.totals.faults.length === 0) await this.round();
      if (this.totals.faults.length === 0) await this.finish();
    } catch (error) {
      this.fault(error instanceof Error ? (error.stack ?? error.message) : String(error));
    } finally {
      this.expected.close();
    }
    return this.totals;
  }

  private fault(text: string): void {
    this.totals.faults.push(`after ${this.totals.kills} kills: ${text}`);
  }

  private async round(): Promise<void> {
    const server = KillableServer.start(this.store, this.storeOptions);
    try {
      if (this.random.below(4) === 0) await this.killWhileOpening(server);
      else await this.killUnderLoad(server);
    } finally {
      await server.kill();
      if (server.errors !== "") this.fault(`the server complains: ${server.errors}`);
    }
  }

  private async killWhileOpening(server: KillableServer): Promise<void> {
    const state = { isOpen: false, isKilled: false };
    const listening = server.listening().then(
      () => (state.isOpen = true),
      (error: unknown) => {
        if (!state.isKilled) this.fault(String(error));
      },
    );
    await server.opening();
    await sleep(this.random.below(this.openingMs + 2));
    if (!state.isOpen) this.totals.killsWhileOpening++;
    state.isKilled = true;
    await server.kill();
    await listening;
    this.totals.kills++;
  }

  private async killUnderLoad(server: KillableServer): Promise<void> {
    await server.opening();
    const startedMs = performance.now();
    const client = new WireClient(await server.listening(), connections);
    this.openingMs = Math.ceil(performance.now() - startedMs);
    try {
      await this.compare(client);
      await this.loadUntilKilled(client, server);
    } finally {
      client.close();
    }
  }

  private async loadUntilKilled(client: WireClient, server: KillableServer): Promise<void> {
    const { expected } = this;
    const load = new Load({ client, expected, writers, keysPerWriter, below: (bound) => this.random.below(bound) });
    const running = load.run();
    const writes = 2 ** this.random.below(mostWritesInPowers);
    const limitMs = performance.now() + loadLimitMs;
    while (load.writes < writes && load.faults.length === 0) {
      if (performance.now() > limitMs)
        load.faults.push(`${load.writes} of ${writes} writes were answered, then no more`);
      await sleep(1);
    }
    await sleep(this.random.below(6));
    load.stop();
    await server.kill();
    await running;
    this.totals.kills++;
    this.totals.writes += load.writes;
    this.totals.reads += load.reads;
    for (const fault of load.faults) this.fault(fault);
  }

  /** Everything in the table against everything expected, which settles what was under way at the kill. */
  private async compare(client: WireClient): Promise<void> {
    const found = new Map((await this.items(client)).map((item) => [item.pk.S, item]));
    for (const key of new Set([...found.keys(), ...this.expected.names()])) {
      const fault = this.expected.settle(key, found.get(key));
      if (fault !== undefined) this.fault(fault);
      this.totals.itemsCompared++;
    }
    this.expected.compact();
  }

  private async items(client: WireClient): Promise<WireItem[]> {
    try {
      return await scanAll<WireItem>(client, TableName);
    } catch (error) {
      const isMissing = error instanceof Refused && error.name === "ResourceNotFoundException";
      if (!isMissing || this.expected.names().length > 0) throw error;
      await createTable(client, TableName);
      return [];
    }
  }

  private async finish(): Promise<void> {
    const server = KillableServer.start(this.store, this.storeOptions);
    try {
      const client = new WireClient(await server.listening(), connections);
      await this.compare(client);
      client.close();
      const code = await server.stop();
      if (code !== 0) this.fault(`the server ended with code ${String(code)}`);
    } finally {
      await server.kill();
    }
    const fault = await faultOfFiles(realIo(), this.store, this.storeOptions);
    if (fault !== undefined) this.fault(fault);
  }
}
