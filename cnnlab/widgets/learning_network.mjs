// A small convolutional network that trains in the page: its numbers, its answer, its gradient, a step
// of Adam, and its training. The arithmetic is pure functions on flat arrays; node tests it against torch.
import { largestOf } from "./class_bars.mjs";
import { bytesOf } from "./maps.mjs";

export const BATCH = 20; // images in a step
export const MEASURE_EVERY = 500; // images between two measurements of the accuracy
const LOSS_EVERY = 200; // images in a point of the loss curve
const PERMUTATION = 20; // the seed of the one order into which all images' pixels are put
// Images over which the learning rate rises to its value: large first steps close ReLUs for good.
const WARM_UP = 2000;

// Where the numbers of each layer stand in one flat array. A convolution has one kernel for each
// pair of an output and an input map; with `shared` false it has such a kernel at every place. Without
// pooling, a stride of 2 makes the maps as small as the pooling would, at no more work.
export function layersOf({ size, convs, shared, pooled, classes }) {
  const layers = [];
  let [maps, side, total] = [1, size, 0];
  const numbered = (layer, weights, biases) => {
    layers.push({ ...layer, weight: total, bias: total + weights, end: total + weights + biases });
    total += weights + biases;
  };
  convs.forEach(({ maps: outputs, kernel }, index) => {
    const last = index === convs.length - 1;
    const stride = pooled || last ? 1 : 2;
    const out = Math.floor((side - kernel) / stride) + 1;
    const taps = maps * kernel * kernel; // numbers under one window
    const kernels = shared ? 1 : out * out; // for each output map
    numbered({ kind: "conv", inputs: maps, side, kernel, stride, taps, outputs, out, perPlace: shared ? 0 : taps, perMap: kernels * taps, fan: taps },
      outputs * kernels * taps, outputs);
    [maps, side] = [outputs, out];
    if (!pooled) return;
    const window = last ? side : Math.min(2, side); // at last, one number a map
    layers.push({ kind: "pool", outputs: maps, side, window, out: Math.floor(side / window) });
    side = Math.floor(side / window);
  });
  numbered({ kind: "dense", inputs: maps * side * side, outputs: classes, out: 1, fan: maps * side * side }, classes * maps * side * side, classes);
  return layers;
}

export const countNumbers = (layers) => layers[layers.length - 1].end;

// Random numbers in [0, 1) that a seed decides, the same on every machine (mulberry32).
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

// Biases 0. Kernels uniform with variance 2 / inputs, as ReLU wants it (He et al. 2015). Those of the
// first layer start at a fifth of it, so that what they learn outgrows the noise and can be seen; the
// last layer starts near 0, so that no class is preferred before anything has been learned.
export function initialWeights(layers, seed) {
  const random = randomFrom(seed);
  const weights = new Float64Array(countNumbers(layers));
  layers.forEach(({ kind, weight, bias, fan }, index) => {
    if (kind === "pool") return;
    const bound = kind === "dense" ? 0.1 / Math.sqrt(fan) : (index ? 1 : 0.2) * Math.sqrt(6 / fan);
    for (let i = weight; i < bias; i += 1) weights[i] = bound * (2 * random() - 1);
  });
  return weights;
}

// Room for the maps of one image, for what flows back, and for the winners of the pooling.
export function workspace(layers) {
  const lengths = layers.map(({ outputs, out }) => outputs * out * out);
  return {
    maps: lengths.map((length) => new Float64Array(length)),
    back: lengths.map((length) => new Float64Array(length)),
    winners: lengths.map((length) => new Int32Array(length)),
  };
}

// A window times its kernel, summed, at each place; what is negative becomes 0 (ReLU).
function convolve({ inputs, side, kernel, stride, outputs, out, weight, bias, perPlace, perMap }, weights, input, output) {
  for (let map = 0, o = 0; map < outputs; map += 1) {
    for (let row = 0; row < out; row += 1) {
      for (let column = 0; column < out; column += 1, o += 1) {
        let w = weight + map * perMap + (row * out + column) * perPlace;
        let sum = weights[bias + map];
        for (let channel = 0; channel < inputs; channel += 1) {
          let x = (channel * side + row * stride) * side + column * stride;
          for (let i = 0; i < kernel; i += 1, x += side - kernel) {
            if (kernel === 5) { // the page's kernels, written out: a third faster
              sum += weights[w] * input[x] + weights[w + 1] * input[x + 1] + weights[w + 2] * input[x + 2] +
                weights[w + 3] * input[x + 3] + weights[w + 4] * input[x + 4];
              w += 5;
              x += 5;
            } else for (let j = 0; j < kernel; j += 1, w += 1, x += 1) sum += weights[w] * input[x];
          }
        }
        output[o] = sum > 0 ? sum : 0;
      }
    }
  }
}

