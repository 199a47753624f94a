// Builds the one style sheet of the intake. Its name holds a hash of its bytes, so browsers may keep it for ever.
import { createHash } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import * as sass from "sass";

const out = new URL("../static/", import.meta.url);
const { css } = sass.compile(new URL("page.scss", import.meta.url).pathname, {
  style: "compressed",
  loadPaths: [new URL("node_modules", import.meta.url).pathname],
  quietDeps: true,
});
// Fixed colours instead of custom properties: shorter, and right on the old WebViews of cheap phones.
const plain = css.replace(/^\uFEFF/, "").replace(/var\(--[a-z-]+, ([^()]+)\)/g, "$1");
const bytes = Buffer.from(plain + "\n");
const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
for (const name of readdirSync(out)) {
  if (/^page\.[0-9a-f]{12}\.css$/.test(name)) rmSync(new URL(name, out));
}
writeFileSync(new URL(`page.${hash}.css`, out), bytes);
process.stdout.write(`page.${hash}.css: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} compressed\n`);
