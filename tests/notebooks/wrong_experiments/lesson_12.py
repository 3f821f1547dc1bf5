"""Wrong splits, wrong transfers, and wrong counts of lesson 12."""

WRONG = [
    (
        "split",
        "test.append(torch.isin(groups, own[:held]) -> test.append(torch.isin(groups, own[-held:])",
        "scratch-claim",
    ),
    (
        "split",
        "rest = torch.isin(groups, own[held:]).nonzero().flatten() -> "
        "rest = (labels == label).nonzero().flatten()",
        "scratch-claim",
    ),
    ("scratch", "draw(0, 20) -> draw(0, 5)", "scratch-claim"),
    (
        "scratch",
        "few.train_images, few.train_labels) -> few.test_images, few.test_labels)",
        "scratch-claim",
    ),
    ("scratch", '"epochs": 40 -> "epochs": 1', "scratch-claim"),
    (
        "features",
        "kept[name].append(maps.mean(dim=(2, 3))) -> kept[name].append(maps.amax(dim=(2, 3)))",
        "layer-claim",
    ),
    (
        "head",
        "(new - mean) / deviation -> new",
        "layer-claim",
    ),
    ("head", "steps=200 -> steps=1", "layer-claim"),
    ("layer-measured", "labels[train]).argmax -> labels[train].flip(0)).argmax", "layer-claim"),
    (
        "layer-measured",
        "network = models.PhotoCNN() -> network = models.pretrained()",
        "layer-claim",
    ),
    ("tuning", 'last = trained["pool"] -> last = trained["group2"]', "tuning-claim"),
    ("tuning", "epochs=10 -> epochs=1, learning_rate=1e-6", "tuning-claim"),
    ("tuning", "epochs=10 -> epochs=10, learning_rate=1.0", "tuning-claim"),
    ("interval", "z=1.96 -> z=1.0", "interval-claim"),
    (
        "interval",
        "right * (total - right) / total + z**2 / 4 -> right * (total - right) / total",
        "interval-claim",
    ),
    (
        "interval",
        "middle = (right + z**2 / 2) / (total + z**2) -> middle = right / total",
        "interval-claim",
    ),
    ("resample", "hits.view(50, 3) -> hits.view(3, 50)", "resample-claim"),
    ("resample", "hits.view(50, 3) -> hits.view(150, 1)", "resample-claim"),
    ("resample", "(count, len(results)) -> (count, len(results) // 2)", "resample-claim"),
    ("resample", "[0.025, 0.975] -> [0.25, 0.75]", "resample-claim"),
    (
        "leak",
        "torch.randperm(len(every), generator=torch.Generator().manual_seed(seed)) -> "
        "torch.arange(len(every))",
        "leak-claim",
    ),
    ("leak", "labels[train].repeat(3) -> labels[train].repeat_interleave(3)", "leak-claim"),
    ("leak", "order.split([75, 225]) -> (order[order < 75], order[order >= 75])", "leak-claim"),
    ("leak", "answers(every[kept], new, named[kept]) -> answers(every, new, named)", "leak-claim"),
    (
        "statistics",
        "layer = learn((known - mean) / deviation, labels[train]) -> "
        "layer = learn((every - mean) / deviation, labels[torch.cat([train, test])])",
        "statistics-claim",
    ),
    ("statistics", "leaked - right -> 0 * leaked - right", "statistics-claim"),
    (
        "statistics",
        "logits.argmax(dim=1) == labels[test] -> logits.argmin(dim=1) == labels[test]",
        "statistics-claim",
    ),
    (
        "unequal",
        "torch.tensor(sorted({*range(len(labels))} - set(test.tolist()))) -> "
        "torch.arange(len(labels))",
        "unequal-claim",
    ),
    ("unequal", "len(own) // 4 -> len(own) // 2", "unequal-claim"),
    (
        "unequal",
        "answers(known, new, named[train] -> answers(known, new, 0 * named[train]",
        "unequal-claim",
    ),
    (
        "unequal",
        "confusion_matrix(logits, named[test]) -> confusion_matrix(logits, logits.argmax(dim=1))",
        "unequal-claim",
    ),
    ("own-train", "freeze=True -> freeze=False, epochs=1", "own-claim"),
    (
        "own-report",
        "counts.diagonal() -> counts.flip(1).diagonal()",
        "own-claim",
    ),
    ("own-write", "*draw(0, 20) -> *draw(0, 5)", "own-claim"),
]
