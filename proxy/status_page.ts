/**
 * The status as a page for a browser: what `status` prints, drawn anew every few seconds.
 *
 * @module
 */

import type { Status } from "./status.ts";
import { renderStatus } from "./status_text.ts";

/** How long a picture stands. */
const EVERY_SECONDS = 5;

const STYLE = ":root{color-scheme:light dark}" +
  "body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}" +
  "pre{font:14px/1.6 ui-monospace,monospace;white-space:pre-wrap}";

/** The address of the page holds a key: it goes nowhere else, and nothing else comes in. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/**
 * The page. It has no script, and of secrets nothing: not even the metadata URL.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { escapeHtml } from "./status_page.ts";
 *
 * assert.equal(escapeHtml(`<a b="c">&`), "&lt;a b=&quot;c&quot;&gt;&amp;");
 * ```
 */
export function renderPage(status: Status): string {
  const verdict = status.isWell ? "all is well" : "not well";
  return "<!doctype html>\n" +
    `<html lang="en"><head><meta charset="utf-8"><title>Keyturn: ${verdict}</title>` +
    `<meta http-equiv="refresh" content="${EVERY_SECONDS}">` +
    // Else the browser asks for an icon, without a key.
    `<link rel="icon" href="data:,"><style>${STYLE}</style></head>` +
    `<body><h1>Keyturn: ${verdict}</h1>` +
    `<pre>${escapeHtml(renderStatus(status))}</pre></body></html>\n`;
}

/** Text that stands for itself in a page: an error's text may be a workspace's own HTML. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
