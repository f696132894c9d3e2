// Copies and fills in plain C: concatenation, split, slices and padding come down to them. Loops stand in policy_infer itself.

import { at } from "../../../core/assert.ts";
import { bufferBytes, type CopyStep, type FillStep, type IntegerProgram } from "../../../artifacts/integer-program.ts";
import type { Kernel, PrintedStep } from "../printed-step.ts";
import { denseStrides, loops, numberField, place, plainStep, terms } from "./plain-step.ts";

export const COPY_BYTES: Kernel = {
  name: "copy_bytes",
  needs: [],
  text: `/** @brief to[i] = from[i], from the first on: \`to\` may begin before \`from\` and overlap it. */
static void
copy_bytes(const int8_t* from, int8_t* to, size_t count) {
    for (size_t i = 0; i < count; i++) {
        to[i] = from[i];
    }
}
`,
};

const COPY_STRIDED: Kernel = {
  name: "copy_strided",
  needs: [],
  text: `/** @brief Copies elements that lie so many bytes apart. */
static void
copy_strided(const int8_t* from, ptrdiff_t from_step, int8_t* to, ptrdiff_t to_step, size_t count) {
    for (ptrdiff_t i = 0; i < (ptrdiff_t)count; i++) {
        to[i * to_step] = from[i * from_step];
    }
}
`,
};

const FILL: Kernel = {
  name: "fill",
  needs: [],
  text: `static void
fill(int8_t* to, size_t count, int8_t value) {
    for (size_t i = 0; i < count; i++) {
        to[i] = value;
    }
}
`,
};

export function copy(step: CopyStep, program: IntegerProgram): PrintedStep {
  const { sizes, from, to } = step;
  const buffer = at(program.buffers, step.output);
  const elementBytes = bufferBytes(buffer) / buffer.elements;
  const count = sizes.reduce((product, size) => product * size, 1);
  const last = sizes.length - 1;
  const [fromStep, toStep, run] = [at(from.strides, last), at(to.strides, last), at(sizes, last)];
  const contiguous = run === 1 || (fromStep === 1 && toStep === 1);
  return plainStep({
    description: `copy of ${count}`,
    kernels: [contiguous ? COPY_BYTES : COPY_STRIDED],
    fields: [],
    inPlace: movesNothing(step, program) ? [step.input] : [],
    call: (names) => {
      // The planner gave both one place.
      if (movesNothing(step, program) && names.buffer(step.input) === names.buffer(step.output)) return [];
      return loops(sizes.slice(0, last), (indices) => {
        const source = place(names.buffer(step.input), from.base, terms(indices, from.strides.slice(0, last)));
        const target = place(names.buffer(step.output), to.base, terms(indices, to.strides.slice(0, last)));
        if (contiguous) return [`copy_bytes(${source}, ${target}, ${run * elementBytes});`];
        return [`copy_strided(${source}, ${fromStep}, ${target}, ${toStep}, ${run});`];
      });
    },
  });
}

/** Whether it copies a whole buffer as it is: in place, nothing is left to do. */
export function movesNothing({ sizes, from, to, input, output }: CopyStep, program: IntegerProgram): boolean {
  const whole = sizes.reduce((product, size) => product * size, 1);
  const dense = denseStrides(sizes);
  const walksAll = [from, to].every(
    ({ base, strides }) => base === 0 && strides.every((stride, d) => stride === dense[d] || sizes[d] === 1),
  );
  return walksAll && [input, output].every((id) => at(program.buffers, id).elements === whole);
}

export function fill(step: FillStep, program: IntegerProgram): PrintedStep {
  return plainStep({
    description: "fill",
    kernels: [FILL],
    fields: [numberField("around", "int8_t", step.value, "Stands where nothing is copied to.")],
    call: ({ buffer, field }) => [`fill(${buffer(step.output)}, ${at(program.buffers, step.output).elements}, ${field("around")});`],
  });
}
