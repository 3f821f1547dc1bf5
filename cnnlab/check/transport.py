"""Carry what a learner's function gave to the process that judges it, as JSON.

Nothing that arrives is run or unpickled: it may be written by whoever likes to.
"""

import json
from typing import Any

import torch
from torch import Tensor

from cnnlab.check.attempt import Observed
from cnnlab.check.call import Crash, TooSlow
from cnnlab.exercises.kit.forbidden import AUTOGRAD, CONVOLUTION
from cnnlab.exercises.kit.values import Unusable, plain

MIMETYPE = "application/vnd.cnnlab.observed+json"
TEXT = 1000  # characters of one string: the message of an error, a name
LINES = 50  # of a traceback
DEPTH = 4
MOST = 10_000_000  # numbers of one tensor


def to_json(observed: Observed) -> dict[str, Any]:
    """Return what was seen of one call in plain JSON."""
    answer = observed.answer
    if isinstance(answer, TooSlow):
        return {"slow": answer.seconds, "stopped": answer.stopped}
    if isinstance(answer, Crash):
        error = [type(answer.error).__name__, str(answer.error)[:TEXT]]
        return {
            "crash": error,
            "blank": answer.blank,
            "where": [line[:TEXT] for line in answer.where],
        }
    rest = {"returned": observed.returned, "changed": observed.changed, "left": observed.left}
    rest["used"] = observed.used
    return {"answer": _packed(answer), **rest}


def _packed(value: Any, depth: int = DEPTH) -> Any:
    if isinstance(value, str):
        return {"text": str.__str__(value)[:TEXT]}
    if isinstance(value, dict) and depth:
        pairs = list(dict.items(value))
        return {"dict": [[_packed(k, 0), _packed(v, depth - 1)] for k, v in pairs]}
    if isinstance(value, list | tuple) and depth:
        cells = tuple.__iter__(value) if isinstance(value, tuple) else list.__iter__(value)
        return {"row": [_packed(each, depth - 1) for each in cells]}
    value = value if isinstance(value, Unusable) else plain(value, 0)
    if isinstance(value, Tensor):
        return {"shape": list(value.shape), "numbers": value.flatten().tolist()}
    if value is Ellipsis:
        return {"ellipsis": True}
    if value is None or isinstance(value, bool | int | float):
        return value
    return {"unusable": value.type_name if isinstance(value, Unusable) else type(value).__name__}


def from_json(text: str) -> list[Observed]:
    """Return what was seen of several calls.

    Raises:
        ValueError: if the text is not of the form that `to_json` gives it.
    """
    try:
        return [_observed(each) for each in json.loads(text)]
    except (KeyError, TypeError, AttributeError, RuntimeError, RecursionError, OverflowError):
        raise ValueError("what came back is not what was seen of a call") from None


def _observed(seen: dict[str, Any]) -> Observed:
    if "slow" in seen:
        return Observed(TooSlow(float(seen["slow"]), bool(seen["stopped"])))
    if "crash" in seen:
        name, message = (str(each)[:TEXT] for each in seen["crash"])
        base = NotImplementedError if seen["blank"] is True else Exception
        where = tuple(str(line)[:TEXT] for line in seen["where"][:LINES])
        return Observed(Crash(type(name, (base,), {})(message), where))
    changed, left = seen["changed"] is True, str(seen["left"])[:TEXT]
    used = seen["used"] if seen["used"] in (CONVOLUTION, AUTOGRAD) else ""
    return Observed(_unpacked(seen["answer"]), str(seen["returned"])[:TEXT], changed, left, used)


def _unpacked(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if "text" in value:
        return str(value["text"])[:TEXT]
    if "row" in value:
        return tuple(map(_unpacked, value["row"]))
    if "dict" in value:
        return {_unpacked(key): _unpacked(each) for key, each in value["dict"]}
    if "shape" in value:
        if len(value["numbers"]) > MOST:
            raise ValueError(f"a tensor of more than {MOST:,} numbers")
        return torch.tensor(value["numbers"], dtype=torch.float64).reshape(value["shape"])
    return Ellipsis if "ellipsis" in value else Unusable(str(value["unusable"])[:TEXT])
