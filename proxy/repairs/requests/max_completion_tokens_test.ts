import {
  assertLeaves,
  assertMends,
  assertServesNot,
  subjectOf,
} from "../../../tests/support/repair_check.ts";
import { maxCompletionTokens } from "./max_completion_tokens.ts";

const CLAUDE = subjectOf("databricks-claude-opus-4-8");

Deno.test("max-completion-tokens becomes max_tokens", () => {
  assertMends(maxCompletionTokens, CLAUDE, {
    before: { max_completion_tokens: 100, n: 1 },
    after: { max_tokens: 100, n: 1 },
  });
});

Deno.test("max-completion-tokens never overrules a max_tokens, and makes none of nothing", () => {
  assertMends(maxCompletionTokens, CLAUDE, {
    before: { max_completion_tokens: 100, max_tokens: 50 },
    after: { max_tokens: 50 },
  });
  assertMends(maxCompletionTokens, CLAUDE, { before: { max_completion_tokens: null }, after: {} });
  assertLeaves(maxCompletionTokens, CLAUDE, { max_tokens: 50 });
});

Deno.test("max-completion-tokens is OpenAI's own", () => {
  assertServesNot(maxCompletionTokens, subjectOf("databricks-gpt-5-5"));
});
