// Calls the workspace once for each line that comes in, and says in a line how it went.

import { createRequire } from "node:module";
import process from "node:process";
import { createInterface } from "node:readline";

const require = createRequire(process.argv[2]);
const { WorkspaceClient } = require("@databricks/sdk-experimental");

async function call(workspace, question) {
  const { userName } = await workspace.currentUser.me();
  const messages = [{ role: "user", content: question }];
  const { choices } = await workspace.servingEndpoints.query({ name: "m", messages });
  return { user: userName, answer: choices[0].message.content };
}

let workspace = null;
for await (const line of createInterface({ input: process.stdin })) {
  let said;
  try {
    // Made once: it keeps what it was given for as long as it likes.
    workspace ??= new WorkspaceClient({});
    said = await call(workspace, JSON.parse(line));
    said.auth = workspace.config.authType;
  } catch (error) {
    said = { error: error.message };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
