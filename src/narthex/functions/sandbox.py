"""Shut this very process off: own namespaces, own root, own user, bounded memory and processes.

This file never runs code of a function and imports nothing but the standard library: it runs in a
process that holds no secret yet. What it cannot do, it refuses to pretend: it raises OSError.

The new root holds the interpreter and the system's libraries, read-only, the function's code at
/var/task, an empty /tmp of bounded size, /proc of its own processes. Nothing else is there: not the
data folder, not another function. With root's rights each sandbox has a user of its own; without,
the system's user namespaces do the same and the user outside stays ours.
Source: unshare(2), pivot_root(2), mount_setattr(2), user_namespaces(7), pid_namespaces(7).
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

NEWNS, NEWUTS, NEWIPC = 0x20000, 0x4000000, 0x8000000
NEWUSER, NEWPID = 0x10000000, 0x20000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
MNT_DETACH = 2
MOUNT_SETATTR, PIVOT_ROOT, CAPSET = (
    (442, 41, 91) if os.uname().machine == "aarch64" else (442, 155, 126)
)
AT_RECURSIVE, AT_FDCWD = 0x8000, -100
ATTR_READ_ONLY, ATTR_NOSUID, ATTR_NODEV = 1, 2, 4
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38
CAPABILITY_VERSION = 0x20080522
LAST_CAPABILITY = 63
# Users that systemd hands out for services that last as long as their process: nobody else's.
FIRST_USER, USERS = 61_184, 4_000
INSIDE_USER = 1000  # of those whose user outside is ours
PROCESSES = 128
FILES = 1024
MIB = 1024 * 1024
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/etc/ssl", "/etc/pki")
ETC = ("resolv.conf", "hosts", "nsswitch.conf", "localtime", "ld.so.cache", "ca-certificates")
DEVICES = ("null", "zero", "full", "random", "urandom")
USERS_FILE = "root:x:0:0::/:/bin/false\nsbx:x:{user}:{user}::/tmp:/bin/false\n"

libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Limits:
    """memory, storage: MiB. user: a number from 0, for those who may change users."""

    memory: int
    storage: int
    user: int


@dataclass(frozen=True, slots=True)
class Places:
    """root: an empty folder that becomes the new root. code: becomes /var/task. hidden: folders
    that nobody inside may see, even where they lie in one that is shown.
    """

    root: str
    code: str
    hidden: tuple[str, ...]


def is_root() -> bool:
    """Whether we may change users and mount."""
    return os.geteuid() == 0


def enter(places: Places, limits: Limits) -> int:
    """Returns twice: in the parent the process id of the child; in the child 0, shut off.

    Raises OSError where the system does not let us; the process is then of no use any more.
    """
    uid, gid = os.geteuid(), os.getegid()
    root = is_root()
    _call("unshare", NEWNS | NEWPID | NEWIPC | NEWUTS | (0 if root else NEWUSER))
    if not root:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{INSIDE_USER} {uid} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{INSIDE_USER} {gid} 1", encoding="ascii")
    user = FIRST_USER + limits.user % USERS if root else INSIDE_USER
    _call("mount", None, b"/", None, MS_REC | MS_PRIVATE, None)
    _build(places, limits, user)
    child = os.fork()
    if child:
        return child
    _enter_root(places.root)
    _bound(limits)
    if root:
        os.setgroups([])
        for capability in range(LAST_CAPABILITY + 1):
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _drop_capabilities()
    end_with_parent()  # after the change of user, which would undo it
    return 0


def enter_unconfined(code: str, limits: Limits) -> int:
    """As `enter`, where the system has no namespaces for us: bounded, but with all our rights."""
    child = os.fork()
    if child:
        return child
    os.chdir(code)
    _bound(limits)
    if sys.platform == "linux":
        _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    end_with_parent()
    return 0


def end_with_parent() -> None:
    """Be killed when the parent ends, where the system can promise that."""
    if sys.platform == "linux":
        _call("prctl", PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def shown() -> list[str]:
    """The folders of the interpreter and of the system that are there inside, outermost first."""
    wanted = [*SYSTEM, sys.prefix, sys.base_prefix]
    wanted += [entry for entry in sys.path if "site-packages" in entry or "dist-packages" in entry]
    real = [path for path in dict.fromkeys(wanted) if Path(path).is_dir() and path != "/"]
    return sorted(real, key=lambda path: path.count("/"))


def _build(places: Places, limits: Limits, user: int) -> None:
    """The new root, as mounts below a folder that nobody outside of this namespace sees."""
    root = places.root
    _mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755")
    for name in ("proc", "tmp", "dev", "var/task", "etc"):
        Path(root, name).mkdir(parents=True, exist_ok=True)
    # First, since the interpreter may be installed below it.
    tmp = f"size={limits.storage}m,mode=1777,nr_inodes=65536"
    _mount("tmpfs", f"{root}/tmp", "tmpfs", MS_NOSUID | MS_NODEV, tmp)  # noqa: S108 - inside
    for path in shown():
        if Path(path).is_symlink():  # /bin -> usr/bin
            _link(path, root)
        elif not any(path.startswith(f"{other}/") for other in shown()):
            _show(path, root + path)
    Path(root, "etc/passwd").write_text(USERS_FILE.format(user=user), encoding="ascii")
    for name in ETC:
        if Path("/etc", name).exists():
            _show(f"/etc/{name}", f"{root}/etc/{name}")
    for name in DEVICES:
        _bind(f"/dev/{name}", f"{root}/dev/{name}")
    _show(places.code, f"{root}/var/task")
    for path in places.hidden:
        if Path(root + path).is_dir():
            _mount("tmpfs", root + path, "tmpfs", MS_NOSUID | MS_NODEV, "size=4k,mode=000")
    _read_only(root, deep=False)


def _enter_root(root: str) -> None:
    """As the first process of its namespace: /proc shows its own, / is the new root."""
    libc.mount(b"proc", f"{root}/proc".encode(), b"proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, None)
    os.chdir(root)
    # The old root lies on top of the new one for a moment, and is then let go of.
    if libc.syscall(PIVOT_ROOT, b".", b"."):
        raise _error("pivot_root")
    _call("umount2", b".", MNT_DETACH)
    os.chdir("/var/task")


def _bound(limits: Limits) -> None:
    """What one process may have. Memory counts on top of what the runtime itself holds by now."""
    held = _own_data()
    memory = held + limits.memory * MIB
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_NPROC, (PROCESSES, PROCESSES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.storage * MIB, limits.storage * MIB))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)  # whoever serves goes first


def _own_data() -> int:
    """Bytes of private memory that this process has now; without /proc, a guess on the low side."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 64 * MIB
    line = next((line for line in status.splitlines() if line.startswith("VmData:")), "VmData: 0")
    return int(line.split()[1]) * 1024


