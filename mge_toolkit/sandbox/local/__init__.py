"""The local sandbox: walls made of what Linux offers to anyone, around processes forked from a warm spawner."""

from mge_toolkit.sandbox.local.host import LocalSandbox

__all__ = ["LocalSandbox"]
