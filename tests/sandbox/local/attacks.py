"""Attempts to break out, as programs. Each binds ``result`` to ``held``, or says what gave way."""

from __future__ import annotations

PRELUDE = """
import ctypes, errno, os, signal, socket, struct, sys
libc = ctypes.CDLL(None, use_errno=True)

def refused(action, *arguments):
    try:
        action(*arguments)
    except (OSError, ProcessLookupError) as error:
        return "held"
    return "gave way"

def call(number, *arguments):
    result = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    refusals = (errno.EPERM, errno.ENOSYS, errno.EACCES, errno.ESRCH)
    number = ctypes.get_errno()
    return "held" if result == -1 and number in refusals else f"gave way: {result} {number}"
x86 = os.uname().machine == "x86_64"
"""

EVERYWHERE = {
    "inet": "result = refused(socket.socket, socket.AF_INET)",
    "inet6": "result = refused(socket.socket, socket.AF_INET6, socket.SOCK_DGRAM)",
    "netlink": "result = refused(socket.socket, socket.AF_NETLINK, socket.SOCK_RAW)",
    "packet": "result = refused(socket.socket, socket.AF_PACKET, socket.SOCK_RAW)",
    "vsock": "result = refused(socket.socket, socket.AF_VSOCK)",
    "bluetooth": "result = refused(socket.socket, 31, socket.SOCK_RAW)",
    "connect to the host's abstract socket": """
def connect():
    with socket.socket(socket.AF_UNIX) as client:
        client.connect({abstract!r})
result = refused(connect)
""",
    "connect to the host's named socket": """
def connect():
    with socket.socket(socket.AF_UNIX) as client:
        client.connect({named!r})
result = refused(connect)
""",
    "send to the host's named socket": """
def send():
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.sendto(b"x", {datagram!r})
result = refused(send)
""",
    "read a file": "result = refused(open, {secret!r})",
    "read the shadow file": "result = refused(open, '/etc/shadow')",
    "list the host's temporary files": "result = refused(os.listdir, {directory!r})",
    "read the host's environment": """
seen = []
names = ["1", str({victim}), str(os.getppid())]
try:
    names += os.listdir("/proc")
except PermissionError:
    pass
for name in names:
    try:
        seen.append(open(f"/proc/{name}/environ", "rb").read())
    except OSError:
        pass
found = any(b"hunter2" in text for text in seen) or "MGE_TEST_SECRET" in os.environ
result = "gave way" if found else "held"
""",
    "read the memory of its parent": "result = refused(open, f'/proc/{os.getppid()}/mem', 'rb')",
    "read the command line of a host process": "result = refused(open, '/proc/{victim}/cmdline')",
    "write beside": "result = refused(open, {directory!r} + '/planted', 'w')",
    "write to the system": "result = refused(open, '/usr/planted', 'w')",
    "write to the interpreter": "result = refused(open, os.__file__, 'a')",
    "change a mode outside": "result = refused(os.chmod, {directory!r}, 0o700)",
    "link to a file outside": "result = refused(os.link, {secret!r}, 'linked')",
    "make a device": "result = refused(os.mknod, 'device', 0o20666, os.makedev(1, 1))",
    "probe a host process": "result = refused(os.kill, {victim}, 0)",
    "kill a host process": "result = refused(os.kill, {victim}, 9)",
    "kill its supervisor": """
refused(os.kill, os.getppid(), 9)
refused(os.kill, -1, 9)
import time
time.sleep(0.02)
result = "held"
""",
    "signal by descriptor": """
def send():
    descriptor = os.pidfd_open({victim})
    signal.pidfd_send_signal(descriptor, 9)
result = refused(send)
""",
    "limit its supervisor": """
import resource
result = refused(resource.prlimit, os.getppid(), resource.RLIMIT_NOFILE, (3, 3))
""",
    "limit a host process": """
import resource
result = refused(resource.prlimit, {victim}, resource.RLIMIT_CPU, (0, 0))
""",
    "slow its supervisor": """
answers = [refused(os.setpriority, os.PRIO_PROCESS, os.getppid(), 19),
           refused(os.sched_setaffinity, os.getppid(), [0]),
           refused(os.setpriority, os.PRIO_USER, os.getuid(), 19)]
result = "held" if set(answers) == {"held"} else answers
""",
    "attach to its parent": "result = call(101 if x86 else 117, 16, os.getppid(), 0, 0)",
    "read another process's memory": "result = call(310 if x86 else 270, os.getppid(), 0, 0, 0, 0, 0)",
    "new user namespace": "result = call(272 if x86 else 97, 0x10000000)",
    "new network namespace": "result = call(272 if x86 else 97, 0x40000000)",
    "clone into a namespace": "result = call(56 if x86 else 220, 0x10000000 | 17, 0, 0, 0, 0)",
    "clone3": "result = call(435, 0, 0)",
    "enter a namespace": "result = call(308 if x86 else 268, 0, 0)",
    "mount": "result = call(165 if x86 else 40, 0, 0, 0, 0, 0)",
    "new mount interface": "result = call(430, 0, 0)",
    "unmount": "result = call(166 if x86 else 39, 0, 0)",
    "change the root": "result = refused(os.chroot, '.')",
    "keys": "result = call(250 if x86 else 219, 0, -3, 0)",
    "bpf": "result = call(321 if x86 else 280, 0, 0, 0)",
    "performance events": "result = call(298 if x86 else 241, 0, 0, -1, -1, 0)",
    "userfaultfd": "result = call(323 if x86 else 282, 0)",
    "io_uring": "result = call(425, 8, 0)",
    "file handles": "result = call(304 if x86 else 265, 0, 0, 0)",
    "kernel log": "result = call(103 if x86 else 116, 3, 0, 0)",
    "an unknown system call": "result = call(999, 0)",
    "type into a terminal": """
import fcntl
try:
    fcntl.ioctl(0, 0x5412, b"x")
    result = "gave way"
except PermissionError:
    result = "held"
""",
    "regain a capability": """
status = {}
for line in open("/proc/self/status"):
    name, _, value = line.partition(":")
    status[name] = value.strip()
held = status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
result = "held" if held and int(status["CapBnd"] if {namespaces} else "0", 16) == 0 else status
""",
    "be root": "result = refused(os.setuid, 0) if os.getuid() and os.geteuid() else 'gave way'",
    "inherit descriptors": """
mine = [int(name) for name in os.listdir("/proc/self/fd")]
result = "held" if set(mine) - {0, 1, 2, 900} <= {3} else mine
""",
    "open the terminal": "result = refused(open, '/dev/tty')",
    "open a disk": "result = refused(open, '/dev/vda', 'rb')",
    "x32 system calls": "result = call(0x40000000 + 39)",
}


def program(name: str, targets: dict[str, object]) -> str:
    """Return the attack ``name`` against ``targets``."""
    text = EVERYWHERE[name]
    for key, value in targets.items():
        text = text.replace(f"{{{key}!r}}", repr(value)).replace(f"{{{key}}}", str(value))
    return PRELUDE + text
