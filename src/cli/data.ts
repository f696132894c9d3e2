// reflexarc data: what is recorded, looked at before anything is learnt from it, and given to others.

import { Command } from "commander";
import { dataExportCommand } from "./data-export.ts";
import { dataLintCommand } from "./data-lint.ts";
import { dataShowCommand } from "./data-show.ts";

export function dataCommand(): Command {
  return new Command()
    .addCommand(dataLintCommand().name("lint").description("what about the recordings spoils a policy, with numbers and what to do"))
    .addCommand(dataShowCommand().name("show").description("plot a recording: an HTML page, and its channels in the terminal"))
    .addCommand(dataExportCommand().name("export").description("recordings -> a data set for other tools"));
}
