"""The wire between the grader and the kernel in the box.

The grader opens the sockets and the kernel connects to them, the other way round than usual: so the
box needs no folder of the grader's machine that it can write to.
"""

from pathlib import Path
from typing import Any

from ipykernel.kernelapp import IPKernelApp
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.connect import channel_socket_types
from jupyter_client.manager import AsyncKernelManager
from traitlets import Type

LARGEST = 4 * 2**20  # bytes of one message; the wire is cut at a larger one
WAITING = 100  # messages that may wait to be read
MILLISECONDS = 60_000  # to send one in: the kernel must have connected by then, and still be there


class _Opened:
    """Open a socket for the kernel to connect to."""

    opened: tuple[str, ...]

    def _create_connected_socket(self, channel: str, identity: bytes | None = None) -> Any:
        socket = self.context.socket(channel_socket_types[channel])  # type: ignore[attr-defined]
        socket.linger = 0
        socket.maxmsgsize = LARGEST
        socket.rcvhwm = WAITING
        socket.sndtimeo = MILLISECONDS
        if identity:
            socket.identity = identity
        if channel in self.opened:
            url = self._make_url(channel)  # type: ignore[attr-defined]
            socket.bind(url)
            Path(url.removeprefix("ipc://")).chmod(0o666)  # its folder is the grader's alone
        return socket


class BoxedClient(_Opened, AsyncKernelClient):
    """Talk to the kernel in the box."""

    opened = ("shell", "iopub", "stdin")

    def start_channels(self, *_: Any, **__: Any) -> None:
        """Do without the channels that `BoxedManager` or nobody uses."""
        super().start_channels(hb=False, control=False)


class BoxedManager(_Opened, AsyncKernelManager):
    """Start the kernel in the box, and interrupt it."""

    opened = ("control",)

    client_factory = Type(BoxedClient)


class ConnectingKernel(IPKernelApp):
    """A kernel that connects to the sockets which the grader has opened."""

    def init_sockets(self) -> None:
        super().init_sockets()
        self.shell_socket.connect(f"ipc://{self.ip}-{self.shell_port}")

    def _bind_socket(self, s: Any, port: int) -> int:
        if s is not self.shell_socket:  # the debugger would connect to wherever that one is
            s.connect(f"ipc://{self.ip}-{port}")
        return port

    def init_heartbeat(self) -> None:
        """Do without one: the grader sees whether the process lives."""

    def write_connection_file(self, **_: Any) -> None:
        """Leave it as the grader has written it."""


if __name__ == "__main__":
    ConnectingKernel.launch_instance()
