"""Wrong loops of lesson 05."""

WRONG = [
    ("train-one-epoch", "        optimizer.zero_grad()\n ->", "training-claim"),
    ("train-one-epoch", "        optimizer.step()\n ->", "training-claim"),
    ("train-one-epoch", "optimizer.zero_grad() -> loss = -loss", "training-claim"),
]
