"""Wrong attacks, and wrong defenses, of lesson 09."""

WRONG = [
    ("image-gradient", 'reduction="sum" -> reduction="mean"', "gradient-claim"),
    (
        "image-gradient",
        "(network(images), labels -> (network(images), 0 * labels",
        "gradient-claim",
    ),
    ("fgsm-by-hand", "epsilon * gradient.sign() -> -epsilon * gradient.sign()", "gradient-claim"),
    ("fgsm-by-hand", "epsilon * gradient.sign() -> epsilon * gradient", "gradient-claim"),
    ("fgsm-by-hand", "epsilon * signs -> epsilon / 255 * signs", "gradient-claim"),
    ("fgsm-measured", "fgsm_attack(networks[0], images, labels, epsilon) -> images", "fgsm-claim"),
    (
        "fgsm-measured",
        "fgsm_attack(networks[0], images, labels, epsilon) -> random_signs(images, epsilon)",
        "fgsm-claim",
    ),
    (
        "fgsm-measured",
        "labels, epsilon -> networks[0](images).argmin(dim=1), -epsilon / 4",
        "fgsm-claim",
    ),
    ("why-measured", ".sqrt() ->", "why-claim"),
    ("why-measured", "flat.abs().sum(dim=1) -> flat.sum(dim=1)", "why-claim"),
    ("why-measured", "flat.abs().sum(dim=1) -> flat.abs().amax(dim=1)", "why-claim"),
    ("cat-attacked", "label, step / 255 -> label, step", "photo-claim"),
    ("cat-attacked", "label, step / 255 -> label, -step / 255", "photo-claim"),
    ("cat-attacked", "label, step / 255 -> label + 1, step / 255", "photo-claim"),
    ("transfer", "pgd(attacked_network, -> pgd(networks[0],", "transfer-claim"),
    (
        "transfer",
        "accuracy(network, carried) -> accuracy(attacked_network, carried)",
        "transfer-claim",
    ),
    ("transfer", "steps=10 -> steps=1", "transfer-claim"),
    ("masked", ".round() ->", "hidden-claim"),
    ("masked", "step = 16 / 255 -> step = 1", "hidden-claim"),
    (
        "masked",
        "(images / step).round() * step -> images + "
        "((images / step).round() * step - images).detach()",
        "hidden-claim",
    ),
    ("masked-measured", "pgd(network, images -> pgd(hidden, images", "masked-claim"),
    ("masked-measured", "tries=150 -> tries=1", "masked-claim"),
    (
        "masked-measured",
        "their_labels, 8 / 255 -> their_labels, 64 / 255",
        "masked-claim",
    ),
    ("work-per-image", 'weights="IMAGENET1K_V1" -> weights="DEFAULT"', "better-claim"),
    ("work-per-image", 'meta["_ops"] -> meta["num_params"] / 1e6', "better-claim"),
    ("better", '"vgg13", "vgg16" -> "vgg16", "vgg13"', "better-claim"),
]
