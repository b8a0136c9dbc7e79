/**
 * Serves one of the static examples, on an origin of its own.
 *
 *     node examples/serve.mjs html [--loudhailer http://localhost:3000] [--port 8080]
 *     node examples/serve.mjs strict-csp
 *
 * Allow `http://localhost:8080` in Loudhailer's settings first.
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    loudhailer: { type: "string", default: "http://localhost:3000" },
    port: { type: "string", default: "8080" },
  },
});
const [example = "html"] = positionals;
const loudhailer = new URL(values.loudhailer).origin;

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
const POLICIES = {
  "strict-csp": [
    "default-src 'none'",
    `script-src 'self' ${loudhailer}`,
    "style-src 'self'",
    `connect-src ${loudhailer} ${loudhailer.replace(/^http/, "ws")}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; "),
};

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  // Every address without a file is the page: it navigates by itself.
  const name = /^\/[\w-]+\.(js|css)$/.test(pathname) ? pathname.slice(1) : "index.html";
  try {
    const text = await readFile(new URL(`${example}/${name}`, import.meta.url), "utf8");
    if (POLICIES[example]) response.setHeader("Content-Security-Policy", POLICIES[example]);
    response.setHeader("Content-Type", `${TYPES[extname(name)]}; charset=utf-8`);
    response.end(text.replaceAll("https://loudhailer.example.com", loudhailer));
  } catch {
    response.writeHead(404).end();
  }
});
server.listen(Number(values.port), "localhost", () => {
  console.log(`http://localhost:${server.address().port}`);
});
