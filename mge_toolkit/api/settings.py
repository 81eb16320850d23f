"""What the service allows: who may speak to it, how much at once, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mge_toolkit.core.errors import SettingsError

LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
SHORTEST_TOKEN: Final = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiSettings:
    """How the service guards itself.

    ``token`` is what every request has to bear; ``None`` leaves that to the application that the router is
    mounted in. ``allowed_hosts`` are the names that a request may be addressed to, without ports (``*``: any).
    More than ``max_requests`` at once are refused. A body has at most ``max_body`` bytes and ``body_seconds`` to
    arrive. At most ``max_running`` runs go on at once and ``max_queued`` wait; more are refused. A request waits
    ``wait_seconds`` for a run's end.
    ``events_kept`` is how many events of a run can be asked for again; the last ``runs_kept`` ended runs, of
    ``atoms_kept`` atoms together, stay in memory. The records have ``records_seconds`` to answer.
    """

    token: str | None
    allowed_hosts: tuple[str, ...] = LOOPBACK
    max_body: int = 8 * 1024**2
    body_seconds: float = 30.0
    max_requests: int = 500
    max_running: int = 8
    max_queued: int = 32
    wait_seconds: float = 300.0
    max_streams: int = 64
    heartbeat_seconds: float = 15.0
    events_kept: int = 50_000
    runs_kept: int = 100
    atoms_kept: int = 200_000
    max_masterplans: int = 100
    records_seconds: float = 20.0

    def __post_init__(self) -> None:
        """Refuse what cannot be used."""
        if self.token is not None and (len(self.token) < SHORTEST_TOKEN or not self.token.isascii()):
            raise SettingsError(
                f"token: it is what keeps others from executing code here, so it takes at least "
                f"{SHORTEST_TOKEN} ASCII characters; leave it out to have one made"
            )
        if self.token is not None and any(sign.isspace() or not sign.isprintable() for sign in self.token):
            raise SettingsError("token: it may hold no blanks and no control characters")
        for name in (
            "max_body",
            "max_requests",
            "max_running",
            "max_streams",
            "events_kept",
            "max_masterplans",
        ):
            if getattr(self, name) < 1:
                raise SettingsError(
                    f"{name.replace('_', ' ')}: {getattr(self, name)} is not a number from 1 on"
                )
        for name in ("max_queued", "runs_kept", "atoms_kept"):
            if getattr(self, name) < 0:
                raise SettingsError(
                    f"{name.replace('_', ' ')}: {getattr(self, name)} is not a number from 0 on"
                )
        for name in ("body_seconds", "wait_seconds", "heartbeat_seconds", "records_seconds"):
            if getattr(self, name) <= 0:
                raise SettingsError(f"{name.replace('_', ' ')}: {getattr(self, name)} is no number above 0")
