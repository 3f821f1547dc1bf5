"""Questions with fresh numbers: right, different from one another, and who gets which."""

import ast
import json
import re
from math import prod

import pytest
import torch
from torch.nn import functional as F

from cnnlab import arithmetic, exercises
from cnnlab.widgets import review_computed, review_items, review_numbers
from tests.test_package import modules_after

NETWORK = "its question is a program that trains or runs a network"
TABLES = "its question and its answer are tables of too many numbers for a line"
NOT_ASKED = {
    "edge_kernel": "it has no numbers that could be others",
    "dot_kernel": "it has no numbers that could be others",
    "diagonal_kernel": "it has no numbers that could be others",
    "count_lenet5": "it has no numbers that could be others",
    "count_plain": "it has no numbers that could be others",
    "count_modern": "it has no numbers that could be others",
    "budget_network": NETWORK,
    "build_network": NETWORK,
    "trained_network": NETWORK,
    "evaluate": NETWORK,
    "train_one_epoch": NETWORK,
    "fit": NETWORK,
    "choose_rate": NETWORK,
    "grad_cam": NETWORK,
    "equivariance_error": NETWORK,
    "shift_consistency": NETWORK,
    "fgsm": NETWORK,
    "throughput": NETWORK,
    "shared_gradient": NETWORK,
    "freeze": NETWORK,
    **{f"fixed_{n}": "finding its cause is the task" for n in range(1, 9)},
    "diagnoses": "finding the causes is the task",
    "numerical_gradient": "its answer is too near the exact gradient to tell by head",
    "compare": "no head takes the root of a variance",
    "compare_pairs": "no head takes the root of a variance",
    "random_shift": "its answer is drawn at random",
    "split_by_group": "its answer is drawn at random",
    "conv2d_multichannel": TABLES,
    "im2col": TABLES,
    "conv_backward": TABLES,
    "residual_block": TABLES,
    "batch_norm": TABLES,
    "permute_pixels": TABLES,
    "spectrogram": TABLES,
    "whitening_kernels": TABLES,
    "standardize": TABLES,
    "find_template": TABLES,
    "conv_forward": TABLES,
    "bias_gradient": TABLES,
    "weight_gradient": TABLES,
    "image_gradient": TABLES,
}
NO_BELIEF = {
    ("respond", "fraction cut off"): "all numbers are whole",
    ("causal_conv1d", "cut by a negative index"): "its answer is empty",
    ("accuracy", "only confident answers"): "whole scores as far apart as these are all confident",
    ("balanced_accuracy", "mean of nothing"): "its answer is not a number",
    ("pgd_step", "change scaled"): "one number is scaled as it is cut",
}


def made(name):
    return {identity: variants for identity, variants, _ in review_computed.computed(name)}


def test_every_exercise_is_asked_again_or_says_why_not():
    assert set(NOT_ASKED).isdisjoint(review_numbers.ASKED_AGAIN)
    assert {*NOT_ASKED, *review_numbers.ASKED_AGAIN} == set(exercises.names())


def test_every_misconception_of_those_is_asked_or_says_why_not():
    left = {
        (name, each.name)
        for name in review_numbers.ASKED_AGAIN
        for each in exercises.load(name).misconceptions
        if f"belief/{name}/{each.name}" not in made(name)
    }
    assert left == set(NO_BELIEF)


@pytest.mark.parametrize("name", review_numbers.ASKED_AGAIN)
def test_the_variants_of_an_item_differ(name):
    items = made(name)
    assert (f"compute/{name}" in items) == (review_numbers.ASKED_AGAIN[name].kind != "choice")
    for identity, variants in items.items():
        questions = [each["question"] for each in variants]
        least = review_computed.FEWEST if identity.startswith("belief") else 12
        assert len(set(questions)) == len(questions) >= least, identity
        assert len(questions) <= 12
        assert json.loads(json.dumps(variants)) == variants


@pytest.mark.parametrize("name", review_numbers.ASKED_AGAIN)
def test_a_belief_is_asked_where_it_is_wrong(name):
    ideas = {each.name: each.idea for each in exercises.load(name).misconceptions}
    for identity, variants in made(name).items():
        if not identity.startswith("belief"):
            continue
        for asked in variants:
            texts, said = zip(*asked["options"], strict=True)
            assert asked["answer"] == 0
            assert said[0].startswith("Yes. ")
            assert ideas[identity.split("/")[2]] in said[1]
            assert len(set(texts)) == len(texts) >= 2


