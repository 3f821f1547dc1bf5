"""`python -m cnnlab`: open the course, look at the machine, fetch data, train, build the site."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cnnlab import __version__
from cnnlab.errors import DataError

MODELS = ("simple-cnn", "mlp", "small-cnn", "lenet5")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status: 0 is good, 1 a fault that was told, 130 Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (DataError, ValueError, FloatingPointError, MemoryError) as error:
        print(f"cnnlab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("cnnlab: stopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cnnlab", description=__doc__)
    parser.add_argument("--version", action="version", version=f"cnnlab {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    lab = commands.add_parser("lab", help="open your copy of the course in JupyterLab")
    lab.add_argument("--dir", type=Path, default=Path("my-notebooks"), help="your copy's folder")
    lab.add_argument("jupyter", nargs="*", help="after --: more words for JupyterLab")
    lab.set_defaults(run=_lab)
    doctor = commands.add_parser("doctor", help="say what is installed and what will be slow")
    doctor.set_defaults(run=_doctor)
    download = commands.add_parser("download", help="fetch CIFAR-10 (170 MB) for all lessons")
    download.set_defaults(run=_download)
    site = commands.add_parser("site", help="build pages and slides that need no kernel")
    site.add_argument("lessons", nargs="*", metavar="LESSON", help="such as 05; default: all")
    site.add_argument("--out", type=Path, default=Path("site"), help="the folder to write")
    site.set_defaults(run=_site)
    _add_train(commands.add_parser("train", help="train a network and print its accuracy"))
    return parser


def _add_train(train: argparse.ArgumentParser) -> None:
    train.add_argument("--data", default="auto", help="auto, shapes10, cifar10 or a folder")
    train.add_argument("--model", choices=MODELS, default="simple-cnn")
    train.add_argument("--epochs", type=int, default=4)
    train.add_argument("--batch-size", type=int, default=128)
    train.add_argument("--learning-rate", type=float, default=3e-3)
    train.add_argument("--flip", action="store_true", help="mirror half of the pictures")
    train.add_argument("--shift", type=int, default=0, help="move pictures by up to so many pixels")
    train.add_argument("--device", help="cpu, cuda or mps; default: the fastest there is")
    train.add_argument("--checkpoint", type=Path, help="file that keeps the run after each epoch")
    train.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    train.add_argument("--seed", type=int, default=0)
    train.set_defaults(run=_train)


def _lab(options: argparse.Namespace) -> int:
    from cnnlab import lab

    changes = str(lab.sync(lab.COURSE, options.dir))
    print(f"Your notebooks are in {options.dir.resolve()}", changes, sep="\n", flush=True)
    return lab.open_lab(options.dir, options.jupyter)


def _doctor(options: argparse.Namespace) -> int:
    from cnnlab import doctor

    healthy = True
    for good, what, finding in doctor.examine():
        healthy &= good
        print(f"{'ok ' if good else 'BAD'}  {what:12} {finding}", flush=True)
    print("The course runs here." if healthy else "Mend what is marked BAD, then try again.")
    return 0 if healthy else 1


def _download(options: argparse.Namespace) -> int:
    from cnnlab import cifar10

    print(cifar10.load(download=True))
    return 0


def _site(options: argparse.Namespace) -> int:
    from cnnlab import site

    try:
        for lesson, news in site.build(options.out, options.lessons):
            print(f"{lesson:26} {news}", flush=True)
    except site.LessonError as error:
        raise ValueError(str(error)) from None
    print(f"Open {(options.out / 'index.html').resolve()}")
    return 0


def _train(options: argparse.Namespace) -> int:
    checkpoint = options.checkpoint
    if options.resume and not (checkpoint and checkpoint.exists()):
        raise ValueError(f"--resume: there is no checkpoint {checkpoint or '(use --checkpoint)'}.")
    if checkpoint and checkpoint.exists() and not options.resume:
        raise ValueError(f"{checkpoint} exists. Add --resume to go on from it, or delete it.")
    import torch

    from cnnlab import data, models, training

    pictures = data.load(options.data)
    print(pictures)
    torch.manual_seed(options.seed)
    model = models.BY_NAME[options.model](len(pictures.classes))
    augment = data.Augment(flip=options.flip, shift=options.shift)
    history = training.train(
        model,
        pictures,
        epochs=options.epochs,
        batch_size=options.batch_size,
        learning_rate=options.learning_rate,
        augment=augment if options.flip or options.shift else None,
        device=options.device,
        checkpoint=checkpoint,
        seed=options.seed,
    )
    print(history)
    if not history.epochs:
        return 130
    speed = len(pictures.train_labels) * len(history.epochs) / history.seconds
    print(
        f"{options.model} on {pictures.source}: {history.test_accuracy:.2%} of "
        f"{len(pictures.test_labels):,} test pictures, {history.seconds:.1f} s of training, "
        f"{speed:,.0f} images/s, {next(model.parameters()).device}, torch {torch.__version__}"
    )
    return 130 if history.interrupted else 0


if __name__ == "__main__":
    sys.exit(main())
