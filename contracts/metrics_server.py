"""Metrics over HTTP, for Prometheus: a process serves its own, where a port is set."""

import errno

from prometheus_client import CollectorRegistry, start_http_server

from contracts.process_exit import USAGE, Failure


def serve(host: str, port: int | None, registry: CollectorRegistry) -> str | None:
    """Serve a registry at `/metrics` in a thread of its own; its address, or None without a port.

    Raises:
        Failure: naming the setting to change.
    """
    if port is None:
        return None
    try:
        start_http_server(port, host, registry)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            what, where = f"port {port} is already in use", "REELSTREAM_METRICS_PORT"
            raise Failure(what, where, "choose another port", USAGE) from error
        what, where = f"cannot listen on {host}, port {port}", "REELSTREAM_METRICS_HOST"
        raise Failure(what, where, "use an address of this machine", USAGE) from error
    return f"http://{host}:{port}/metrics"
