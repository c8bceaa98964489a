/** Arguments that several subcommands parse the same way. Errors are commander's, so that they name the option. */
import { InvalidArgumentError } from "commander";
import type { Durability } from "../engine/contract.js";
import type { StoreOptions } from "../engine/options.js";

export function integerBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be an integer from ${least} to ${most}.`);
    }
    return value;
  };
}

/** "A,B,C" or "A": the paths of the zones. */
export function zonePaths(text: string): string[] {
  const paths = text.split(",").filter((path) => path !== "");
  if (paths.length !== 1 && paths.length !== 3) {
    throw new InvalidArgumentError("Name three directories, or one, separated by commas.");
  }
  return paths;
}

/** The store options among the options of a subcommand. */
export function storeOptions(given: { zones?: string[]; durability?: Durability }): StoreOptions {
  return {
    ...(given.zones === undefined ? {} : { zones: given.zones }),
    ...(given.durability === undefined ? {} : { durability: given.durability }),
  };
}
