// The steps of a network: every map from the picture and the weights that are in the page.
import { bytesOf } from "./maps.mjs";

const ACTIVATIONS = {
  relu: (x) => Math.max(x, 0),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  silu: (x) => x / (1 + Math.exp(-x)),
};

export const numbersOf = (text) => new Float32Array(bytesOf(text).buffer);

// Along each axis: [the input place of a tap], padding included, before it is known to be inside.
const inputPlace = ({ stride, padding, dilation = [1, 1] }, axis, cell, tap) => cell * stride[axis] - padding[axis] + tap * dilation[axis];

// The first input map that output map `map` reads.
const firstInput = ({ inputs, groups, shape }, map) => inputs * Math.floor(map / (shape[0] / groups));

export function kernelOf(step, numbers, map, input) {
  const [height, width] = step.kernel;
  const start = step.weight + (map * step.inputs + input) * height * width;
  return Array.from({ length: height }, (_, i) => Array.from(numbers.subarray(start + i * width, start + (i + 1) * width)));
}

// Add to `sums` what one input map, through its own kernel, gives to output map `map`.
function addIntermediate(sums, step, numbers, source, map, input) {
  const [, inputHeight, inputWidth] = source.shape;
  const [, height, width] = step.shape;
  const plane = source.values.subarray((firstInput(step, map) + input) * inputHeight * inputWidth);
  kernelOf(step, numbers, map, input).forEach((weights, i) => weights.forEach((weight, j) => {
    for (let row = 0; row < height; row += 1) {
      const y = inputPlace(step, 0, row, i);
      if (y < 0 || y >= inputHeight) continue;
      for (let column = 0; column < width; column += 1) {
        const x = inputPlace(step, 1, column, j);
        if (x >= 0 && x < inputWidth) sums[row * width + column] += weight * plane[y * inputWidth + x];
      }
    }
  }));
}

export function intermediate(step, numbers, source, map, input) {
  const sums = new Float64Array(step.shape[1] * step.shape[2]);
  addIntermediate(sums, step, numbers, source, map, input);
  return Array.from(sums);
}

const biasOf = (step, numbers, map) => (step.bias === null ? 0 : numbers[step.bias + map]);

function conv(step, numbers, source) {
  const [maps, height, width] = step.shape;
  const values = new Float32Array(maps * height * width);
  for (let map = 0; map < maps; map += 1) {
    const sums = new Float64Array(height * width).fill(biasOf(step, numbers, map));
    for (let input = 0; input < step.inputs; input += 1) addIntermediate(sums, step, numbers, source, map, input);
    values.set(sums, map * height * width);
  }
  return values;
}

// The numbers of a map under a pooling window; those in the padding are left out.
export function underWindow(step, source, map, row, column) {
  const [, height, width] = source.shape;
  const found = [];
  for (let i = 0; i < step.kernel[0]; i += 1) {
    for (let j = 0; j < step.kernel[1]; j += 1) {
      const [y, x] = [inputPlace(step, 0, row, i), inputPlace(step, 1, column, j)];
      if (y >= 0 && y < height && x >= 0 && x < width) found.push(source.values[(map * height + y) * width + x]);
    }
  }
  return found;
}

function pool(step, source) {
  const [maps, height, width] = step.shape;
  const answer = step.mode === "max" ? (found) => Math.max(...found) :
    (found) => found.reduce((sum, value) => sum + value, 0) / (step.kernel[0] * step.kernel[1]);
  return Float32Array.from({ length: maps * height * width }, (_, i) =>
    answer(underWindow(step, source, Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width)));
}

function valuesOf(step, numbers, sources) {
  const [{ values }] = sources;
  const area = step.shape[1] * step.shape[2];
  if (step.kind === "conv") return conv(step, numbers, sources[0]);
  if (step.kind === "pool") return pool(step, sources[0]);
  if (step.kind === "sum") return values.map((value, i) => value + sources[1].values[i]);
  if (step.kind === "activation") return values.map(ACTIVATIONS[step.function]);
  return values.map((value, i) => {
    const map = Math.floor(i / area);
    return value * numbers[step.scale + map] + numbers[step.shift + map];
  });
}

