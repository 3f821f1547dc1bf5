"""`cnnlab`: open the course, look at the machine, train, measure, build the site."""

import argparse
import ast
import io
import os
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import NoReturn

from cnnlab import __version__
from cnnlab.bench.command import PRECISIONS, add_options
from cnnlab.errors import shell_command, tell

FOLLOWS = "as the number of images asks"


class Parser(argparse.ArgumentParser):
    """Answer a word with a slip with the one that was meant."""

    def error(self, message: str) -> NoReturn:
        if found := re.search(r"invalid choice: '(.*?)' \(choose from (.*)\)", message):
            given, known = found.group(1).lower(), re.findall(r"[\w-]+", found.group(2))
            near = get_close_matches(given, known, n=1)
            message += f". Did you mean {near[0]}?" if near else ""
        super().error(message)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the status to exit with.

    It is 0, or 1 after an error that was reported, 130 after Ctrl-C, and 141 if what reads the
    output has closed it, as `head` does. What an output in another encoding does not have is
    written as its number.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):  # a file's name need not be text it can show
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            return _run(arguments)
        finally:
            sys.stdout.flush()
    except OSError as error:
        closed = isinstance(error, BrokenPipeError)
        if os.environ.get("CNNLAB_DEBUG") and not closed:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for Python's last flush
        if closed:
            return 141
        print(f"cnnlab: the output cannot be written ({error.strerror}).", file=sys.stderr)
        return 1


def _run(arguments: Sequence[str] | None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except KeyboardInterrupt:
        print("cnnlab: stopped.", file=sys.stderr)
        return 130
    except Exception as error:
        if os.environ.get("CNNLAB_DEBUG"):
            raise
        if isinstance(error, BrokenPipeError):
            print(flush=True)  # raises another if it is the output that is closed
        said, status = tell(error)
        print(f"cnnlab: {said}", file=sys.stderr)
        return status


@cache
def _names(module: str) -> tuple[str, ...]:
    """Return the keys of a module's `BY_NAME`, read as text: --help need not wait for torch."""
    for node in ast.parse((Path(__file__).parent / module).read_text("utf-8")).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "BY_NAME":
            assert isinstance(node.value, ast.Dict)
            return tuple(ast.literal_eval(key) for key in node.value.keys if key)
    return ()


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="cnnlab", description=__doc__)
    parser.add_argument("--version", action="version", version=f"cnnlab {__version__}")
    parser.set_defaults(run=_help)
    commands = parser.add_subparsers(metavar="COMMAND")
    lab = commands.add_parser("lab", help="open your copy of the course in JupyterLab")
    lab.add_argument("--dir", type=Path, default=Path("my-notebooks"), help="your copy's folder")
    lab.add_argument("--fetch", metavar="LESSON", help="open the course's version beside yours")
    lab.add_argument("--no-browser", action="store_true", help="print the address only")
    lab.add_argument("jupyter", nargs="*", help="after --: more arguments for JupyterLab")
    lab.set_defaults(run=_lab)
    progress = commands.add_parser("progress", help="what you have done, and where it is kept")
    progress.add_argument(
        "--dir", type=Path, default=Path("my-notebooks"), help="your copy's folder"
    )
    progress.add_argument("--reset", action="store_true", help="begin anew; the old file is kept")
    progress.set_defaults(run=_progress)
    _add_review(commands.add_parser("review", help="ask again what is due of your lessons"))
    doctor = commands.add_parser("doctor", help="say what is installed and what will be slow")
    doctor.set_defaults(run=_doctor)
    download = commands.add_parser("download", help="fetch CIFAR-10 (170 MB) for all lessons")
    download.set_defaults(run=_download)
    site = commands.add_parser("site", help="build pages and slides that need no kernel")
    site.add_argument("lessons", nargs="*", metavar="LESSON", help="such as 05; default: all")
    site.add_argument("--out", type=Path, default=Path("site"), help="the folder to write")
    site.add_argument("--pdf", action="store_true", help="also slides and handouts as PDF")
    site.set_defaults(run=_site)
    _add_homework(commands.add_parser("homework", help="for lecturers: what a class handed in"))
    _add_train(commands.add_parser("train", help="train a network and print its accuracy"))
    predict = commands.add_parser("predict", help="name what is on images, by a trained network")
    predict.add_argument("model", type=Path, help="a file that `train --save` wrote")
    predict.add_argument("pictures", type=Path, nargs="+", metavar="PICTURE", help="or a folder")
    predict.add_argument("--device", help="cpu, cuda or mps; default: the fastest there is")
    predict.add_argument("--out", type=Path, help="a JSON file for classes and probabilities")
    predict.set_defaults(run=_predict)
    bench = commands.add_parser("bench", help="measure this machine; print tables")
    add_options(bench, _names("training/recipes.py"))
    return parser


