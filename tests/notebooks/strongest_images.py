"""How often two of a map's nine strongest images show the same class (lesson 07).

`python -m tests.notebooks.strongest_images` printed, for the 10,000 test images of CIFAR-10 (JPEG
copy), the mean over the maps of a layer ± their standard deviation; by chance it is 10.0 %:

    conv 1: 15.5 % ± 8.2, 24 maps
    conv 3: 17.1 % ± 9.7, 40 maps
    conv 5: 45.3 % ± 30.4, 152 maps
    conv 7: 87.8 % ± 22.7, 152 maps
"""

import torch

from cnnlab import data, inspection, models

LAYERS = {"conv 1": "relu", "conv 3": "group1.6", "conv 5": "group2.6", "conv 7": "group3.6"}


def main() -> None:
    network, tests = models.pretrained(), data.load("cifar10")
    found = {name: [] for name in LAYERS}
    for images in tests.test_images.split(500):
        outputs = inspection.activations(network, images, list(LAYERS.values()))
        for name, layer in LAYERS.items():
            found[name].append(outputs[layer].amax(dim=(2, 3)))
    pairs = torch.combinations(torch.arange(9))  # (36, 2)
    for name, batches in found.items():
        strongest = torch.cat(batches).topk(9, dim=0).indices  # (9, maps)
        classes = tests.test_labels[strongest]
        same = (classes[pairs[:, 0]] == classes[pairs[:, 1]]).float().mean(dim=0)
        print(f"{name}: {same.mean():.1%} ± {100 * same.std():.1f}, {len(same)} maps")


if __name__ == "__main__":
    main()