// Every step's maps, as {shape, values}; `picture` is base64 of its bytes, channel by channel.
export function forward(steps, numbers, picture) {
  const maps = [];
  for (const step of steps) {
    const values = step.kind === "picture" ? Float32Array.from(bytesOf(picture), (byte) => byte / 255) :
      valuesOf(step, numbers, step.from.map((place) => maps[place]));
    maps.push({ shape: step.shape, values });
  }
  return maps;
}

export const valueAt = ({ shape: [, height, width], values }, map, [row, column]) => values[(map * height + row) * width + column];

// What each input map adds at one cell of output map `map`, and the bias.
export function partsOf(step, numbers, source, map, [row, column]) {
  const [, height, width] = source.shape;
  const first = firstInput(step, map);
  const parts = Array.from({ length: step.inputs }, (_, input) => {
    let part = 0;
    kernelOf(step, numbers, map, input).forEach((weights, i) => weights.forEach((weight, j) => {
      const [y, x] = [inputPlace(step, 0, row, i), inputPlace(step, 1, column, j)];
      if (y >= 0 && y < height && x >= 0 && x < width) part += weight * source.values[((first + input) * height + y) * width + x];
    }));
    return part;
  });
  return { parts, bias: biasOf(step, numbers, map), first };
}

// The pixels of one input map under the window at a cell; null where they are padding.
export function patchOf(step, source, map, [row, column]) {
  const [, height, width] = source.shape;
  return Array.from({ length: step.kernel[0] }, (_, i) => Array.from({ length: step.kernel[1] }, (_, j) => {
    const [y, x] = [inputPlace(step, 0, row, i), inputPlace(step, 1, column, j)];
    return y >= 0 && y < height && x >= 0 && x < width ? source.values[(map * height + y) * width + x] : null;
  }));
}

// Where a window begins in the input, and how far it reaches, as [[top, height], [left, width]].
export function spanOf(step, cell) {
  if (!step.kernel) return cell.map((place) => [place, 1]);
  return cell.map((place, axis) => [inputPlace(step, axis, place, 0), (step.dilation?.[axis] ?? 1) * (step.kernel[axis] - 1) + 1]);
}

// The steps that follow one map alone, until the next convolution, sum or fork.
export function chainFrom(steps, start) {
  const chain = [];
  let place = start;
  for (;;) {
    const next = steps.flatMap((step, i) => (step.from.includes(place) ? [i] : []));
    if (next.length !== 1 || !["affine", "activation", "pool"].includes(steps[next[0]].kind)) return chain;
    [place] = next;
    chain.push(place);
  }
}

// The cell behind a pooling that reads this cell, or the cell itself.
export function cellAfter(step, cell) {
  if (step.kind !== "pool") return cell;
  return cell.map((place, axis) => Math.min(Math.floor((place + step.padding[axis]) / step.stride[axis]), step.shape[1 + axis] - 1));
}

// Steps that belong together: a convolution and what follows it.
export function blocksOf(steps) {
  const blocks = [];
  steps.forEach((step, i) => {
    if (i === 0 || step.kind === "conv") blocks.push([]);
    blocks.at(-1).push(i);
  });
  return blocks;
}

export function problemOf({ picture, step, map, cell, pictures, steps, scope = "layer" }) {
  if (!["layer", "map"].includes(scope)) return `scope='${scope}' is not there. Use "layer" or "map".`;
  const within = ([name, value, count]) => (Number.isInteger(value) && value >= 0 && value < count ? "" : `${name}=${value} is not there. Use 0 to ${count - 1}.`);
  const outer = within(["picture", picture, pictures.length]) || within(["step", step, steps.length]);
  if (outer) return outer;
  const [maps, height, width] = steps[step].shape;
  return within(["map", map, maps]) || within(["row", cell[0], height]) || within(["column", cell[1], width]);
}
