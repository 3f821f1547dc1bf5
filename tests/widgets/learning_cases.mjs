// The network in the page, as its tests call it: lists in, lists out, no page.
import {
  Trainer, adamMemory, adamStep, backward, forward, initialWeights, layersOf, randomFrom, standardized, symmetries, unpack, workspace,
} from "../../cnnlab/widgets/learning_network.mjs";
import { bytesOf } from "../../cnnlab/widgets/maps.mjs";

// The mean loss of a batch and its gradient, in the page's order of the numbers.
export function gradientOf(settings, weights, images, labels) {
  const layers = layersOf(settings);
  const numbers = Float64Array.from(weights);
  const gradient = new Float64Array(numbers.length);
  const space = workspace(layers);
  let loss = 0;
  images.forEach((image, i) => {
    forward(layers, numbers, Float64Array.from(image), space);
    const share = 1 / images.length;
    loss += share * backward(layers, numbers, gradient, { image: Float64Array.from(image), label: labels[i], share }, space);
  });
  return { loss, gradient: Array.from(gradient) };
}

export function adamOf(weights, gradients, learningRate) {
  const numbers = Float64Array.from(weights);
  const memory = adamMemory(numbers.length);
  gradients.forEach((gradient) => adamStep(numbers, gradient, memory, learningRate));
  return Array.from(numbers);
}

export const startOf = (settings, seed) => {
  const layers = layersOf(settings);
  return { layers, weights: Array.from(initialWeights(layers, seed)) };
};

export const unpacked = (text, size) => unpack(text, size).map((image) => Array.from(image));
export const standard = (image) => Array.from(standardized(Float64Array.from(image)));
export const ways = (size) => symmetries(size).map((way) => Array.from(way));

const trainerOf = (state) => {
  const labels = bytesOf(state.labels);
  const images = unpack(state.packed, state.size).map(standardized);
  return new Trainer({ images, labels, size: state.size, learnable: labels.length - state.held_out }, state);
};

// Train until `total` images are seen: the curves, and the weights at the end.
export function trained(state, total) {
  const trainer = trainerOf(state);
  trainer.work(state.learning_rate, () => trainer.seen < total);
  if (trainer.due) trainer.measure();
  const { layers, weights, losses, accuracies, seen } = trainer;
  return { layers, weights: Array.from(weights), losses, accuracies, seen };
}

// Which images are drawn: the position of each is written into its first pixel.
export function drawn(count, learnable, total) {
  const images = Array.from({ length: count }, (_, i) => Float64Array.of(i));
  const labels = images.map(() => 0);
  const trainer = { images, labels, learnable };
  Object.setPrototypeOf(trainer, Trainer.prototype);
  Object.assign(trainer, { places: [0], ways: Array(8).fill([0]), order: [], random: randomFrom(3) });
  return Array.from({ length: total }, () => trainer.nextImage().image[0]);
}

// What the network gets of images 0 and 1, and how often the work was interrupted in measuring.
export function views(state) {
  const trainer = trainerOf(state);
  return [0, 1].map((index) => Array.from(trainer.view(index)));
}

export function interrupted(state) {
  const [whole, pieces] = [trainerOf(state), trainerOf(state)];
  whole.measure();
  let rounds = 0;
  while (pieces.due) {
    let left = 7;
    pieces.measure(() => (left -= 1) >= 0);
    rounds += 1;
  }
  return { whole: whole.accuracies, pieces: pieces.accuracies, rounds };
}
