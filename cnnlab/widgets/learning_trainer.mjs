// The training of the network in the page: its images, their order, its steps, its accuracy.
import { largestOf } from "./class_bars.mjs";
import { adamMemory, adamStep, backward, forward, initialWeights, layersOf, randomFrom, workspace } from "./learning_network.mjs";
import { bytesOf } from "./maps.mjs";

export const BATCH = 20; // images in a step
export const MEASURE_EVERY = 500; // images between two measurements of the accuracy
const LOSS_EVERY = 200; // images in a point of the loss curve
const PERMUTATION = 20; // the seed of the one order into which all images' pixels are put
// Images over which the learning rate rises to its value: large first steps close ReLUs for good.
const WARM_UP = 2000;

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
