"""The first program in the box: it gives up what is left of its rights, and becomes the kernel.

It runs before anything of the learner's, with nothing but Python's own library.
"""

import ctypes
import os
import sys

LIMITS = {
    "CPU": 600,  # seconds
    "AS": 16 * 2**30,  # bytes of addresses: the CUDA build of torch maps many
    "FSIZE": 100 * 2**20,  # bytes of one file
    "NPROC": 256,  # processes and threads: ends a fork bomb
    "NOFILE": 1024,
    "CORE": 0,
}
# Calls that a kernel does without: they make memory that no limit counts, rights in a namespace
# of one's own, or a way into another process.
FORBIDDEN = (
    "memfd_create",
    "memfd_secret",
    "shmget",
    "msgget",
    "semget",
    "userfaultfd",
    "unshare",
    "setns",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "fsopen",
    "fsconfig",
    "fsmount",
    "move_mount",
    "open_tree",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "pidfd_getfd",
    "kcmp",
    "bpf",
    "perf_event_open",
    "io_uring_setup",
    "add_key",
    "request_key",
    "keyctl",
    "open_by_handle_at",
)
NEW_USER_NAMESPACE = 0x10000000  # a flag of clone
END_WITH_PARENT = 1  # of prctl
NETLINK = 16  # the last of the usual families of sockets; vsock and others come after it
ALLOW, REFUSE = 0x7FFF0000, 0x00050000  # libseccomp's actions; an errno is added to the second
EQUAL, GREATER, MASKED_EQUAL = 4, 6, 7  # and its comparisons
EPERM, ENOSYS = 1, 38


class Compared(ctypes.Structure):
    """libseccomp's `scmp_arg_cmp`: an argument of a call, and what it is compared with."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("comparison", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


def refuse_calls() -> None:
    """Let the system refuse `FORBIDDEN` calls from here on, in this process and its children.

    Raises:
        OSError: without libseccomp, or where the system has no filters.
    """
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(ALLOW)))

    def refuse(call: str, error: int, *compared: Compared) -> None:
        number = library.seccomp_syscall_resolve_name(call.encode())
        array = (Compared * len(compared))(*compared)
        action = ctypes.c_uint32(REFUSE | error)
        # A call that this system does not know is no error.
        library.seccomp_rule_add_array(context, action, number, len(compared), array)

    for call in FORBIDDEN:
        refuse(call, EPERM)
    flag = NEW_USER_NAMESPACE
    refuse("clone", EPERM, Compared(0, MASKED_EQUAL, flag, flag))
    refuse("clone3", ENOSYS)  # its flags are out of a filter's sight; clone is used instead
    # It ends with the grader: nothing happens if it says that it will not.
    refuse("prctl", 0, Compared(0, EQUAL, END_WITH_PARENT, 0))
    refuse("socket", EPERM, Compared(0, GREATER, NETLINK, 0))
    if library.seccomp_load(context):
        raise OSError("the system takes no filter of calls")


def become(user: int) -> None:
    """Become another user, with no other group, for good."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def drop_capabilities() -> None:
    """Give up the capabilities that a program could still inherit."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3 of the call; this process
    ctypes.CDLL(None).capset(header, (ctypes.c_uint32 * 6)())


def main(user: str, *command: str) -> None:
    """Give everything up, and run a command.

    Args:
        user: a number to become, or "-" to stay who one is.
    """
    import resource  # not on Windows, where this module can be imported all the same

    for name, most in LIMITS.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))
    if user != "-":
        become(int(user))
    drop_capabilities()
    refuse_calls()
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
