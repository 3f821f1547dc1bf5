"""Keep a training run on the disk, so that an interrupted one resumes where it was."""

import os
import re
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import torch
from torch import nn

from cnnlab.data import Augment
from cnnlab.errors import DataError, report
from cnnlab.files import atomic_write
from cnnlab.training import distributed
from cnnlab.training.history import Epoch, History
from cnnlab.training.last_losses import LastLosses
from cnnlab.training.settings import Settings


class Checkpoint:
    """One file: the model, the optimizer, the settings and the finished epochs of a run.

    Of several processes, rank 0 reads and writes it, and broadcasts what is in it.

    Args:
        images: what the model is trained on, in words.
    """

    def __init__(
        self,
        path: Path,
        settings: Settings,
        *,
        images: str,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        losses: LastLosses,
    ) -> None:
        self.path, self.model, self.optimizer, self.losses = path, model, optimizer, losses
        self.settings = {"model": type(model).__name__, "images": images} | settings.as_record()
        self.defaults = type(settings)(epochs=settings.epochs).as_record()

    def write(self, history: History) -> None:
        """Replace the file by the run as it is now. A full disk is reported; the run goes on."""
        if not distributed.is_main_process():
            return
        record = {
            "settings": self.settings,
            "precision": history.precision,
            "epochs": [asdict(epoch) for epoch in history.epochs],
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        if self.settings["leave_out"]:
            record["losses"] = self.losses.values
        try:
            atomic_write(self.path, lambda file: torch.save(record, file))
        except OSError as error:
            report(
                f"\nThe checkpoint {self.path} could not be written ({error}); training goes on."
            )

    def restore(self) -> History:
        """Bring model and optimizer to where the file left them; without a file, do nothing.

        A setting that the file lacks has its default: the file is older than the setting.

        Raises:
            DataError: if the file is damaged or not a checkpoint.
            ValueError: if it belongs to a run with other settings. Other `epochs` are allowed.
        """
        record = distributed.broadcast_from_rank0(
            lambda: self.path.exists() and read_checkpoint(self.path)
        )
        if not record:
            return History()
        saved = self.defaults | record["settings"]
        for name, value in self.settings.items():
            before = saved.get(name)
            if name != "epochs" and _without_defaults(before) != _without_defaults(value):
                raise ValueError(
                    f"{self.path} was made with {name}={before}, but this run has {name}={value}. "
                    f"Use the same, or another checkpoint file."
                )
        try:
            self.model.load_state_dict(record["model"])
        except RuntimeError:
            raise ValueError(
                f"{self.path} holds a {self.settings['model']} of other sizes than this one. "
                f"Make the same model, or use another checkpoint file."
            ) from None
        self.optimizer.load_state_dict(record["optimizer"])
        if "losses" in record:
            self.losses.values = record["losses"].to(self.losses.values.device)
        return History(record["epochs"], precision=record.get("precision", ""))


def _without_defaults(setting: Any) -> Any:
    """Return a setting, the text of an Augment without the defaults that an older file may lack."""
    if isinstance(setting, str):
        for each in fields(Augment):
            default = re.escape(f"{each.name}={each.default!r}")
            setting = re.sub(rf"(, )?\b{default}(?=[,)])", "", setting)
    return setting


def read_checkpoint(path: Path, device: torch.device | str = "cpu") -> dict[str, Any]:
    """Return what `Checkpoint.write` wrote, epochs as `Epoch`; nothing in the file is executed.

    Raises:
        DataError: if the file is missing, damaged or not a checkpoint.
    """
    try:
        record = torch.load(path, map_location=device, weights_only=True)
        missing = {"settings", "epochs", "model", "optimizer"} - set(record)
        record["epochs"] = [Epoch.from_record(epoch) for epoch in record["epochs"]]
    except FileNotFoundError:
        raise DataError(f"There is no checkpoint {path}.") from None
    except Exception:  # a damaged file can fail in any way
        missing = {"everything"}
    if missing:
        raise DataError(
            f"{path} is an incomplete checkpoint. Delete it to start from the beginning."
        )
    return record


def precision_in(path: str | os.PathLike | None) -> str:
    """Return the numbers that a checkpoint's run computed in; "" if there is none, or it is old.

    Raises:
        DataError: if the file is damaged or not a checkpoint.
    """
    if path is None or not Path(path).exists():
        return ""
    return read_checkpoint(Path(path)).get("precision", "")
