// Builds the one style sheet of the desk; its name holds a hash of its bytes, so that browsers may keep it.
import { createHash } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import * as sass from "sass";

const here = (name) => new URL(name, import.meta.url);
const { css } = sass.compile(here("desk.scss").pathname, {
  style: "compressed",
  loadPaths: [here("node_modules").pathname],
  quietDeps: true,
});
const bytes = Buffer.from(`${css.replace(/^\uFEFF/, "")}\n`);
const name = `desk.${createHash("sha256").update(bytes).digest("hex").slice(0, 12)}.css`;
for (const old of readdirSync(here("../static/"))) {
  if (old.startsWith("desk.") && old.endsWith(".css")) rmSync(here(`../static/${old}`));
}
writeFileSync(here(`../static/${name}`), bytes);
process.stdout.write(`${name}: ${bytes.length} bytes\n`);