def _add_review(review: argparse.ArgumentParser) -> None:
    review.add_argument("--dir", type=Path, default=Path("my-notebooks"), help="your copy's folder")
    review.add_argument("--no-browser", action="store_true", help="print the address only")
    review.add_argument("--anki", type=Path, metavar="FILE", help="write a deck for Anki instead")
    review.set_defaults(run=_review)


def _add_homework(homework: argparse.ArgumentParser) -> None:
    kinds = homework.add_subparsers(required=True, metavar="WHAT")
    new = kinds.add_parser("new", help="a folder of your own, with all assignments")
    new.add_argument("folder", type=Path, metavar="FOLDER", help="one that is not there yet")
    new.set_defaults(run=_homework_new)
    generate = kinds.add_parser("generate", help="a sheet for each student, with its own numbers")
    generate.add_argument("assignment", metavar="ASSIGNMENT", help="such as hw2")
    generate.add_argument("--students", type=Path, required=True, help="a list, one a line, or CSV")
    generate.add_argument("--seed", type=int, default=0, help="another seed draws other sheets")
    generate.add_argument("--folder", type=Path, default=Path(), help="the course's; default: here")
    generate.set_defaults(run=_homework_generate)
    grade = kinds.add_parser("grade", help="grade several submissions side by side")
    grade.add_argument("assignment", metavar="ASSIGNMENT", help="such as hw1")
    grade.add_argument("--folder", type=Path, default=Path(), help="the course's; default: here")
    grade.add_argument("--processes", type=int, default=2, help="how many at a time")
    grade.add_argument("--force", action="store_true", help="also what is graded already")
    grade.set_defaults(run=_homework_grade)
    marks = kinds.add_parser("marks", help="fill the marks into a table of Canvas or Moodle")
    marks.add_argument("table", type=Path, metavar="TABLE", help="the CSV that the LMS exported")
    marks.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="default: all")
    marks.add_argument("--folder", type=Path, default=Path(), help="the course's; default: here")
    marks.add_argument("--out", type=Path, default=Path("marks.csv"), help="the table to import")
    marks.set_defaults(run=_homework_marks)
    report = kinds.add_parser("report", help="the misconceptions of a class, as one page")
    report.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="such as hw1")
    report.add_argument("--folder", type=Path, default=Path(), help="the course's; default: here")
    report.add_argument("--progress", type=Path, help="a folder of progress files instead")
    report.add_argument("--inventory", type=Path, help="a folder of the inventory's files instead")
    report.add_argument("--out", type=Path, help="the page; default: class-report.html or so")
    report.add_argument("--names", action="store_true", help="also say which learners")
    report.set_defaults(run=_homework_report)


