// `npm run protocol`: reads firmware/PROTOCOL.md and writes the C and TypeScript that are generated from it. For those who work on
// reflexarc itself; run it after `npm run build`.

import { join } from "node:path";
import { readNamed, writeTree } from "../host/files.ts";
import { packageRoot } from "../host/package-root.ts";
import { PROTOCOL_PATH, protocolFiles } from "../link/protocol/files.ts";

const markdown = new TextDecoder().decode(await readNamed(join(packageRoot, PROTOCOL_PATH)));
const files = protocolFiles(markdown);
await writeTree(packageRoot, files);
process.stdout.write(`${[...files.keys()].join("\n")}\n`);