@pytest.mark.parametrize("name", review_numbers.ASKED_AGAIN)
def test_what_is_typed_is_whole_and_each_common_answer_is_one_wrong_idea(name):
    for asked in made(name).get(f"compute/{name}", ()):
        whole = asked["answer"] if asked["kind"] == "shape" else [asked["answer"]]
        assert name == "accuracy" or all(isinstance(each, int) for each in whole)
        wrong = [json.dumps(answer) for answer, _ in asked["common"]]
        assert len(set(wrong)) == len(wrong)
        assert json.dumps(asked["answer"]) not in wrong


def test_beliefs_of_one_exercise_begin_with_other_numbers():
    first = [asked[0]["question"] for name, asked in made("conv_parameters").items()]
    assert len(set(first)) > len(first) / 2


def numbers(question, *names):
    found = (re.search(rf"{name} (\d+)", question) for name in names)
    return [int(each.group(1)) if each else None for each in found]


def test_the_words_of_an_output_size_hold_its_numbers():
    for asked in made("output_size")["compute/output_size"]:
        size = int(re.search(r"(\d+) pixels", asked["question"]).group(1))
        kernel, stride, padding, dilation = numbers(
            asked["question"], "kernel", "stride", "padding", "dilation"
        )
        wanted = arithmetic.conv_output_size(
            size, kernel, stride=stride or 1, padding=padding or 0, dilation=dilation or 1
        )
        assert asked["answer"] == wanted, asked["question"]


def test_the_words_of_a_layer_make_that_layer():
    for asked in made("conv_parameters")["compute/conv_parameters"]:
        layer = eval(asked["question"].split("`")[1], {"Conv2d": torch.nn.Conv2d})
        learned = sum(parameter.numel() for parameter in layer.parameters())
        assert asked["answer"] == learned, asked["question"]


def test_the_words_of_a_stack_hold_its_layers():
    for asked in made("receptive_field")["compute/receptive_field"]:
        told = [numbers(each, "kernel", "stride", "dilation")
                for each in asked["question"].split(";")]  # fmt: skip
        layers = [
            arithmetic.Window(k, stride or 1, dilation=apart or 1) for k, stride, apart in told
        ]
        assert asked["answer"] == arithmetic.receptive_field(layers).size, asked["question"]


def test_the_words_of_the_work_hold_its_shapes():
    for asked in made("layer_macs")["compute/layer_macs"]:
        images, weight = (
            tuple(map(int, shape.split(", ")))
            for shape in re.findall(r"\(([\d, ]+)\)", asked["question"])
        )
        stride, padding = numbers(asked["question"], "stride", "padding")
        out = F.conv2d(
            torch.empty(images), torch.empty(weight), stride=stride or 1, padding=padding or 0
        )
        places = out[0, 0].numel()
        assert asked["answer"] == torch.empty(weight).numel() * places, asked["question"]


def coded(question):
    """Return what stands as code in a question, tensors of the tables there."""
    found = re.findall(r"`(\[.*?\])`", question)
    return [torch.tensor(ast.literal_eval(each), dtype=torch.float64) for each in found]


def whole(question):
    """Return the whole numbers of a question."""
    plain = question.replace("float32", "").replace(",", "") if "MACs" in question else question
    return list(map(int, re.findall(r"\d+", plain)))


def of_table(question):
    *_, size = whole(question)
    maps = [each.split(", ") for each in re.findall(r"\{(.*?)\}", question)]
    return size**2 * sum(map(len, maps)) + len(maps)


def of_roofline(question):
    macs, inputs, outputs, weights, batch = whole(question)
    return batch * macs / (4 * (weights + batch * (inputs + outputs)))


def of_shape(question):
    def pair(name, usual):
        found = re.search(rf"{name} (\d+)x(\d+)", question)
        return tuple(map(int, found.groups())) if found else (usual, usual)

    image, kernel = torch.empty(1, 1, *pair("Image", 0)), torch.empty(1, 1, *pair("kernel", 0))
    settings = pair("stride", 1), pair("padding", 0), pair("dilation", 1)
    return list(F.conv2d(image, kernel, None, *settings).shape[2:])


def of_scores(question):
    scores, labels = coded(question)
    return (scores.argmax(dim=1) == labels).double().mean().item()


