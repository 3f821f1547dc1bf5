// The arithmetic of convolution for the page. Pure functions: node tests them against torch,
// and the sentences of ShapeError against cnnlab.arithmetic.

export class ShapeError extends Error {}

export const PRESETS = {
  identity: [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
  "vertical edge": [[1, 0, -1], [1, 0, -1], [1, 0, -1]],
  "horizontal edge": [[1, 1, 1], [0, 0, 0], [-1, -1, -1]],
  blur: Array(3).fill(Array(3).fill(1 / 9)),
  sharpen: [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
};

export function whole(name, value, minimum = 1) {
  if (!Number.isInteger(value)) {
    const kind = typeof value === "number" ? "float" : value === null ? "NoneType" : "str";
    const text = typeof value === "number" ? value : value === null ? "None" : `'${value}'`;
    throw new ShapeError(`${name}=${text} is ${kind}, not an integer. Use a whole number.`);
  }
  if (value < minimum) throw new ShapeError(`${name}=${value} must be at least ${minimum}.`);
  return value;
}

export function convOutputSize({ inputSize, kernelSize, stride = 1, padding = 0, dilation = 1 }) {
  whole("input_size", inputSize);
  whole("kernel_size", kernelSize);
  whole("stride", stride);
  whole("padding", padding, 0);
  whole("dilation", dilation);
  const span = dilation * (kernelSize - 1) + 1;
  const padded = inputSize + 2 * padding;
  if (span > padded) {
    throw new ShapeError(
      `kernel spans ${span} pixels (kernel_size=${kernelSize}, dilation=${dilation}) but the ` +
        `padded input has ${padded} (input_size=${inputSize}, padding=${padding}). ` +
        `Use padding=${Math.ceil((span - inputSize) / 2)} or more, or a smaller kernel.`,
    );
  }
  return Math.floor((padded - span) / stride) + 1;
}

// A picture or kernel as (channels, height, width), whether it came with two axes or three.
export function asChannels(array) {
  return Array.isArray(array[0][0]) ? array : [array];
}

export function firstNonFinite(name, array) {
  for (const [index, value] of array.entries()) {
    const place = `${name}[${index}]`;
    if (Array.isArray(value)) {
      const inner = firstNonFinite(place, value);
      if (inner) return inner;
    } else if (!Number.isFinite(value)) {
      return `${place}=${value} is not a finite number. Use an ordinary number.`;
    }
  }
  return "";
}

// What one output number is made of: per channel, the pixels under the kernel and their weights.
export function windowTerms(image, kernel, { stride, padding, dilation }, row, column) {
  const planes = asChannels(image);
  return asChannels(kernel).map((weights, channel) => {
    const terms = weights.flatMap((line, i) =>
      line.map((weight, j) => {
        const y = row * stride - padding + i * dilation;
        const x = column * stride - padding + j * dilation;
        const pixel = planes[channel][y]?.[x];
        return { y, x, weight, pixel: pixel ?? 0, padded: pixel === undefined };
      }),
    );
    return { terms, sum: terms.reduce((sum, term) => sum + term.pixel * term.weight, 0) };
  });
}

export function valueAt(image, kernel, settings, row, column) {
  const channels = windowTerms(image, kernel, settings, row, column);
  return channels.reduce((sum, channel) => sum + channel.sum, settings.bias ?? 0);
}

export function outputShape(image, kernel, { stride, padding, dilation }) {
  const plane = asChannels(image)[0];
  const weights = asChannels(kernel)[0];
  const size = (inputSize, kernelSize) =>
    convOutputSize({ inputSize, kernelSize, stride, padding, dilation });
  return [size(plane.length, weights.length), size(plane[0].length, weights[0].length)];
}

// Slide the kernel over the picture, unflipped as torch does, and return the rows of the output.
export function convolve(image, kernel, { stride = 1, padding = 0, dilation = 1, bias = 0 } = {}) {
  const settings = { stride, padding, dilation, bias };
  const [rows, columns] = outputShape(image, kernel, settings);
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => valueAt(image, kernel, settings, row, column)),
  );
}

// The same for a whole photograph, one channel and no padding, without an object per number.
export function featureMap(image, kernel) {
  const [rows, columns] = outputShape(image, kernel, { stride: 1, padding: 0, dilation: 1 });
  return Array.from({ length: rows }, (_, row) => {
    const line = new Array(columns).fill(0);
    kernel.forEach((weights, i) => weights.forEach((weight, j) => {
      const pixels = image[row + i];
      for (let column = 0; weight !== 0 && column < columns; column += 1) {
        line[column] += weight * pixels[column + j];
      }
    }));
    return line;
  });
}
