"""Choose where and in which numbers to compute."""

import torch


def best_device() -> torch.device:
    """Return the fastest device of this machine: CUDA, else Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def uses_bfloat16(device: torch.device, amp: bool | None) -> bool:
    """Return whether a run computes in bfloat16: as `amp` says, else on CUDA cards that can."""
    if amp is None:
        return device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return amp


def autocast_on(device: torch.device, amp: bool | None) -> torch.autocast:
    """Return the context in which a run computes; see `uses_bfloat16`."""
    return torch.autocast(device.type, torch.bfloat16, enabled=uses_bfloat16(device, amp))