FROM_WORDS = {
    "activation_bytes": lambda question: prod(whole(question)),
    "dilated_field": lambda question: 1 + (whole(question)[0] - 1) * sum(whole(question)[1:]),
    "macs_per_byte": of_roofline,
    "table_parameters": of_table,
    "output_shape": of_shape,
    "respond": lambda question: prod_sum(*coded(question)),
    "accuracy": of_scores,
}


def prod_sum(patch, kernel):
    return (patch * kernel).sum().item()


@pytest.mark.parametrize("name", FROM_WORDS)
def test_the_words_of_a_question_lead_to_its_answer(name):
    for asked in made(name)[f"compute/{name}"]:
        assert asked["answer"] == FROM_WORDS[name](asked["question"]), asked["question"]


def windows_of(question):
    kernel, image = coded(question)
    stride, padding, dilation = numbers(question, "stride", "padding", "dilation")
    settings = stride or 1, padding or 0, dilation or 1
    return F.conv2d(image[None, None], kernel[None, None], None, *settings)[0, 0]


def causal_of(question):
    (signal, kernel), (dilation,) = coded(question), numbers(question, "dilation")
    reach = (dilation or 1) * (len(kernel) - 1)
    padded = F.pad(signal, (reach, 0))[None, None]
    return F.conv1d(padded, kernel[None, None], dilation=dilation or 1)[0, 0]


@pytest.mark.parametrize(
    ("name", "compute"),
    [
        ("flip", lambda question: coded(question)[0].flip(0, 1)),
        ("correlate2d", windows_of),
        ("correlate2d_dilated", windows_of),
        ("causal_conv1d", causal_of),
    ],
)
def test_the_words_of_a_choice_lead_to_its_right_option(name, compute):
    for variants in made(name).values():
        for asked in variants:
            (right,) = coded(asked["options"][0][0])
            assert torch.equal(right, compute(asked["question"])), asked["question"]


def test_the_numbers_are_the_same_each_time():
    first = made("output_size")["compute/output_size"][0]
    assert first["question"].startswith(
        "Along one axis: 20 pixels, kernel 2, padding 1, dilation 3."
    )
    assert review_computed._drawn.__wrapped__("flip")[0][1] == review_computed._drawn("flip")[0][1]


def passed(**entry):
    return {"exercises": {"conv_parameters": entry}, "quizzes": {}, "predictions": {}}


@pytest.mark.parametrize(
    ("entry", "ids"),
    [
        ({"outcome": "failed", "mixed_up": ["bias forgotten"]}, []),
        ({"outcome": "passed"}, ["compute/conv_parameters"]),
        ({"outcome": "passed", "mixed_up": 3}, ["compute/conv_parameters"]),
        (
            {"outcome": "passed", "mixed_up": ["bias forgotten", "wrong type"]},
            ["compute/conv_parameters", "belief/conv_parameters/bias forgotten"],
        ),
    ],
)
def test_beliefs_are_asked_of_those_who_showed_them(entry, ids):
    found = review_items.entered(passed(**entry))
    assert [item["id"] for item in found] == ids
    for item in found:
        assert item["enters"] == {"exercises": "conv_parameters"}
        assert (item["lesson"], item["section"]) == ("03_counting", "A color image, 32 maps")


def test_on_a_page_fresh_numbers_enter_with_their_lessons_quiz():
    found = {item["id"]: item for item in review_items.for_pages()}
    assert not any(identity.startswith("belief") for identity in found)
    of_quiz = next(item for item in found.values() if item["id"].startswith("quiz/03"))
    assert found["compute/conv_parameters"]["enters"] == of_quiz["enters"]
    of_all = {item["id"]: item for item in review_items.items()}
    assert of_all["compute/conv_parameters"]["enters"] == {"exercises": "conv_parameters"}
    assert len(json.dumps([*found.values()])) < 400_000


def test_an_exercise_of_another_release_is_passed_over():
    assert review_items.entered({"exercises": {"no such": {"outcome": "passed"}}}) == []


def test_what_stands_in_the_lessons_needs_no_torch():
    progress = {"quizzes": {"10 pixels, `kernel_size=3, stride=3`. What does torch do?": {}}}
    ask = f"from cnnlab.widgets import review_items\nreview_items.entered({progress!r})"
    assert "torch" not in modules_after(ask)
    more = f"{ask}\nreview_items.entered({passed(outcome='passed')!r})"
    assert "torch" in modules_after(more)
