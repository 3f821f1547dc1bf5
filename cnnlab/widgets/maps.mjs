// Maps of numbers as pixels of a canvas.

// Blue below zero, white at zero, red above, as the course's figures; `value` is in [-1, 1].
export function signedColor(value) {
  const stops = [[255, 255, 255], [253, 219, 199], [239, 138, 98], [178, 24, 43]];
  const cold = [[255, 255, 255], [209, 229, 240], [103, 169, 207], [33, 102, 172]];
  const scale = value < 0 ? cold : stops;
  const at = Math.min(Math.abs(value), 1) * 3;
  const low = Math.min(Math.floor(at), 2);
  return scale[low].map((channel, i) => Math.round(channel + (scale[low + 1][i] - channel) * (at - low)));
}

export const gray = (value) => Array(3).fill(Math.round(255 * Math.min(Math.max(value, 0), 1)));

// Fill a canvas with one pixel per number; `colorAt` gives red, green, blue and perhaps opacity.
export function paintPixels(canvas, [height, width], colorAt) {
  [canvas.height, canvas.width] = [height, width];
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [red, green, blue, alpha = 255] = colorAt(y, x);
      pixels.data.set([red, green, blue, alpha], 4 * (y * width + x));
    }
  }
  context.putImageData(pixels, 0, 0);
}

export const bytesOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
