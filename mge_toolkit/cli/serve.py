"""``mge serve``: runs plans on request, behind a token, until it is told to stop."""

from __future__ import annotations

import argparse
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mge_toolkit.cli.console import Console
from mge_toolkit.cli.parser import names, repair_options, settings_from
from mge_toolkit.core.errors import MgeError, SettingsError
from mge_toolkit.core.settings import Settings
from mge_toolkit.history import History, open_history
from mge_toolkit.options import model_fixer
from mge_toolkit.plan import load_masterplan
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.service import ExecutionService

if TYPE_CHECKING:
    from mge_toolkit.api.backend import Backend

TOKEN_VARIABLE: Final = "MGE_TOKEN"  # noqa: S105 - the name of a variable
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


def command(options: argparse.Namespace, console: Console, plugins: Plugins) -> int:
    """Serve the plans until a signal ends it, and return 0; nothing is left running, and every record is whole."""
    try:
        from mge_toolkit.api.serving import listen, serve
    except ImportError as error:
        raise MgeError(f"'{error.name}' is not installed: pip install 'mge-toolkit[service]'") from None
    settings = settings_from(options)
    plugins.sandbox_factory(settings.sandbox)
    port = _port(options.port)
    given = options.token or os.environ.pop(TOKEN_VARIABLE, None)
    token = given or secrets.token_urlsafe(24)
    history = open_history({"records": options.records, "cache": options.cache}, Path.cwd())
    try:
        backend = _backend(options, settings, plugins, history, token)
        with listen(options.host, port) as listening:
            if history.warning is not None:
                console.remark(f"warning: {history.warning}")
            if options.host not in _LOOPBACK:
                console.remark(
                    f"warning: whoever reaches {options.host} and has the token executes code here, and the token "
                    "crosses the network unencrypted: put a proxy that speaks TLS before it"
                )
            serve(backend, listening, lambda address: _announce(console, address, None if given else token))
    finally:
        if history.store is not None:
            history.store.close()
    console.line("stopped; nothing is left running")
    return 0


def _backend(
    options: argparse.Namespace, settings: Settings, plugins: Plugins, history: History, token: str
) -> Backend:
    from mge_toolkit.api import ApiSettings, create_backend
    from mge_toolkit.api.settings import LOOPBACK
    from mge_toolkit.reporting.monitoring import MonitoringCollector

    host = f"[{options.host}]" if ":" in options.host else options.host
    hosts = tuple(dict.fromkeys((*LOOPBACK, host, *names(options.allowed_host))))
    plans = [load_masterplan(path, languages=plugins.languages) for path in options.plans]
    repeated = {plan.name for plan in plans if sum(other.name == plan.name for other in plans) > 1}
    if repeated:
        raise MgeError(f"two plans are named '{min(repeated)}': give each its own name, by 'masterplan:'")
    collector = MonitoringCollector()
    service = ExecutionService(
        settings,
        plugins=plugins,
        subscribers=[collector],
        model=model_fixer(repair_options(options)),
        records=history.store,
        cache=history.cache,
    )
    api = ApiSettings(token=token, allowed_hosts=hosts)
    return create_backend(service, api, plans=plans, records=history.store, collector=collector)


def _announce(console: Console, address: str, token: str | None) -> None:
    """Say where the service is, and once the token that was made; what stands after ``#`` is never sent."""
    console.line(
        f"listening on {address}/#token={token}" if token is not None else f"listening on {address}/"
    )
    if token is not None:
        console.line(f"token: {token} (set {TOKEN_VARIABLE} to choose one)")
    console.flush()


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 5 or int(text) > 65_535:
        raise SettingsError(f"port: '{text[:40]}' is not a whole number from 0 to 65535")
    return int(text)
