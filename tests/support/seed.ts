/**
 * Loaded before every test file: property tests draw the same inputs in every run, so that a gate
 * that was green stays green until something changes. `PROPERTY_SEED=n` draws others; new ones are
 * looked for by `deno task fuzz`.
 *
 * @module
 */

import fc from "fast-check";

fc.configureGlobal({ seed: Number(Deno.env.get("PROPERTY_SEED") ?? 1) });
