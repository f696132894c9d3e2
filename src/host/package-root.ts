// Where the package lies on this machine: the folder of package.json, boards/, firmware/ and templates/. The same from src/
// and from dist/, since this file is two levels below the root in both.

import { fileURLToPath } from "node:url";

export const packageRoot: string = fileURLToPath(new URL("../../", import.meta.url));