def _add_train(train: argparse.ArgumentParser) -> None:
    known = ", ".join(_names("data/sources.py"))
    train.add_argument("--data", default="auto", help=f"{known} or a folder")
    train.add_argument("--size", type=_size, help="of a folder's images: 32, or 48x64 for h x w")
    train.add_argument("--validation", type=int, metavar="N", help="hold N training images out")
    train.add_argument("--skip-broken", action="store_true", help="leave out unreadable images")
    recipes, models = _names("training/recipes.py"), _names("models/__init__.py")
    train.add_argument("--recipe", choices=recipes, help="a network and all that follows, as tuned")
    train.add_argument("--model", choices=models, help="without a recipe; default: simple-cnn")
    train.add_argument("--start", help="begin as photo, which is trained, or as a --save FILE")
    freeze = train.add_argument("--freeze", type=int, nargs="?", const=True, dest="frozen")
    freeze.metavar, freeze.help = "K", "with --start: all but the last layer, or the first K"
    train.add_argument("--epochs", type=int, help=f"default: the recipe's, or {FOLLOWS}")
    train.add_argument("--batch-size", type=int, help=f"default: the recipe's, or {FOLLOWS}")
    train.add_argument("--learning-rate", type=float, help="default: the recipe's, or 0.003")
    train.add_argument("--flip", action="store_true", help="mirror half of the images")
    train.add_argument("--shift", type=int, help="move images by up to so many pixels")
    train.add_argument("--device", help="cpu, cuda or mps; default: the fastest there is")
    precision = train.add_argument("--precision", choices=PRECISIONS, default="auto")
    precision.help = "numbers to compute in; default: the faster ones here"
    train.add_argument("--checkpoint", type=Path, help="file that keeps the run after each epoch")
    train.add_argument("--resume", action="store_true", help="resume from the checkpoint")
    train.add_argument("--save", type=Path, help="a file for the network, which predict reads")
    train.add_argument("--figures", type=Path, help="a folder for curve, confusions, mistakes")
    train.add_argument("--out", type=Path, help="a JSON file for the numbers")
    train.add_argument("--seed", type=int, default=0)
    train.set_defaults(run=_train)


def _size(text: str) -> tuple[int, int]:
    """Read 32 or 48x64 as (height, width)."""
    sides = text.lower().split("x")
    if len(sides) > 2 or not all(side.isdecimal() and int(side) for side in sides):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size. Use 32, or 48x64 for h x w.")
    return int(sides[0]), int(sides[-1])


def _help(_: argparse.Namespace) -> int:
    _parser().print_help()
    return 0


def _lab(options: argparse.Namespace) -> int:
    from cnnlab import check, course, lab

    changes = str(lab.sync(course.LESSONS, options.dir))
    print(f"Your notebooks are in {options.dir.resolve()}", changes, sep="\n")
    print(check.progress(options.dir), flush=True)
    first = lab.lesson_file(options.dir, check.next_lesson(options.dir))
    if options.fetch:
        first = lab.fetch(course.LESSONS, options.dir, options.fetch).relative_to(options.dir)
    quiet = ["--no-browser"] if options.no_browser else []
    return lab.open_lab(options.dir, quiet + options.jupyter, first.as_posix())


def _progress(options: argparse.Namespace) -> int:
    from cnnlab import check, course

    path = course.find_progress(options.dir)
    if not path or not path.exists():
        makes = shell_command("lab", "--dir", options.dir.resolve())
        print(f"Nothing is kept in {options.dir.resolve()} yet. `{makes}` makes your copy.")
    elif options.reset:
        backup = course.reset_progress(path)
        print(f"You begin anew. What was kept is in {backup}: named {path.name}, it counts again.")
    else:
        print(check.progress(options.dir).message, course.what_is_kept(path), sep="\n")
    return 0


def _review(options: argparse.Namespace) -> int:
    from cnnlab.site import server

    if not options.anki:
        return server.run(options.dir, browser=not options.no_browser)
    from cnnlab.site import anki

    count = anki.write(options.anki, server.entered(options.dir)[0])
    print(f"{options.anki.resolve()} has {count} notes: import it in Anki.")
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from cnnlab import doctor

    healthy = True
    for good, what, finding in doctor.examine():
        healthy &= good
        print(f"{'ok ' if good else 'BAD'}  {what:12} {finding}", flush=True)
    print("The course runs here." if healthy else "Fix what is marked BAD, then try again.")
    return 0 if healthy else 1