def _drop_capabilities() -> None:
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    none = (ctypes.c_uint32 * 6)()
    if libc.syscall(CAPSET, header, none):
        raise _error("capset")


def _link(path: str, root: str) -> None:
    target = Path(root + path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.symlink_to(Path(path).readlink())


def _show(path: str, target: str) -> None:
    """A file or a folder, at another place, so that nobody can write to it."""
    _bind(path, target)
    _read_only(target)


def _bind(path: str, target: str) -> None:
    if Path(path).is_dir():
        Path(target).mkdir(parents=True, exist_ok=True)
    else:
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        Path(target).touch()
    _mount(path, target, None, MS_BIND | MS_REC, None)


def _read_only(target: str, *, deep: bool = True) -> None:
    attributes = (ctypes.c_uint64 * 4)(ATTR_READ_ONLY | ATTR_NOSUID | ATTR_NODEV, 0, 0, 0)
    flags = AT_RECURSIVE if deep else 0
    if libc.syscall(MOUNT_SETATTR, AT_FDCWD, target.encode(), flags, attributes, 32):
        raise _error("mount_setattr", target)


def _mount(source: str, target: str, kind: str | None, flags: int, options: str | None) -> None:
    words: Sequence[str | None] = (source, target, kind)
    spelled = [None if word is None else word.encode() for word in words]
    told = None if options is None else options.encode()
    if libc.mount(*spelled, flags, told):
        raise _error("mount", target)


def _call(name: str, *values: int | bytes | None) -> None:
    if getattr(libc, name)(*values):
        raise _error(name)


def _error(name: str, path: str = "") -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{name} {path}: {os.strerror(number)}".replace(" :", ":"))
