/** Fail the Nth call, sampled: `npm run nth-call` tries every N. See nth-call.ts for what is judged. */
import t from "tap";
import { liveWithFailure, scopes } from "./nth-call.js";

/** Of each scope the errno that is most likely there, and how far apart the Ns are. */
const samples = { one: ["EIO", 11], all: ["EIO", 13], onwards: ["EROFS", 23], single: ["ENOSPC", 19] } as const;

for (const scope of scopes) {
  const [errno, step] = samples[scope];
  t.test(
    `the Nth call fails (${scope}): an error or success, never damage; what was acknowledged is there`,
    async (t) => {
      let runs = 0;
      for (let nth = 1; ; nth += step) {
        const { hit } = await liveWithFailure({ nth, errno, scope });
        if (!hit) break;
        runs++;
        if (runs > 100) t.fail("the life of a store has fewer calls");
      }
      t.ok(runs > 5, `${runs} lives, each with another call that failed`);
    },
  );
}