def _download(options: argparse.Namespace) -> int:
    from cnnlab.data import cifar10

    print(cifar10.load(download=True))
    return 0


def _site(options: argparse.Namespace) -> int:
    from cnnlab.site import build

    try:
        for lesson, news in build.build_site(options.out, options.lessons, pdfs=options.pdf):
            print(f"{lesson:26} {news}", flush=True)
    except build.LessonError as error:
        raise ValueError(str(error)) from None
    print(f"Open {(options.out / 'index.html').resolve()}")
    return 0


def _homework_new(options: argparse.Namespace) -> int:
    from cnnlab import course, lab

    lab.homework(course.LESSONS, options.folder)
    print(f"{options.folder.resolve()} is your course: see README.md there.")
    return 0


def _homework_generate(options: argparse.Namespace) -> int:
    from cnnlab.homework.classroom import sheets

    students = sheets.read_students(options.students)
    folder = options.folder.resolve()
    for path in sheets.generate(folder, options.assignment, students, seed=options.seed):
        print(path)
    print(f"Hand out each student's own. The grader reads {sheets.LIST}: keep it, and its copy.")
    return 0


def _homework_grade(options: argparse.Namespace) -> int:
    from cnnlab.homework.classroom import gradebook
    from cnnlab.homework.grading import grade

    before = gradebook.read(options.folder)
    failed = 0
    for graded in grade.grade(
        options.folder, options.assignment, processes=options.processes, force=options.force
    ):
        failed += graded.problem is not None
        said = graded.problem or f"{graded.seconds:.1f} s {graded.word or ''}".rstrip()
        print(f"{graded.student:24} {said}", flush=True)
    for line in gradebook.changes(before, gradebook.read(options.folder), options.assignment):
        print(line)
    return 1 if failed else 0


def _homework_marks(options: argparse.Namespace) -> int:
    from cnnlab.homework.classroom import gradebook, lms

    marks = gradebook.read(options.folder)
    if unknown := [name for name in options.assignments if name not in marks]:
        known = ", ".join(marks) or "none"
        raise ValueError(f"No {', '.join(unknown)} in the gradebook. Assignments there: {known}.")
    chosen = {name: marks[name] for name in options.assignments or marks}
    for line in lms.fill(options.table, chosen, options.out):
        print(line)
    return 0


def _homework_report(options: argparse.Namespace) -> int:
    from cnnlab.homework.classroom import class_report, outcomes

    if sum(map(bool, (options.assignments, options.progress, options.inventory))) != 1:
        raise ValueError(
            "Name assignments, such as hw1, or a folder: --progress FOLDER or --inventory FOLDER."
        )
    if options.inventory:
        return _inventory_report(options)
    if options.progress:
        found = outcomes.read_progress(options.progress)
    else:
        found = outcomes.read_graded(options.folder, options.assignments)
    out = options.out or Path("class-report.html")
    for path in class_report.write_report(found, out, names=options.names):
        print(f"Written: {path.resolve()}")
    for what, files in (("damaged", found.unread), ("not graded", found.ungraded)):
        if files:
            print(f"{len(files)} {what}" + ("" if options.names else " (--names says which)"))
        for each in files if options.names else ():
            print(f"{what}: {each}")
    return 0


def _inventory_report(options: argparse.Namespace) -> int:
    from cnnlab.homework.classroom import inventory_report, inventory_results
    from cnnlab.widgets import inventory_items

    study = inventory_report.Study(
        inventory_results.read(options.inventory), inventory_items.items()
    )
    print(*inventory_report.summary(study, names=options.names), sep="\n")
    out = options.out or Path("inventory-report.html")
    for path in inventory_report.write_report(study, out, names=options.names):
        print(f"Written: {path.resolve()}")
    return 0


def _train(options: argparse.Namespace) -> int:
    from cnnlab.training.command_line import train

    return train.run(options)


def _predict(options: argparse.Namespace) -> int:
    from cnnlab.training.command_line import predict

    return predict.run(options)


if __name__ == "__main__":
    sys.exit(main())
