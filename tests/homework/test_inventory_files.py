"""What is read of the inventory's files when they are damaged, linked, repeated or too many."""

import json
import os

import pytest

from cnnlab.homework.classroom import inventory_results
from tests.widgets.helpers import in_node, needs_node

from .inventories import record, taken, write
from .test_inventory_report import IDS, report_on, words

GOOD = json.dumps(record(IDS[0], taken([1]), taken([0]))).encode()
DEEP = b"[" * 100_000 + b"]" * 100_000


def changed(**parts):
    return json.dumps(record(IDS[0], taken([1]), None) | parts).encode()


DAMAGED = {
    "empty": b"",
    "deep": DEEP[:40_000] + DEEP[-40_000:],
    "deep answers": GOOD.replace(b"[1", b"[" * 30_000),
    "list": b"[]",
    "nan": b"NaN",
    "null": b"null",
    "bytes": GOOD.replace(b"inventory", b"\xff\xfe"),
    "zip": b"PK\x03\x04\x00\x00",
    "digits": GOOD.replace(b"[1", b"[" + b"9" * 5000),
    "too large": GOOD + b" " * inventory_results.LARGEST,
    "other": changed(cnnlab="progress"),
    "version": changed(version=2),
    "version true": changed(version=True),
    "no id": changed(learner=None),
    "short id": changed(learner="1234567"),
    "long id": changed(learner="0" * 33),
    "html id": changed(learner="<script>alert(1)</script>"),
    "id with a line": changed(learner=IDS[0] + "\n"),
    "id of digits elsewhere": changed(learner="١٢٣٤٥٦٧٨"),
    "form": changed(before={"form": "C", "answers": [0] * 18}),
    "form list": changed(before={"form": ["A"], "answers": [0] * 18}),
    "no form": changed(before={"answers": [0] * 18}),
    "before list": changed(before=[0] * 18),
    "before text": changed(before="A"),
    "before false": changed(before=False),
    "answers text": changed(before={"form": "A", "answers": "0" * 18}),
    "answers dict": changed(before={"form": "A", "answers": {str(n): 0 for n in range(18)}}),
    **{
        f"answer {number}": changed(before={"form": "A", "answers": [answer, *[0] * 17]})
        for number, answer in enumerate(
            [4, -1, 1.0, True, "0", [0], {}, float("nan"), float("inf"), 10**400]
        )
    },
    "17 answers": changed(before={"form": "A", "answers": [0] * 17}),
    "19 answers": changed(before={"form": "A", "answers": [0] * 19}),
    "no after": GOOD.replace(b'"after"', b'"later"'),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_counted_and_stops_nothing(tmp_path, name):
    (tmp_path / "cnnlab-inventory-<b>.json").write_bytes(DAMAGED[name])
    write(tmp_path, IDS[1], taken([1]), taken([]))
    study, page = report_on(tmp_path, names=True)
    assert [each.id for each in study.results.learners] == [IDS[1]]
    assert [source for source, _ in study.results.unread] == ["cnnlab-inventory-<b>.json"]
    assert "not counted: 1." in page
    assert "cnnlab-inventory-&lt;b&gt;.json: " in page
    assert "<b>" not in page


@needs_node
def test_what_the_page_writes_is_what_is_read(tmp_path):
    rounds = [taken([None, 2], "B"), taken([1])]
    learner = {"id": IDS[0]}
    records = [
        {"learner": learner, "before": rounds[0]},
        {"learner": learner, "before": rounds[0], "after": rounds[1], "skipped": {"after": True}},
    ]
    for number, written in enumerate(in_node("handIn", [[each] for each in records], "inventory")):
        (tmp_path / f"cnnlab-inventory-{number}.json").write_text(json.dumps(written, indent=1))
    found = inventory_results.read(tmp_path)
    assert found.unread == ()
    (learner,) = found.learners
    assert [learner.before._asdict(), learner.after._asdict()] == [
        {"form": each["form"], "answers": tuple(each["answers"])} for each in rounds
    ]


def test_a_good_file_is_read_with_what_a_later_version_may_add(tmp_path):
    (tmp_path / "CNNLAB-inventory (1).JSON").write_bytes(GOOD.replace(b"{", b'{"more": NaN, ', 1))
    (learner,) = inventory_results.read(tmp_path).learners
    assert (learner.id, learner.before.score, learner.after.score) == (IDS[0], 17, 18)


def test_links_and_pipes_are_not_followed(tmp_path):
    outside, folder = tmp_path / "outside", tmp_path / "class"
    target = write(outside, IDS[0], taken([]), taken([]))
    write(folder, IDS[1], taken([]), taken([]))
    (folder / "cnnlab-inventory-link.json").symlink_to(target)
    (folder / "linked").symlink_to(outside, target_is_directory=True)
    (folder / "round").symlink_to(folder, target_is_directory=True)
    (folder / "cnnlab-inventory-folder.json").mkdir()
    os.mkfifo(folder / "cnnlab-inventory-pipe.json")
    found = inventory_results.read(folder)
    assert [each.id for each in found.learners] == [IDS[1]]
    assert {reason for _, reason in found.unread} == {"not a regular file"}
    assert len(found.unread) == 2


def test_neither_depth_nor_number_is_without_end(tmp_path, monkeypatch):
    write(tmp_path.joinpath(*"abcdefgh"), IDS[0], taken([]), None)
    write(tmp_path.joinpath(*"abcdefghi"), IDS[1], taken([]), None)
    assert [each.id for each in inventory_results.read(tmp_path).learners] == [IDS[0]]
    monkeypatch.setattr(inventory_results, "MOST", 2)
    for learner in IDS[2:]:
        write(tmp_path, learner, taken([]), None)
    found = inventory_results.read(tmp_path)
    assert len(found.learners) == 2
    assert found.more
    assert "some learners are missing here" in report_on(tmp_path)[1]


def test_of_two_files_of_a_learner_that_with_both_times_counts(tmp_path):
    one, two, three = (taken([1] * wrong) for wrong in (1, 2, 3))
    write(tmp_path / "a", IDS[0], one, two)
    write(tmp_path / "b", IDS[0].upper(), three, None)
    write(tmp_path / "c", IDS[1], one, None)
    write(tmp_path / "d", IDS[1].upper(), two, None)
    write(tmp_path / "e", IDS[1], three, None)
    found = inventory_results.read(tmp_path)
    assert [each.before.score for each in found.learners] == [17, 15]
    assert len(found.repeated) == 2 + 1
    assert "Files left out because another file of the same learner is counted: 3" in words(
        report_on(tmp_path)[1]
    )
