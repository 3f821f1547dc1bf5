// The explorer's network, as its tests call it: lists in, lists out, no page.
import { forward, intermediate, numbersOf, partsOf } from "../../cnnlab/widgets/explorer_steps.mjs";

export function mapsOf(steps, numbers, picture) {
  return forward(steps, numbersOf(numbers), picture).map(({ values }) => Array.from(values));
}

// What each input map adds to an output map, everywhere and at one cell.
export function addedParts(step, plain, { shape, values }, map, cell) {
  const numbers = Float32Array.from(plain);
  const source = { shape, values: Float32Array.from(values) };
  const planes = Array.from({ length: step.inputs }, (_, input) => intermediate(step, numbers, source, map, input));
  return { ...partsOf(step, numbers, source, map, cell), planes };
}
