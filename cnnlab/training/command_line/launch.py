"""Join the processes that torchrun started, and report once how a job ended."""

import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import torch
from torch import distributed as dist

from cnnlab.errors import USER_ERRORS, tell

PATIENCE = timedelta(minutes=30)  # the first process may have images to download
LOST = ("Connection closed", "Connection reset", "Broken pipe", "remote process exit")


@contextmanager
def process_group(device: str | None, advice: str) -> Iterator[bool]:
    """Join the processes that torchrun started, for as long as the block runs.

    On CUDA each process gets the card of its number on this machine. An error in the block ends
    the process at once; whatever happens, one process of all says why. Without torchrun this
    does nothing.

    Args:
        device: where to train; None is the fastest there is.
        advice: how to go on, for the message when another process has ended.

    Yields:
        In the first process, whether torchrun has started this job before.
    """
    if not dist.is_available() or not dist.is_torchelastic_launched():
        yield False
        return
    from torch.distributed.rendezvous import rendezvous

    store, rank, size = next(rendezvous("env://"))
    again = int(os.environ["TORCHELASTIC_RESTART_COUNT"]) > 0
    again = rank == 0 and (store.add("starts", 1) > 1 or again)
    name = _agree_on_a_name(store, rank, size)
    # The farewell has a connection of its own: the other may wait for a lost process.
    farewell = dist.PrefixStore(name, next(rendezvous("env://"))[0])
    store = dist.PrefixStore(name, store)
    lost = f"cnnlab: the job was stopped, or another of its processes ended. {advice}"
    try:
        with _on_sigterm(lambda: _end(farewell, lost)):
            dist.init_process_group(
                _backend(device), timeout=PATIENCE, store=store, rank=rank, world_size=size
            )
            yield again
            dist.destroy_process_group()
    except BaseException as error:
        _end(farewell, _sentence(error, lost))


def _agree_on_a_name(store: "dist.Store", rank: int, size: int) -> str:
    """Return a name for this start of the job that is the same in all processes, and new.

    After a restart torchrun's store still holds what earlier processes wrote, such as their
    addresses, and each machine has its own count of restarts. So every process calls itself by
    a word never used before, and the first answers each with its own word, the name.

    Source:
        https://github.com/pytorch/pytorch/issues/135712 has what goes wrong without it. It is
        closed, but torch 2.14 still keeps its first store while the first machine's torchrun lives.
    """
    mine = uuid4().hex
    if rank:
        store.set(f"{rank} is", mine)
        name = store.get(f"name for {mine}").decode()  # waits for it
        store.set(f"{rank} knows {name}", "")
        return name
    waiting = list(range(1, size))
    while waiting := [each for each in waiting if not store.check([f"{each} knows {mine}"])]:
        for each in waiting:
            if store.check([f"{each} is"]):
                store.set(f"name for {store.get(f'{each} is').decode()}", mine)
        time.sleep(0.02)
    return mine


def _backend(device: str | None) -> str:
    """Return what the processes talk through, and give this one its card, if it is to have one."""
    on_cuda = torch.cuda.is_available() if device is None else torch.device(device).type == "cuda"
    if not on_cuda:
        return "gloo"
    processes, cards = int(os.environ["LOCAL_WORLD_SIZE"]), torch.cuda.device_count()
    if processes > cards:
        raise ValueError(f"--nproc-per-node={processes} is above {cards}, this machine's GPUs.")
    torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    return "nccl"


@contextmanager
def _on_sigterm(act: Callable[[], None]) -> Iterator[None]:
    """Act on SIGTERM, which torchrun sends to all when one process has failed.

    A thread does it: the main thread may be waiting for the lost process, deep in a library,
    where Python calls no handler. What Python does even then is to write the signal's number to
    a socket.
    """
    reading, writing = socket.socketpair()
    writing.setblocking(False)

    def wait() -> None:
        while number := reading.recv(1):
            if ord(number) == signal.SIGTERM:
                act()

    threading.Thread(target=wait, daemon=True).start()
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    signal.set_wakeup_fd(writing.fileno())
    try:
        yield
    finally:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, before)
        writing.close()


_ending = threading.Lock()


def _end(farewell: "dist.Store", sentence: str) -> None:
    """End this process, and say why unless another process of the job has said something."""
    with _ending:
        try:
            if _is_first_to_report(farewell):
                sys.stdout.flush()
                print(f"\n{sentence.strip()}", file=sys.stderr, flush=True)
        finally:  # also when nobody listens any more
            os._exit(1)  # Python's own end could wait for the other processes


def _is_first_to_report(farewell: "dist.Store") -> bool:
    try:
        return farewell.add("said", 1) == 1
    except RuntimeError:  # the machine that holds the farewell is gone
        return os.environ["LOCAL_RANK"] == "0"


def _sentence(error: BaseException, lost: str) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "cnnlab: stopped."
    if isinstance(error, USER_ERRORS):
        return f"cnnlab: {error}"
    if isinstance(error, RuntimeError) and any(part in str(error) for part in LOST):
        return lost
    if os.environ.get("CNNLAB_DEBUG"):
        return "".join(traceback.format_exception(error))
    return f"cnnlab: {tell(error)[0]}"
