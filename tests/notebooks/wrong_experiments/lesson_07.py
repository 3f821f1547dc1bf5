"""Wrong fields, maps and comparisons of lesson 07."""

SIZE = "    size += (kernel_size - 1) * step\n"
STEP = "    step *= stride\n"
ALIKE = "each.flatten(1) - each.flatten(1).mean(1, True)"

WRONG = [
    (
        "smooth",
        "weight[..., 1:].flatten() -> weight[..., 1:].flatten().flip(0)",
        "smooth-claim",
    ),
    ("smooth", "weight[..., 1:] -> weight[..., :-1]", "smooth-claim"),
    ("smooth", "weight[..., 1:] -> -weight[..., 1:]", "smooth-claim"),
    ("field", (f"{SIZE} ->", f"{STEP} -> {STEP}{SIZE}"), "field-claim"),
    ("field", f"{STEP} ->", "field-claim"),
    ("field", "(kernel_size - 1) * step -> kernel_size * step", "field-claim"),
    ("field", "padding * step -> padding", "field-claim"),
    ("gradient", "chain[:6] -> chain[:5]", "gradient-claim"),
    ("gradient", "gradient.abs().sum -> gradient.sum", "gradient-claim"),
    ("gradient", "[:, :, 4, 4] -> [:, :, 3, 4]", "gradient-claim"),
    ("effective", ".square() ->", "effective-claim"),
    ("effective", "unit=(center, center) -> unit=(0, 0)", "effective-claim"),
    ("effective", 'tiles[::5], layer -> tiles[::5], "relu"', "effective-claim"),
    ("patches", "left : left + -> top : top +", "patches-claim"),
    ("patches", "(32 - field.size - field.start) -> (32 - field.size)", "patches-claim"),
    (
        "patches",
        "last + 1 - first) -> 32)",
        "patches-claim",
    ),
    (
        "patches-figure",
        "field.start + 16 // field.stride * field.stride -> 16 - size // 2",
        "patches-claim",
    ),
    ("wanted", "rough - response -> rough + response", "patches-claim"),
    ("saliency", ".abs().amax -> .amax", "saliency-claim"),
    ("saliency", ".amax(dim=1) -> .mean(dim=1)", "saliency-claim"),
    ("saliency", "logits[0, best] -> logits.softmax(dim=1)[0, best]", "saliency-claim"),
    ("cam", "F.relu( -> (", "cam-claim"),
    ("cam", ".mean(dim=(1, 2)) -> .amax(dim=(1, 2))", "cam-claim"),
    ("cam", "logits[0, target] -> logits.sum()", "cam-claim"),
    ("cam", "weights[:, None, None] * maps[0] -> gradients[0] * maps[0]", "cam-claim"),
    ("sanity", f"{ALIKE} -> each.flatten(1)", "class-claim"),
    ("sanity", ".masked_fill(blank, torch.nan) ->", "class-claim"),
    ("sanity-scale", "roll(len(asked) // 2, 0) -> roll(0, 0)", "class-claim"),
    ("sanity-class", "answers_given + 1 + -> answers_given +", "class-claim"),
    ("sanity-class", "others = ( -> others = 0 * (", "class-claim"),
    ("random-layers", "layer.reset_parameters() -> layer.eval()", "sanity-claim"),
    ("random-layers", "for name in names -> for name in names[:1]", "sanity-claim"),
    ("sanity-random", "for seed in range(1, 6) -> for seed in [1] * 5", "sanity-claim"),
    ("sanity-drawn", "network, cat, dog -> network, cat, ours", "cat-claim"),
    ("sanity-drawn", "alike(first, shown) -> alike(shown, shown)", "cat-claim"),
    ("sanity-drawn", "images[1:2] / 255 -> cat", "cat-claim"),
    ("root", "x, y = counts.log(), sizes.log() -> x, y = counts.float(), sizes", "root-claim"),
    ("stacks", "2 * layers - 1 -> layers - 1", "root-claim"),
    ("stacks", "gradient.square() -> (gradient > 0).float()", "root-claim"),
]
