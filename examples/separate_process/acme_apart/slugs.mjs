// A plugin of Mosaic without a line of Python: JSON-RPC 2.0 on standard input and output, one message a
// line. What the methods are called stands in `mosaic_hookspecs.plugin_protocol`.
import { createInterface } from "node:readline";

const OPERATION = {
  name: "slugs.make",
  kind: "query",
  permission: "slugs:read",
  summary: "Make a slug of a title.",
  input: {
    title: "Title",
    type: "object",
    properties: {
      text: { type: "string", description: "The title." },
      separator: { type: "string", default: "-", description: "What stands between the words." },
    },
    required: ["text"],
  },
  output: { title: "Slug", type: "object", properties: { slug: { type: "string" } }, required: ["slug"] },
};

function slug({ text, separator }) {
  const words = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().match(/[\p{L}\p{N}]+/gu);
  if (!words) throw refusal("empty-slug", "nothing in the title can stand in a slug", "Write a letter or a digit.");
  return { slug: words.join(separator) };
}

function refusal(code, what, hint) {
  const data = { kind: "InputError", code, what, where: "text", expected: "", got: "", hint };
  return Object.assign(new Error(what), { rpc: { code: -32000, message: what, data } });
}

const METHODS = {
  initialize: () => ({
    protocol: "1.0",
    hooks: "1.1",
    implements: ["mosaic_operations", "mosaic_health"],
  }),
  mosaic_operations: () => [OPERATION],
  mosaic_health: () => ({ is_well: true, detail: `node ${process.versions.node}` }),
  operation: ({ input }) => slug(input),
  shutdown: () => null,
};

const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) continue; // a notification: there is nothing here to cancel
  try {
    if (!(method in METHODS)) throw Object.assign(new Error(), { rpc: { code: -32601, message: `no ${method}` } });
    send({ id, result: METHODS[method](params) });
  } catch (error) {
    send({ id, error: error.rpc ?? { code: -32603, message: String(error) } });
  }
}
