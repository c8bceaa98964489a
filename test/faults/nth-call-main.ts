/**
 * The command behind `npm run nth-call`: fails every call of a store's life in turn, for several errnos, in one zone and in all at once.
 *
 *   npm run nth-call [-- --minutes M] [--errno EIO] [--scope one|all|onwards|single]
 *
 * Each failure is printed with what reproduces it; at the end come the figures. Exit code 1 if anything failed.
 */
import { parseArgs } from "node:util";
import { errnos, liveWithFailure, scopes } from "./nth-call.js";

const { values } = parseArgs({
  options: {
    minutes: { type: "string" },
    errno: { type: "string" },
    scope: { type: "string" },
    nth: { type: "string" },
  },
});
const untilMs = Date.now() + Number(values.minutes ?? Infinity) * 60_000;
const endings = new Map<string, number>();
let runs = 0;
let wrong = 0;

/** False when the life was over before the Nth call. */
async function attempt(nth: number, errno: (typeof errnos)[number], scope: (typeof scopes)[number]): Promise<boolean> {
  runs++;
  try {
    const { hit, errors } = await liveWithFailure({ nth, errno, scope });
    const ending = errors.length === 0 ? "success" : "an error";
    endings.set(`${scope}: ${ending}`, (endings.get(`${scope}: ${ending}`) ?? 0) + 1);
    return hit;
  } catch (error) {
    wrong++;
    console.log(`npm run nth-call -- --nth ${nth} --errno ${errno} --scope ${scope}: ${String(error)}`);
    return true;
  }
}

for (const errno of errnos.filter((name) => (values.errno ?? name) === name)) {
  for (const scope of scopes.filter((name) => (values.scope ?? name) === name)) {
    if (values.nth !== undefined) await attempt(Number(values.nth), errno, scope);
    else for (let nth = 1; Date.now() < untilMs && (await attempt(nth, errno, scope)); nth++);
  }
}
console.table(Object.fromEntries(endings));
console.log(JSON.stringify({ runs, wrong }));
process.exitCode = wrong > 0 ? 1 : 0;