function convolveBack({ inputs, side, kernel, stride, outputs, out, weight, bias, perPlace, perMap }, weights, gradient, input, output, back, inputBack) {
  for (let map = 0, o = 0; map < outputs; map += 1) {
    for (let row = 0; row < out; row += 1) {
      for (let column = 0; column < out; column += 1, o += 1) {
        const slope = back[o];
        if (slope === 0 || output[o] === 0) continue; // the pooling chose another, or ReLU closed
        let w = weight + map * perMap + (row * out + column) * perPlace;
        gradient[bias + map] += slope;
        for (let channel = 0; channel < inputs; channel += 1) {
          let x = (channel * side + row * stride) * side + column * stride;
          for (let i = 0; i < kernel; i += 1, x += side - kernel) {
            for (let j = 0; j < kernel; j += 1, w += 1, x += 1) {
              gradient[w] += slope * input[x];
              if (inputBack) inputBack[x] += slope * weights[w];
            }
          }
        }
      }
    }
  }
}

// The largest number of each window, the first one if several are equal, as in torch.
function pool({ outputs, side, window, out }, input, output, winners) {
  for (let map = 0, o = 0; map < outputs; map += 1) {
    for (let row = 0; row < out; row += 1) {
      for (let column = 0; column < out; column += 1, o += 1) {
        let best = (map * side + row * window) * side + column * window;
        for (let i = 0; i < window; i += 1) {
          const x = (map * side + row * window + i) * side + column * window;
          for (let j = 0; j < window; j += 1) if (input[x + j] > input[best]) best = x + j;
        }
        output[o] = input[best];
        winners[o] = best;
      }
    }
  }
}

function weigh({ inputs, outputs, weight, bias }, weights, input, output) {
  for (let o = 0, w = weight; o < outputs; o += 1) {
    let sum = weights[bias + o];
    for (let i = 0; i < inputs; i += 1, w += 1) sum += weights[w] * input[i];
    output[o] = sum;
  }
}

function weighBack({ inputs, outputs, weight, bias }, weights, gradient, input, back, inputBack) {
  for (let o = 0, w = weight; o < outputs; o += 1) {
    gradient[bias + o] += back[o];
    for (let i = 0; i < inputs; i += 1, w += 1) {
      gradient[w] += back[o] * input[i];
      inputBack[i] += back[o] * weights[w];
    }
  }
}

// Fill the workspace with every map of one image; returns the logits.
export function forward(layers, weights, image, space) {
  layers.forEach((layer, index) => {
    const input = index ? space.maps[index - 1] : image;
    const output = space.maps[index];
    if (layer.kind === "conv") convolve(layer, weights, input, output);
    else if (layer.kind === "pool") pool(layer, input, output, space.winners[index]);
    else weigh(layer, weights, input, output);
  });
  return space.maps[layers.length - 1];
}

