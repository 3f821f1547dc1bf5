"""No lesson tells a result before its prediction is made: read as it is shown, executed."""

import pytest
from nbformat import v4

from tests.lessons import LESSONS, as_shipped, executed
from tests.notebooks import shown_first
from tests.notebooks.shown_first import prompts_without_field as no_field
from tests.site.small_lessons import PNG, code, slide, text


@pytest.mark.slow
@pytest.mark.parametrize("path", LESSONS)
def test_no_result_is_told_before_its_prediction(path, tmp_path):
    cells = as_shipped(executed(path, tmp_path)).cells
    found = [f"{cell}: no field before the next output" for cell in no_field(cells)]
    found += [f"{cell}: {said!r} tells {name!r}" for cell, said, name in shown_first.leaks(cells)]
    assert found == [], "\n".join(found)
    assert [each.id for each in cells if shown_first.is_claim(each) and each.outputs] == []


def stream(words):
    return v4.new_output("stream", text=f"{words}\n")


def result(kind, repr_):
    return v4.new_output("execute_result", {"text/plain": f"{kind}('02 n', {repr_})"})


FIGURE = v4.new_output("display_data", {"image/png": PNG, "text/plain": "<Figure>"})
CLAIM = "assert 0.80 < share < 0.90"
SHARE = (
    code(
        'guess = widgets.Prediction("02 n", "A coin gives 50 %. How much?", unit="%",\n'
        '    common={85: "One in seven."})',
        "asked",
        tags=["hide-input"],
    ),
    code("guess.compare(100 * share)", "measured", stream("86 %"), result("Comparison", 86.2)),
)
STEPS = ("A step is small.", "A step is too large.")
CHOICE = (
    code(f'guess = widgets.Prediction("02 n", "Which?", choices={STEPS})', "asked"),
    code("guess.compare(found)", "measured", result("Comparison", repr(STEPS[0]))),
)
SHAPE = (
    code('guess = widgets.Prediction("02 n", "A 3x3 kernel. Which shape?", kind="shape")', "asked"),
    code("guess.compare(columns.shape)", "measured", result("Comparison", [9, 12])),
)
COUNT = (
    code('guess = widgets.Prediction("02 n", "How many of 4,000?")', "asked"),
    code("guess.compare(count)", "measured", result("Comparison", 112_384)),
)


def lesson(prompt, *, heading="## Small responses", above=(), between=(), below=(), claim=CLAIM):
    ends = [code(claim, "n-claim", tags=["claim"]), text("## Next\n\n86 % it was.", "next")]
    cells = [text(heading, "heading"), *above, prompt[0], *between, prompt[1], *below, *ends]
    return [v4.new_markdown_cell("# 02\n\n86 % and 112,384.", id="title"), *cells]


def told(*given, **where):
    return [said for _, said, _ in shown_first.leaks(lesson(*given, **where))]


TELLS = {
    "an assert": {"between": [code("assert share > 0.86", "here")]},
    "a print before": {"above": [code("look()", "here", stream("share 0.862"))]},
    "a print between": {"between": [code("look()", "here", stream("86.2"))]},
    "a text": {"above": [text("You will see that 86 % are small.", "here")]},
    "a text between, by its bounds": {"between": [text("About 84 % are small.", "here")]},
    "a heading": {"heading": "## 86 % of the responses are small"},
    "a comment": {"above": [code("share = measure()  # 0.86", "here")]},
    "a figure's title": {"below": [code('ax.set_title("86 % are small")', "here")]},
    "a figure that folded code draws": {
        "above": [code('title("86 %")', "here", FIGURE, tags=["hide-input"])]
    },
    "a caption": {"below": [text("*86 % of the map is white.*", "here")]},
}


@pytest.mark.parametrize("where", TELLS)
def test_a_result_told_early_is_seen(where):
    assert len(told(SHARE, **TELLS[where])) == 1


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        (CHOICE, "A step is small."),
        (SHAPE, "Its shape is 9x12."),
        (SHAPE, "It prints `(9, 12)`."),
        (COUNT, "That is 112,384 times."),
        (COUNT, "About 112,000 of them."),
        (COUNT, "About 100 times 1,100: more than 101,000."),
    ],
)
def test_results_of_each_kind_are_seen(prompt, words):
    claim = "assert (count, 1) == (101_000, 1)"
    assert len(told(prompt, above=[text(words, "here")], claim=claim)) == 1


WAITS = {
    "nothing": {},
    "what came out": {
        "below": [
            text("<details>\n<summary>What came out</summary>\n\n86 %.\n\n</details>", "here")
        ]
    },
    "the lecturer's": {"above": [slide("## 86 %", "here")]},
    "a claim": {"above": [code("assert share > 0.86", "here", tags=["claim"])]},
    "an output below": {"below": [code("more()", "here", stream("86 %"))]},
    "folded code": {"above": [code("share = 0.86", "here", tags=["hide-input"])]},
    "in the question": {"above": [text("A coin gives 50 %; is it 85?", "here")]},
    "an input": {"above": [code("width = 86", "here"), text("The width is 86.", "more")]},
    "another number": {"above": [text("3x3 pixels, 8,836 places, 9 of 79 %.", "here")]},
    "a further exercise": {
        "below": [code("def f(): ...", "here", tags=["exercise"]), text("86 %", "more")]
    },
}


@pytest.mark.parametrize("where", WAITS)
def test_what_waits_or_has_to_be_known_is_no_alarm(where):
    assert told(SHARE, **WAITS[where]) == []


def test_an_option_among_the_others_tells_nothing():
    assert told(CHOICE, above=[text(" ".join(STEPS), "here")]) == []


PROMPT = text("**Predict.** How many?", "prompt")


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ([PROMPT, code("look()", "a", stream("7"))], ["prompt"]),
        ([PROMPT], ["prompt"]),
        ([PROMPT, code("x = 1", "a"), code(SHARE[0].source, "b", result("Prediction", 1))], []),
        (
            [text("1. **Predict.** It takes ten seconds.", "a"), code("look()", "b", stream("7"))],
            [],
        ),
        ([text("## Two\n\n**Predict.** How many?", "a")], ["a"]),
        ([text("**On paper.** How many?", "a"), code("look()", "b", stream("7"))], []),
        ([text("*For the lecturer.* **Predict.**", "a"), code("look()", "b", stream("7"))], []),
    ],
)
def test_a_prompt_has_its_field_before_the_next_output(cells, wrong):
    assert no_field(cells) == wrong
