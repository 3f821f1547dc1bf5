"""Wrong experiments of lesson 08."""

NO_SEED = ", generator=torch.Generator().manual_seed(0) ->"
WRONG = [
    ("shuffle-blocks", NO_SEED, "frames-claim"),
    ("shuffle-blocks", "[:, :, order] ->", "frames-claim"),
    ("shuffle-blocks", "shuffled.transpose(3, 4) -> shuffled", "frames-claim"),
    ("locality-measured", "shuffle_data(pictures, block) -> pictures", "locality-claim"),
    ("exact", "shuffle_blocks(weight, 1) -> weight", "locality-claim"),
    ("exact", "(after, shuffle_blocks -> (before, shuffle_blocks", "locality-claim"),
    ("exact", "after.load_state_dict(before.state_dict()) ->", "locality-claim"),
    ("blocks-measured", "shuffle_data(pictures, block) -> pictures", "blocks-claim"),
    (
        "blocks-measured",
        "shuffle_data(pictures, block) -> shuffle_data(pictures, 1)",
        "blocks-claim",
    ),
    ("blocks-measured", "fit_cnn(shuffled -> fit_mlp(shuffled", "blocks-claim"),
    (
        "wrong-measured",
        "replace(pictures, train_images=train, test_images=test) -> pictures",
        "order-claim",
    ),
    (
        "wrong-measured",
        "pictures.test_images, -> shuffle_blocks(pictures.test_images, 1),",
        "order-claim",
    ),
    ("wrong-measured", 'networks["MLP", 1] -> networks["MLP", 32]', "order-claim"),
    ("locally-connected", "torch.empty(self.size**2, -> torch.empty(1,", "local-claim"),
    ("locally-connected", "F.unfold(images -> F.unfold(images.mT", "local-claim"),
    ("locally-connected", "uniform_(-bound, bound) -> fill_(bound)", "local-claim"),
    ("sharing-measured", ", first=LocallyConnected2d ->", "sharing-claim"),
    (
        "sharing-measured",
        "fit_cnn(pictures, seed, first=LocallyConnected2d) -> fit_mlp(pictures, seed)",
        "sharing-claim",
    ),
    (
        "sharing-measured",
        "LocallyConnected2d) -> LocallyConnected2d, learning_rate=1e-9)",
        "sharing-claim",
    ),
    (
        "equivariance-measured",
        "layer(images.roll(shift, dims=3)) -> layer(images)",
        "equivariance-claim",
    ),
    (
        "equivariance-measured",
        "layer(images).roll(step, dims=3) -> layer(images)",
        "equivariance-claim",
    ),
    (
        "equivariance-measured",
        "nn.Conv2d(3, 8, 3, padding=1) -> nn.Conv2d(3, 8, 5, padding=2)",
        "equivariance-claim",
    ),
    ("stride-measured", 'padding_mode="circular", stride=2 -> stride=2', "equivariance-claim"),
    ("consistency", 'layer.padding_mode = "circular" -> pass', "period-claim"),
    ("consistency", "images.roll(shift, dims=3) -> images", "period-claim"),
    (
        "consistency",
        ".argmax(dim=1) == classes -> .argmax(dim=1) == pictures.test_labels",
        "period-claim",
    ),
    (
        "blur-class",
        "(maps.roll(1, axis) + 2 * maps + maps.roll(-1, axis)) / 4 -> maps",
        "blur-class-claim",
    ),
    ("blur-class", "nn.Sequential(largest_of_four, Blur()) -> Blur()", "blur-class-claim"),
    ("blur-class", "2 * maps -> 1 * maps", "blur-class-claim"),
    ("blur", "seed, **with_blur -> seed", "blur-claim"),
    ("blur", "consistency(pad_circularly(model) -> consistency(model", "blur-claim"),
    ("blur", "pictures.test_images, shifts) -> pictures.test_images, [0] * 9)", "blur-claim"),
    ("left-right-data", "test_position=side -> test_position='left'", "left-right-claim"),
    ("padding-measured", "partial(fit_cnn, prepare=pad_circularly) -> fit_cnn", "left-right-claim"),
    (
        "padding-measured",
        "halves[name][0] - halves[name][1] -> halves[name][0] - 0.9",
        "left-right-claim",
    ),
]