// Probabilities of the classes. The largest logit is taken off first, so that exp cannot overflow.
export function softmax(logits) {
  const largest = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

// Add the gradient of one image's cross-entropy to `gradient`; forward() must have filled the
// workspace. Returns the loss.
export function backward(layers, weights, gradient, { image, label, share = 1 }, space) {
  const last = layers.length - 1;
  const logits = space.maps[last];
  const chances = softmax(logits);
  space.back.forEach((back) => back.fill(0));
  chances.forEach((chance, i) => { space.back[last][i] = share * (chance - (i === label ? 1 : 0)); });
  for (let index = last; index >= 0; index -= 1) {
    const layer = layers[index];
    const back = space.back[index];
    const input = index ? space.maps[index - 1] : image;
    const inputBack = index ? space.back[index - 1] : null;
    if (layer.kind === "conv") convolveBack(layer, weights, gradient, input, space.maps[index], back, inputBack);
    else if (layer.kind === "pool") back.forEach((slope, o) => { inputBack[space.winners[index][o]] += slope; });
    else weighBack(layer, weights, gradient, input, back, inputBack);
  }
  const largest = Math.max(...logits);
  return largest - logits[label] + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
}

// One step of Adam (Kingma and Ba 2015), in place. `memory` holds the two running means.
export function adamStep(weights, gradient, memory, learningRate, { decay = 0.9, decaySquares = 0.999, epsilon = 1e-8 } = {}) {
  memory.steps += 1;
  const [means, squares] = [memory.means, memory.squares];
  const rate = learningRate / (1 - decay ** memory.steps);
  const correction = 1 / (1 - decaySquares ** memory.steps);
  for (let i = 0; i < weights.length; i += 1) {
    const slope = gradient[i];
    means[i] += (1 - decay) * (slope - means[i]);
    squares[i] += (1 - decaySquares) * (slope * slope - squares[i]);
    weights[i] -= (rate * means[i]) / (Math.sqrt(squares[i] * correction) + epsilon);
  }
}

export const adamMemory = (count) => ({ steps: 0, means: new Float64Array(count), squares: new Float64Array(count) });

// Two pixels stand in each byte, 0 to 15. Returns one array of fractions per image.
export function unpack(text, size) {
  const bytes = bytesOf(text);
  const area = size * size;
  return Array.from({ length: (2 * bytes.length) / area }, (_, n) =>
    Float64Array.from({ length: area }, (_, p) => {
      const at = n * area + p;
      return (at % 2 ? bytes[at >> 1] & 15 : bytes[at >> 1] >> 4) / 15;
    }));
}

// The same image with mean 0 and standard deviation 1.
export function standardized(image) {
  const mean = image.reduce((sum, value) => sum + value, 0) / image.length;
  const spread = Math.sqrt(image.reduce((sum, value) => sum + (value - mean) ** 2, 0) / image.length) || 1;
  return image.map((value) => (value - mean) / spread);
}

// 0 to count - 1 in an order that `random` decides (Fisher and Yates).
export function shuffled(count, random) {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

// The eight ways to turn and mirror a square: each says from where a pixel comes.
export function symmetries(size) {
  return Array.from({ length: 8 }, (_, way) => Int32Array.from({ length: size * size }, (_, p) => {
    let [row, column] = [Math.floor(p / size), p % size];
    if (way & 1) column = size - 1 - column;
    if (way & 2) row = size - 1 - row;
    if (way & 4) [row, column] = [column, row];
    return row * size + column;
  }));
}

export function architecture({ size, classes, kernels, shared, pooled }) {
  return { size, classes: classes.length, shared, pooled, convs: [{ maps: kernels, kernel: 5 }, { maps: 2 * kernels, kernel: 5 }] };
}

// A network in training. `images` are standardized; those from `learnable` on are held out, and
// only measured. `seen` counts the images of all steps; `losses` and `accuracies` hold
// [seen, value] pairs for the charts.
export class Trainer {
  constructor({ images, labels, learnable, size }, settings) {
    Object.assign(this, { images, labels, learnable, settings });
    const { seed, permuted } = settings;
    this.layers = layersOf(architecture({ ...settings, size }));
    this.weights = initialWeights(this.layers, seed);
    this.gradient = new Float64Array(this.weights.length);
    this.memory = adamMemory(this.weights.length);
    this.space = workspace(this.layers);
    this.random = randomFrom(seed + 1);
    const area = size * size;
    this.places = permuted ? shuffled(area, randomFrom(PERMUTATION)) : Int32Array.from({ length: area }, (_, p) => p);
    this.ways = symmetries(size);
    [this.order, this.seen, this.losses, this.accuracies] = [[], 0, [], []];
    [this.lossSum, this.measured, this.right] = [0, 0, 0];
    this.due = true; // the accuracy is to be measured before the next step
  }

  // An image as the network gets it: perhaps turned or mirrored, and then its pixels permuted.
  view(index, way = 0) {
    const [from, turned] = [this.images[index], this.ways[way]];
    return Float64Array.from(this.places, (place) => from[turned[place]]);
  }

  nextImage() {
    if (!this.order.length) this.order = Array.from(shuffled(this.learnable, this.random));
    const index = this.order.pop();
    return { image: this.view(index, Math.floor(8 * this.random())), label: this.labels[index] };
  }

  // Learn from one image; the last one of a batch takes the step.
  learn(learningRate) {
    if (this.seen % BATCH === 0) this.gradient.fill(0);
    const { image, label } = this.nextImage();
    forward(this.layers, this.weights, image, this.space);
    this.lossSum += backward(this.layers, this.weights, this.gradient, { image, label, share: 1 / BATCH }, this.space);
    this.seen += 1;
    if (this.seen % BATCH === 0) adamStep(this.weights, this.gradient, this.memory, learningRate * Math.min(1, this.seen / WARM_UP));
    if (this.seen % LOSS_EVERY === 0) {
      this.losses.push([this.seen, this.lossSum / LOSS_EVERY]);
      this.lossSum = 0;
    }
    this.due = this.seen % MEASURE_EVERY === 0;
  }

  // Over the last 200 images, or all so far if they are fewer.
  meanLoss() {
    return this.losses.length ? this.losses.at(-1)[1] : this.lossSum / this.seen;
  }

  // Go on to the end of the batch.
  step(learningRate) {
    do this.learn(learningRate); while (this.seen % BATCH);
  }

  // Measure the accuracy on held-out images while `mayGoOn`; the next call continues. The weights
  // stay as they are until it is complete, so that the number belongs to one network.
  measure(mayGoOn = () => true) {
    const count = this.images.length - this.learnable;
    while (this.measured < count && mayGoOn()) {
      const index = this.learnable + this.measured;
      const logits = forward(this.layers, this.weights, this.view(index), this.space);
      if (largestOf(Array.from(logits)) === this.labels[index]) this.right += 1;
      this.measured += 1;
    }
    if (this.measured < count) return;
    this.accuracies.push([this.seen, this.right / count]);
    [this.measured, this.right, this.due] = [0, 0, false];
  }

  // Learn or measure until `mayGoOn` says no.
  work(learningRate, mayGoOn) {
    do {
      if (this.due) this.measure(mayGoOn);
      else this.learn(learningRate);
    } while (mayGoOn());
  }
}
