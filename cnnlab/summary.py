"""Count a torch model layer by layer while one empty picture runs through it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from cnnlab.errors import as_int, as_pair
from cnnlab.models.modes import in_eval_mode
from cnnlab.receptive_fields import ReceptiveField, Window

Fields = tuple[ReceptiveField, ReceptiveField]  # along the height, along the width

# Functions whose output at one place depends on the input at that place only.
ARITHMETIC = set("add sub mul div cat mean sum neg".split())  # noqa: SIM905
ACTIVATIONS = set("elu gelu hardswish hardtanh relu relu6 sigmoid silu tanh".split())  # noqa: SIM905
UNCHANGED = set("batch_norm clone contiguous dropout float to".split())  # noqa: SIM905
PLACE_BY_PLACE = ARITHMETIC | ACTIVATIONS | UNCHANGED
WHOLE_MAP = {"flatten", "reshape", "view"}


@dataclass(frozen=True)
class Row:
    """One layer, as it was called.

    Attributes:
        name: where it is in the model, as in `model.get_submodule(name)`.
        layer: its class.
        output_shape: of one picture, without the batch.
        parameters: numbers it learns; 0 when it was counted in an earlier row.
        macs: multiply-adds for one picture; adding a bias is not counted.
        receptive_field: along height and width; None where positions have lost their meaning
            or the layer is one this module does not know.
    """

    name: str
    layer: str
    output_shape: tuple[int, ...]
    parameters: int
    macs: int
    receptive_field: Fields | None


@dataclass(frozen=True, repr=False)
class Summary:
    """The rows of a model, first layer first, and their totals."""

    rows: tuple[Row, ...]

    @property
    def parameters(self) -> int:
        return sum(row.parameters for row in self.rows)

    @property
    def macs(self) -> int:
        return sum(row.macs for row in self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Row:
        return self.rows[index]

    def __repr__(self) -> str:
        cells = [("layer", "", "output shape", "parameters", "MACs", "receptive field")]
        cells += [_cells(row) for row in self.rows]
        cells.append(("total", "", "", f"{self.parameters:,}", f"{self.macs:,}", ""))
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        left = (True, True, True, False, False, False)
        return "\n".join(
            "  ".join(
                cell.ljust(width) if is_left else cell.rjust(width)
                for cell, width, is_left in zip(line, widths, left, strict=True)
            ).rstrip()
            for line in cells
        )


def describe(model: nn.Module, input_shape: Sequence[int]) -> Summary:
    """Return one row per layer that computes something. See `arithmetic.describe`."""
    shape = [as_int(f"input_shape[{axis}]", size) for axis, size in enumerate(input_shape)]
    first = next(model.parameters(), torch.empty(0))
    picture = torch.zeros(1, *shape, device=first.device, dtype=first.dtype)
    trace = _Trace(model)
    trace.keep(picture, (ReceptiveField(1, 1, 0), ReceptiveField(1, 1, 0)))
    try:
        with in_eval_mode(model), torch.no_grad(), trace:
            model(picture)
    finally:
        trace.remove()
    return Summary(tuple(trace.rows))


class _Trace(TorchFunctionMode):
    """Follow the receptive field from tensor to tensor, and write a row after each layer."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.fields: dict[int, tuple[Tensor, Fields]] = {}  # by id; the tensor keeps it unique
        self.counted: set[nn.Parameter] = set()
        self.hooks = [
            module.register_forward_hook(self._row_writer(name or "model"))
            for name, module in model.named_modules()
            if not any(module.children()) or module._parameters
        ]

    def remove(self) -> None:
        for hook in self.hooks:
            hook.remove()

    def keep(self, tensor: Tensor, fields: Fields | None) -> None:
        self.fields.pop(id(tensor), None)
        if fields is not None:
            self.fields[id(tensor)] = (tensor, fields)

    def of(self, tensor: Tensor) -> Fields | None:
        return self.fields.get(id(tensor), (None, None))[1]

    def __torch_function__(
        self, function: Callable, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        result = function(*args, **(kwargs or {}))
        name = getattr(function, "__name__", "").strip("_")
        name = name.removeprefix("r") if name in ("radd", "rmul", "rsub") else name
        name = name.removeprefix("i") if name in ("iadd", "imul", "isub") else name
        if not isinstance(result, Tensor) or name not in PLACE_BY_PLACE | WHOLE_MAP:
            return result
        inputs = args[0] if isinstance(args[0], list | tuple) else args
        known = [(each, self.of(each)) for each in inputs if isinstance(each, Tensor)]
        known = [(each, fields) for each, fields in known if fields is not None]
        if known and name in WHOLE_MAP and result.dim() != args[0].dim():
            self.keep(result, _pooled(known[0][1], args[0].shape[-2:], (1, 1)))
        elif known and all(each.shape[2:] == result.shape[2:] for each, _ in known):
            self.keep(result, _union([fields for _, fields in known]))
        return result

    def _row_writer(self, name: str) -> Callable:
        def write(module: nn.Module, inputs: tuple, output: Any) -> None:
            if not isinstance(output, Tensor):
                return
            fields = self.of(inputs[0])
            if isinstance(module, nn.Linear):
                self.keep(output, fields)
            elif fields and output.dim() == 4 and _slides(module):
                shapes = inputs[0].shape[-2:], output.shape[-2:]
                self.keep(output, _through(module, fields, *shapes))
            new = set(module.parameters(recurse=False)) - self.counted
            self.counted |= new
            parameters = sum(parameter.numel() for parameter in new)
            macs = _macs(module, inputs[0], output)
            shape = tuple(output.shape[1:])
            self.rows.append(
                Row(name, type(module).__name__, shape, parameters, macs, self.of(output))
            )

        return write


def _slides(module: nn.Module) -> bool:
    return hasattr(module, "kernel_size") or hasattr(module, "output_size")


def _through(
    module: nn.Module, fields: Fields, before: Sequence[int], after: Sequence[int]
) -> Fields | None:
    """Return the fields behind a convolution or pooling, from its own settings."""
    if hasattr(module, "output_size"):  # adaptive pooling
        return _pooled(fields, before, after)
    if isinstance(module, nn.modules.conv._ConvTransposeNd):
        return None  # its units do not share one size
    kernel, stride = as_pair("kernel_size", module.kernel_size), as_pair("stride", module.stride)
    dilation = as_pair("dilation", getattr(module, "dilation", 1))
    padding = module.padding
    if padding == "same":  # torch pads the far side more where the total is odd
        padding = tuple(d * (k - 1) // 2 for d, k in zip(dilation, kernel, strict=True))
    padding = as_pair("padding", 0 if padding == "valid" else padding, minimum=0)
    windows = (Window(*axis) for axis in zip(kernel, stride, padding, dilation, strict=True))
    height, width = (field.behind(w) for field, w in zip(fields, windows, strict=True))
    return height, width


def _pooled(fields: Fields, before: Sequence[int], after: Sequence[int]) -> Fields | None:
    """Return the fields after `before` positions become `after`, in equal parts."""
    if any(size % parts for size, parts in zip(before, after, strict=True)):
        return None
    windows = (Window(b // a, stride=b // a) for b, a in zip(before, after, strict=True))
    height, width = (field.behind(w) for field, w in zip(fields, windows, strict=True))
    return height, width


def _union(known: list[Fields]) -> Fields | None:
    """Return the fields of a sum: what any of its terms depends on."""
    axes = []
    for fields in zip(*known, strict=True):
        if len({field.stride for field in fields}) > 1:
            return None
        start = min(field.start for field in fields)
        end = max(field.start + field.size for field in fields)
        axes.append(ReceptiveField(end - start, fields[0].stride, start))
    return axes[0], axes[1]


def _macs(module: nn.Module, images: Tensor, output: Tensor) -> int:
    """Every weight of a convolution is used once per position, of a linear layer once per row."""
    weight = getattr(module, "weight", None)
    if isinstance(module, nn.Linear):
        return weight.numel() * (output.numel() // output.shape[-1])
    if weight is None or not hasattr(module, "kernel_size"):
        return 0
    transposed = isinstance(module, nn.modules.conv._ConvTransposeNd)
    return weight.numel() * (images if transposed else output)[0, 0].numel()


def _cells(row: Row) -> tuple[str, ...]:
    field = row.receptive_field
    sizes = "x".join(str(axis.size) for axis in field) if field else "-"
    shape = "x".join(map(str, row.output_shape))
    return row.name, row.layer, shape, f"{row.parameters:,}", f"{row.macs:,}", sizes
