"""Whether there is an engine for the tests that want one."""

import shutil
import subprocess

from harness.services import Origin

ANSWERS_WITHIN_S = 20


def lacking(origin: Origin) -> str | None:
    """What these services need and is not here, with what to do about it."""
    if origin is Origin.embedded:
        return None
    if not _engine_answers():
        return f"--services={origin}: no Docker engine answers: start one, or set DOCKER_HOST"
    if origin is Origin.compose and not _has_compose():
        return f"--services={origin}: no `docker compose`: install Docker's compose plugin"
    return None


def _engine_answers() -> bool:
    import docker  # type: ignore[import-untyped]
    from docker.errors import DockerException  # type: ignore[import-untyped]

    try:
        docker.from_env(timeout=ANSWERS_WITHIN_S).ping()
    except DockerException:
        return False
    return True


def _has_compose() -> bool:
    if shutil.which("docker") is None:
        return False
    asked = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return not asked.returncode
