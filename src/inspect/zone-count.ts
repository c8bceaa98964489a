/** How many zones the store of a directory has, so that people need not say it. */
import type { StoreOptions } from "../engine/options.js";
import { readIdentity } from "../engine/zones/zone-identity.js";
import { VarveError } from "../errors.js";
import type { Io } from "../io/io.js";

/** The `zones` option for the directory; given paths are taken as they are. */
export async function zonesOption(
  io: Io,
  directory: string,
  zones: readonly string[] | undefined,
): Promise<Pick<StoreOptions, "zones">> {
  if (zones !== undefined) return { zones };
  try {
    return { zones: (await readIdentity(io, `${directory}/zone-a`))?.zoneCount === 1 ? 1 : 3 };
  } catch (error) {
    // Newer or foreign: the opening says so.
    if (error instanceof VarveError) return { zones: 3 };
    throw error;
  }
}
