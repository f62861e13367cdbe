// Builds what runs in the browser into ../static: modules and style sheets named by their content, and manifest.json,
// which tells what has become of each entry. `--verify` builds elsewhere and says whether ../static is the same.
import { build } from "esbuild";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "static");
const source = join(here, "src");

/** The entries: the shell, and an island a folder that has an index. */
async function entries() {
  const found = { app: join(source, "shell", "app.ts"), mode: join(source, "shell", "mode.ts") };
  for (const folder of (await readdir(source)).sort()) {
    const index = ["index.tsx", "index.ts"].map((name) => join(source, folder, name)).find(existsSync);
    if (index) found[folder] = index;
    const worker = join(source, folder, "worker.ts");
    if (existsSync(worker)) found[`${folder}-worker`] = worker;
  }
  return found;
}

async function buildInto(directory) {
  const result = await build({
    absWorkingDir: here,
    entryPoints: await entries(),
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["es2022", "chrome123", "firefox120", "safari17.5"],
    minify: true,
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    entryNames: "[name]-[hash]",
    chunkNames: "part-[hash]",
    metafile: true,
    outdir: directory,
    logLevel: "warning",
    logOverride: { "empty-import-meta": "silent" },
  });
  const manifest = {};
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    if (!output.entryPoint) continue;
    const name = basename(path);
    manifest[name.replace(/-[A-Z0-9]{8}(?=\.\w+$)/, "")] = name;
    if (output.cssBundle) {
      const style = basename(output.cssBundle);
      manifest[style.replace(/-[A-Z0-9]{8}(?=\.\w+$)/, "")] = style;
    }
  }
  const icon = await readFile(join(source, "icon.svg"));
  const hash = createHash("sha256").update(icon).digest("hex").slice(0, 8).toUpperCase();
  manifest["icon.svg"] = `icon-${hash}.svg`;
  await writeFile(join(directory, manifest["icon.svg"]), icon);
  await writeFile(join(directory, "licences.txt"), await licences(result.metafile));
  const sorted = Object.fromEntries(Object.entries(manifest).sort());
  await writeFile(join(directory, "manifest.json"), `${JSON.stringify(sorted, null, 2)}\n`);
}

/** The licences of the packages that the build holds. */
async function licences(metafile) {
  const inside = (path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1];
  const names = new Set(Object.keys(metafile.inputs).map(inside).filter(Boolean));
  const texts = [];
  for (const name of [...names].sort()) {
    const folder = join(here, "node_modules", name);
    const about = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one));
    const text = file ? await readFile(join(folder, file), "utf8") : `Licence: ${about.license}\n`;
    texts.push(`${name} ${about.version} (${about.license})\n\n${text.trim()}\n`);
  }
  return `What these files hold of others, and under which licences.\n\n${texts.join(`\n${"-".repeat(80)}\n\n`)}`;
}

async function contents(directory) {
  const found = {};
  for (const name of (await readdir(directory)).sort()) found[name] = await readFile(join(directory, name), "utf8");
  return found;
}

const made = await mkdtemp(join(tmpdir(), "mosaic-dashboard-"));
try {
  await buildInto(made);
  if (process.argv.includes("--verify")) {
    const [fresh, kept] = [await contents(made), await contents(target)];
    const differing = [...new Set([...Object.keys(fresh), ...Object.keys(kept)])].filter((name) => fresh[name] !== kept[name]);
    if (differing.length) {
      console.error(`../static is not what the sources build: ${differing.join(", ")}. Run: npm run build`);
      process.exitCode = 1;
    }
  } else {
    const staged = `${target}.new`;
    await rm(staged, { recursive: true, force: true });
    await mkdir(staged);
    for (const name of await readdir(made)) await cp(join(made, name), join(staged, name));
    await rm(target, { recursive: true, force: true });
    await rename(staged, target);
    console.log(`built ${relative(process.cwd(), target)}`);
  }
} finally {
  await rm(made, { recursive: true, force: true });
}
